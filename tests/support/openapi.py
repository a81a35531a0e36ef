# SPDX-License-Identifier: MIT
"""Holds answers against a daemon's OpenAPI document: the status is listed, the type fits, the body has the shape."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import pytest  # noqa: E402

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

    def find_operation(self, method, path):
        """None if it is not in the document."""
        path = path.partition("?")[0].rstrip("/")
        for template, item in sorted(self.root["paths"].items(), key=lambda pair: pair[0].count("{")):
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
                return item.get(method)
        return None

    def operation(self, method, path):
        operation = self.find_operation(method, path)
        assert operation, f"{method} {path} is not in the document"
        return operation

    def check(self, method, path, response):
        responses = self.operation(method, path)["responses"]
        assert str(response.status) in responses, f"{path} may not answer {response.status}: {response}"
        described = self.resolve(responses[str(response.status)])
        for name, header in described.get("headers", {}).items():
            if self.resolve(header).get("required"):
                assert response.header(name) is not None, f"{path} lacks {name}: {response}"
        if "content" not in described:
            assert response.body == b""
            return
        media = response.header("content-type").partition(";")[0]
        assert media in described["content"], f"{path} may not answer {media}"
        if media.endswith("json"):
            self.check_value(described["content"][media]["schema"], response.json, path)

    def parts(self, schema):
        """The schema and all that it is made of by allOf."""
        schema = self.resolve(schema)
        return [schema, *(part for each in schema.get("allOf", []) for part in self.parts(each))]

    def check_value(self, schema, value, where):
        parts = self.parts(schema)
        for part in parts:
            self._check_part(part, value, where)
        if isinstance(value, dict):
            self._check_members(parts, value, where)

    def _check_part(self, schema, value, where):
        if "oneOf" in schema:
            self._check_choice(schema["oneOf"], value, where)
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

    def _check_choice(self, choices, value, where):
        faults = []
        for choice in choices:
            try:
                self.check_value(choice, value, where)
            except AssertionError as fault:
                faults.append(str(fault))
        assert len(faults) == len(choices) - 1, f"{where} fits {len(choices) - len(faults)} of the choices: {faults}"

    @staticmethod
    def _check_type(kinds, value, where):
        kinds = kinds if isinstance(kinds, list) else [kinds]
        fits = any(isinstance(value, TYPES[kind]) and not (kind == "integer" and value is True) for kind in kinds)
        assert fits, f"{where} is no {kinds}: {value!r}"

    @staticmethod
    def _check_text(schema, value, where):
        size = len(value)
        assert schema.get("minLength", size) <= size <= schema.get("maxLength", size), f"{where} has {size} characters"
        if "pattern" in schema:
            assert re.search(schema["pattern"], value), f"{where} is {value!r}"
        if schema.get("format") == "date":
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", value), f"{where} is no date: {value!r}"
        if schema.get("format") == "date-time":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value), f"{where} is no time: {value!r}"

    def _check_members(self, parts, value, where):
        is_open = not any("properties" in each for each in parts)
        others = [each["additionalProperties"] for each in parts if "additionalProperties" in each]
        for name in (name for each in parts for name in each.get("required", [])):
            assert name in value, f"{where} lacks {name}"
        for name, member in value.items():
            described = [each["properties"][name] for each in parts if name in each.get("properties", {})] or others
            assert described or is_open, f"{where} has {name}, which is not described"
            for schema in described:
                self.check_value(schema, member, f"{where}.{name}")


# --- whatever a test asks for: the answer is one that the document has ---


def _is_nowhere(response):
    """What any path or method that there is not may be answered."""
    return response.status in (404, 405) and response.json["code"] in ("not_found", "method_not_allowed")


def hold_answers(program, document):
    """Answers of daemons of that class are checked from now on; a generator, for a fixture to yield from."""
    ask = program.request

    def ask_and_check(self, method, path, **options):
        response = ask(self, method, path, **options)
        if method in ("HEAD", "OPTIONS"):
            return response
        if document.find_operation(method.lower(), path) or not _is_nowhere(response):
            document.check(method.lower(), path, response)
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "request", ask_and_check)
        patch.setattr(program, "get", lambda self, path, **options: self.request("GET", path, **options))
        yield
