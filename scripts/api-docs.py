#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes a daemon's API as a page of Markdown from its OpenAPI document.

api-docs.py openapi.yaml page.md
"""

import json
import sys

import openapi_document

METHODS = ("get", "head", "post", "put", "patch", "delete")


def resolve(document, node):
    """Follows a "$ref" within the document."""
    while isinstance(node, dict) and "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def reference_name(node):
    return node["$ref"].rsplit("/", 1)[-1] if isinstance(node, dict) and "$ref" in node else None


def type_text(document, schema):
    name = reference_name(schema)
    if name:
        return f"[{name}](#{name.lower()})"
    kind = schema.get("type", "")
    if isinstance(kind, list):
        kind = " or ".join(kind)
    if kind == "array":
        return "array of " + type_text(document, schema.get("items", {}))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'], ensure_ascii=False)}`"
    if "properties" in schema:
        members = (f"{name}: {type_text(document, part)}" for name, part in schema["properties"].items())
        return "{" + ", ".join(members) + "}"
    for combination in ("oneOf", "anyOf", "allOf"):
        if combination in schema:
            word = " and " if combination == "allOf" else " or "
            return word.join(type_text(document, part) for part in schema[combination])
    limits = [f"{word} {schema[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in schema]
    if "maxLength" in schema:
        limits.append(f"up to {schema['maxLength']} characters")
    if "default" in schema:
        limits.append(f"default {json.dumps(schema['default'], ensure_ascii=False)}")
    text = f"{kind} ({schema['format']})" if "format" in schema else kind
    return ", ".join([text or "any", *limits])


def cell(text):
    return " ".join(str(text or "").split()).replace("|", "\\|")


def parameter_lines(document, parameters):
    if not parameters:
        return []
    lines = ["| parameter | in | | meaning |", "|---|---|---|---|"]
    for parameter in parameters:
        parameter = resolve(document, parameter)
        need = "required" if parameter.get("required") else "optional"
        meaning = cell(parameter.get("description"))
        kind = cell(type_text(document, parameter.get("schema", {})))
        lines.append(f"| `{parameter['name']}` | {parameter['in']} | {need}; {kind} | {meaning} |")
    return [*lines, ""]


def body_text(document, response):
    kinds = []
    for media, content in response.get("content", {}).items():
        schema = content.get("schema")
        kinds.append(f"{media}: {type_text(document, schema)}" if schema else media)
    return cell(", ".join(kinds))


def caller_lines(document, operation):
    """Whom it serves: each requirement of the operation's, or else of the whole document's."""
    requirements = operation.get("security", document.get("security", []))
    ways = [" with ".join(f"[{name}](#{name.lower()})" for name in each) or "anyone" for each in requirements]
    return [f"Callers: {', or '.join(ways)}.", ""] if ways else []


def request_lines(document, operation):
    body = resolve(document, operation.get("requestBody", {}))
    if not body:
        return []
    need = "" if body.get("required") else " (may be absent)"
    return [" ".join(f"Request body{need}: {body_text(document, body)}. {body.get('description', '')}".split()), ""]


def is_refusal(status):
    return not str(status).startswith("2")


def response_lines(document, responses):
    """Success in full; shared refusals, by their status, lead to their section."""
    own, shared = [], []
    for status, response in responses.items():
        name = reference_name(response)
        response = resolve(document, response)
        if name and is_refusal(status):
            shared.append(f"[{status}](#{name.lower()})")
        else:
            own.append(f"| {status} | {cell(response.get('description'))} | {body_text(document, response)} |")
    lines = ["| status | answer | body |", "|---|---|---|", *own, ""] if own else []
    return [*lines, "Else " + ", ".join(shared) + ".", ""] if shared else lines


def shared_refusals(document):
    """The shared answers that operations refer to in place of a success."""
    names = set()
    for item in document["paths"].values():
        for method in METHODS:
            for status, response in item.get(method, {}).get("responses", {}).items():
                if is_refusal(status):
                    names.add(reference_name(response))
    responses = document.get("components", {}).get("responses", {})
    return {name: response for name, response in responses.items() if name in names}


def shared_response_lines(document, name, response):
    body = body_text(document, response)
    return [f"### {name}", "", " ".join(response.get("description", "").split()), "", *([body, ""] if body else [])]


def operation_lines(document, path, method, operation, shared_parameters):
    lines = [f"### {method.upper()} {path}", ""]
    for key in ("summary", "description"):
        if operation.get(key):
            lines += [operation[key].strip(), ""]
    lines += caller_lines(document, operation)
    lines += parameter_lines(document, [*shared_parameters, *operation.get("parameters", [])])
    lines += request_lines(document, operation)
    lines += response_lines(document, operation.get("responses", {}))
    return lines


def scheme_lines(_, name, scheme):
    place = f"`Authorization: {scheme.get('scheme', '').title()} …`"
    if "name" in scheme:
        place = f"`{scheme['name']}` in the {scheme['in']}"
    return [f"### {name}", "", f"{place}. {' '.join(scheme.get('description', '').split())}", ""]


def schema_lines(document, name, schema):
    lines = [f"### {name}", ""]
    if schema.get("description"):
        lines += [schema["description"].strip(), ""]
    properties = schema.get("properties")
    if not properties:
        return [*lines, cell(type_text(document, schema)), ""]
    lines += ["| member | type | meaning |", "|---|---|---|"]
    for member, part in properties.items():
        need = "" if member in schema.get("required", []) else " (may be absent)"
        meaning = cell(resolve(document, part).get("description"))
        lines.append(f"| `{member}` | {cell(type_text(document, part))}{need} | {meaning} |")
    return [*lines, ""]


def page(document):
    info = document["info"]
    lines = [f"# {info['title']}", "", "Made from its `openapi.yaml` by `make api-docs`; do not edit.", ""]
    if info.get("description"):
        lines += [info["description"].strip(), ""]
    lines += ["## Paths", ""]
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                lines += operation_lines(document, path, method, item[method], item.get("parameters", []))
    for title, components, write in (
        ("Callers", document.get("components", {}).get("securitySchemes", {}), scheme_lines),
        ("Refusals", shared_refusals(document), shared_response_lines),
        ("Schemas", document.get("components", {}).get("schemas", {}), schema_lines),
    ):
        if components:
            lines += [f"## {title}", ""]
            for name, component in components.items():
                lines += write(document, name, component)
    return "\n".join(lines).rstrip() + "\n"


def main():
    source, target = sys.argv[1:]
    with open(target, "w", encoding="utf-8") as file:
        file.write(page(openapi_document.load(source)))


if __name__ == "__main__":
    main()
