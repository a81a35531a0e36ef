# SPDX-License-Identifier: MIT
"""Holds answers against a daemon's OpenAPI document: the status is listed, the type fits, the body has the shape."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import openapi_document  # noqa: E402

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "integer": int,
    "number": (int, float),
}


class Document:
    def __init__(self, daemon):
        self.root = openapi_document.load(ROOT / daemon / "openapi.yaml")

    def resolve(self, node):
        while "$ref" in node:
            target = self.root
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    def operation(self, method, path):
        path = path.partition("?")[0].rstrip("/")
        for template, item in sorted(self.root["paths"].items(), key=lambda pair: pair[0].count("{")):
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
                return item[method]
        raise AssertionError(f"{path} is not in the document")

    def check(self, method, path, response):
        responses = self.operation(method, path)["responses"]
        assert str(response.status) in responses, f"{path} may not answer {response.status}: {response}"
        described = self.resolve(responses[str(response.status)])
        if "content" not in described:
            assert response.body == b""
            return
        media = response.header("content-type").partition(";")[0]
        assert media in described["content"], f"{path} may not answer {media}"
        if media.endswith("json"):
            self.check_value(described["content"][media]["schema"], response.json, path)

    def check_value(self, schema, value, where):
        schema = self.resolve(schema)
        for part in schema.get("allOf", []):
            self.check_value(part, value, where)
        if "type" in schema:
            self._check_type(schema["type"], value, where)
        if "const" in schema:
            assert value == schema["const"], f"{where} is {value!r}"
        if "enum" in schema:
            assert value in schema["enum"], f"{where} is {value!r}"
        if isinstance(value, str):
            self._check_text(schema, value, where)
        if isinstance(value, int):
            assert schema.get("minimum", value) <= value <= schema.get("maximum", value), f"{where} is {value}"
        if isinstance(value, list):
            for index, item in enumerate(value):
                self.check_value(schema.get("items", {}), item, f"{where}[{index}]")
        if isinstance(value, dict):
            self._check_members(schema, value, where)

    @staticmethod
    def _check_type(kinds, value, where):
        kinds = kinds if isinstance(kinds, list) else [kinds]
        fits = any(isinstance(value, TYPES[kind]) and not (kind == "integer" and value is True) for kind in kinds)
        assert fits, f"{where} is no {kinds}: {value!r}"

    @staticmethod
    def _check_text(schema, value, where):
        if "pattern" in schema:
            assert re.search(schema["pattern"], value), f"{where} is {value!r}"
        if schema.get("format") == "date":
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", value), f"{where} is no date: {value!r}"
        if schema.get("format") == "date-time":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value), f"{where} is no time: {value!r}"

    def _check_members(self, schema, value, where):
        for name in schema.get("required", []):
            assert name in value, f"{where} lacks {name}"
        properties = schema.get("properties")
        others = schema.get("additionalProperties")
        for name, member in value.items():
            if properties is not None and name in properties:
                self.check_value(properties[name], member, f"{where}.{name}")
            elif isinstance(others, dict):
                self.check_value(others, member, f"{where}.{name}")
            else:
                assert properties is None, f"{where} has {name}, which is not described"
