# SPDX-License-Identifier: MIT
"""The OpenAPI document says what is so. That answers fit it, every test of this directory sees to (conftest.py)."""

import json
import re

import pytest

from openapi import ROOT
from routes import ADMIN, BEARER, BOT, NOBODY, ROUTES, SERVICES, TRAFFIC

SCHEMES = {SERVICES: "servicesSecret", TRAFFIC: "trafficSecret", BOT: "botSecret", ADMIN: "adminToken"}

# What the library refuses on any path; the document's introduction names them.
ANYWHERE = {
    "not_found",
    "method_not_allowed",
    "request_timeout",
    "expectation_failed",
    "header_fields_too_large",
    "internal_error",
    "http_version_not_supported",
}


def codes_in(*sources):
    """The codes of the problems in those C files."""
    problem = re.compile(r"^(?:static )?const poly_problem \w+ = \{\s*\d+,\s*\"(\w+)\"", re.M)
    return {code for source in sources for code in problem.findall(source.read_text(encoding="utf-8"))}


def documented_codes(node):
    """Wherever a `code` is one of a list."""
    if isinstance(node, list):
        return set().union(*map(documented_codes, node))
    if not isinstance(node, dict):
        return set()
    return set(node.get("properties", {}).get("code", {}).get("enum", ())).union(*map(documented_codes, node.values()))


def test_it_is_served(svc, document):
    assert svc.get("/openapi.json").json == json.loads(json.dumps(document.root))


@pytest.mark.parametrize("route", ROUTES, ids=repr)
def test_it_says_who_may_call(document, route):
    documented = {name for way in document.operation(route.method.lower(), route.path).get("security", []) for name in way}
    assert documented == ({"accessToken"} if route.who == BEARER else {SCHEMES[who] for who in route.who})


def test_every_operation_is_known_here(document):
    """Those of `routes`, which the callers' tests go through, and those that every daemon has."""
    asked = {id(document.operation(route.method.lower(), route.path)) for route in ROUTES}
    others = {
        f"{method} {path}"
        for path, item in document.root["paths"].items()
        for method, operation in item.items()
        if method != "parameters" and id(operation) not in asked
    }
    assert others == {f"get {path}" for path in ("/api/health", "/healthz", "/readyz", "/metrics", "/openapi.json")}


def test_every_refusal_has_its_code(document):
    own = codes_in(ROOT / "sso-svc" / "problems.c")
    assert len(own) > 15
    assert own <= documented_codes(document.root)


def test_every_code_is_some_refusals(document):
    """The codes of a batch's items that are values' faults are in no problem."""
    sources = [*ROOT.glob("sso-svc/*.c"), *ROOT.glob("libpolyshared/src/*/*.c")]
    problems = codes_in(*sources) | {"draining"}
    library = (ROOT / "libpolyshared/src/http/problem.c").read_text(encoding="utf-8")
    problems |= set(re.findall(r"\[POLY_\w+\] =\s*\{\d+,\s*\"(\w+)\"", library))
    rules = "".join(source.read_text(encoding="utf-8") for source in ROOT.glob("sso-svc/*.c"))
    faults = set(re.findall(r"\{\s*\"\w+\",\s*\"(\w+)\",\s*\{\"", rules))
    assert documented_codes(document.root) <= problems | faults


def test_the_introduction_names_what_any_path_may_answer(document):
    introduction = document.root["info"]["description"]
    assert [code for code in ANYWHERE if f"`{code}`" not in introduction] == []


def test_examples_fit_their_schemas(document):
    schemas = document.root["components"]["schemas"]
    with_examples = {name: schema for name, schema in schemas.items() if "examples" in schema}
    assert len(with_examples) > 15
    for name, schema in with_examples.items():
        for example in schema["examples"]:
            document.check_value(schema, example, name)


def example_of(document, name):
    return document.root["components"]["schemas"][name]["examples"][0]


def test_examples_work(svc, document):
    teacher = svc.as_service("traffic", "POST", "/api/provision/traffic/teacher", json_body=example_of(document, "Provision"))
    assert teacher.status == 201 and teacher.json["username"] == "larionenko.aa"
    steps = [
        ("POST", "/api/provision/traffic/teachers:batch", "Batch", 200),
        ("POST", "/api/provision/traffic/teacher-link-telegram", "TeacherTelegramLink", 200),
        ("POST", f"/api/users/{teacher.json['id']}/telegram-link", "TelegramLink", 200),
    ]
    for method, path, name, status in steps:
        assert svc.as_service("traffic", method, path, json_body=example_of(document, name)).status == status
    assert svc.as_admin("POST", "/api/users", json_body=example_of(document, "NewAdmin")).status == 201
    change = svc.as_admin("PATCH", f"/api/users/{teacher.json['id']}", json_body=example_of(document, "UserChange"))
    assert change.status == 200 and not change.json["is_active"]


def test_refusals_that_no_document_has(svc, document):
    """The check itself: an answer that is not described is noticed."""
    response = svc.as_admin("DELETE", f"/api/users/{NOBODY}")
    response.body = response.body.replace(b"user_not_found", b"session_not_found")
    with pytest.raises(AssertionError, match="session_not_found"):
        document.check("delete", f"/api/users/{NOBODY}", response)
