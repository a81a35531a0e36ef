# SPDX-License-Identifier: MIT
"""Who may call what: each actor at each route of traffic-svc, the document's word on it, and wrong tokens."""

import itertools
import json
import re
import uuid

import pytest

import sso
import traffic
from openapi import ROOT

SOME = str(uuid.uuid4())
ADMIN, TEACHER, SSO = "admin", "teacher", "sso"
SCHEMES = {ADMIN: "adminToken", TEACHER: "teacherToken", SSO: "ssoSecret"}

TABLETS, SESSIONS, TEACHERS = "/api/tablets/", "/api/sessions/", "/api/teachers/"
ROOMS = "/api/schedule/buildings/1/rooms"

# Every route that is not for anyone: nothing is found there, or what is sent is refused.
GUARDED = [
    ("GET", TABLETS, {ADMIN}),
    ("GET", TABLETS + "by-reg-pin?pin=12", {ADMIN}),
    ("POST", f"{TABLETS}{SOME}/register", {ADMIN}),
    ("DELETE", TABLETS + SOME, {ADMIN}),
    ("POST", SESSIONS, {TEACHER}),
    ("GET", SESSIONS, {TEACHER}),
    ("GET", SESSIONS + "start-options?pin=12", {TEACHER}),
    ("GET", SESSIONS + SOME, {TEACHER}),
    ("DELETE", SESSIONS + SOME, {TEACHER}),
    ("GET", f"{SESSIONS}{SOME}/attendees", {TEACHER}),
    ("POST", f"{SESSIONS}{SOME}/attendees", {TEACHER}),
    ("PATCH", f"{SESSIONS}{SOME}/attendees/{SOME}", {TEACHER}),
    ("DELETE", f"{SESSIONS}{SOME}/attendees/{SOME}", {TEACHER}),
    ("GET", f"{SESSIONS}{SOME}/export.csv", {TEACHER}),
    ("GET", f"{SESSIONS}{SOME}/export.xlsx", {TEACHER}),
    ("GET", TEACHERS, {ADMIN}),
    ("POST", TEACHERS, {ADMIN}),
    ("GET", TEACHERS + "check-username", {ADMIN}),
    ("DELETE", TEACHERS + SOME, {ADMIN}),
    ("GET", f"{TEACHERS}{SOME}/telegram-register-link", {ADMIN}),
    ("DELETE", f"{TEACHERS}{SOME}/telegram-link", {ADMIN}),
    ("GET", TEACHERS + "sync/status", {ADMIN, SSO}),
    ("POST", TEACHERS + "sync/run", {ADMIN, SSO}),
    ("GET", "/api/schedule/buildings", {ADMIN, TEACHER}),
    ("GET", ROOMS, {ADMIN, TEACHER}),
    ("GET", ROOMS + "/1/scheduler", {ADMIN, TEACHER}),
    ("GET", "/api/stats/attendance", {ADMIN, TEACHER}),
]
STREAMED = [("GET", TABLETS + "stream/statuses", {ADMIN})]
OPEN = [
    ("POST", "/api/auth/verify-launch"),
    ("POST", "/api/auth/telegram-login"),
    ("POST", TABLETS + "init"),
    ("GET", TABLETS + "by-display-pin"),
    ("GET", TABLETS + SOME),
    ("GET", f"{TABLETS}{SOME}/events"),
    ("GET", SESSIONS + "current"),
    ("POST", f"{SESSIONS}{SOME}/attend"),
    ("POST", f"{SESSIONS}{SOME}/claims"),
]
OF_EVERY_DAEMON = {"/api/health", "/healthz", "/readyz", "/metrics", "/openapi.json"}


def name_of(row):
    return f"{row[0]} {row[1].replace(SOME, '-')}"


@pytest.fixture(scope="module")
def actors(place):
    """Headers of each."""
    return {
        ADMIN: traffic.bearer(place.admin()),
        TEACHER: traffic.bearer(place.teacher()["token"]),
        SSO: {"X-Service-Secret": sso.INTERNAL_SECRET},
    }


def ask(place, row, headers):
    body = {"json_body": {}} if row[0] in ("POST", "PATCH") else {}
    return place.traffic.request(row[0], row[1], headers=headers, **body)


@pytest.mark.parametrize(("row", "actor"), itertools.product(GUARDED, SCHEMES), ids=lambda value: value if isinstance(value, str) else name_of(value))
def test_each_actor_at_each_route(place, actors, problem_of, row, actor):
    answer = ask(place, row, actors[actor])
    if actor in row[2]:
        # 502 and 503: there is no schedule-svc here.
        assert answer.status in (200, 202, 404, 409, 422, 502, 503), answer
    else:
        problem_of(answer, 403, "forbidden")


@pytest.mark.parametrize("row", GUARDED + STREAMED, ids=name_of)
def test_nobody_is_let_in(place, problem_of, row):
    [launch] = place.launch_tokens()
    others = place.sso.admin()
    for headers in ({}, traffic.bearer("x.y.z"), traffic.bearer(launch), others, {"X-Service-Secret": "x" * 64}):
        answer = ask(place, row, headers)
        problem_of(answer, 401, "unauthenticated")
        assert answer.header("www-authenticate").startswith("Bearer")
        assert ("invalid_token" in answer.header("www-authenticate")) == bool(headers)


def test_a_teacher_who_is_none_here(place, problem_of):
    """At sso-svc there is such a user, here there is no such teacher."""
    for entity in (str(uuid.uuid4()), "teacher-1"):
        person = {"username": f"g{uuid.uuid4().hex[:8]}", "password": "Кафедра физики, 214"}
        place.sso.provisioned("teacher", entity, **person)
        token = place.sso.login(**person)["access_token"]
        problem_of(place.traffic.as_user(token, "GET", SESSIONS), 401, "unauthenticated")


def test_a_teacher_who_was_deactivated(place, problem_of):
    teacher = place.teacher()
    assert place.as_teacher(teacher, "GET", SESSIONS).status == 200
    place.traffic.database.run(f"UPDATE teachers SET is_active = false WHERE id = '{teacher['id']}'")
    problem_of(place.as_teacher(teacher, "GET", SESSIONS), 401, "unauthenticated")


def test_users_of_services(place, problem_of):
    person = {"username": f"s{uuid.uuid4().hex[:8]}", "password": "Кафедра физики, 214"}
    place.sso.provisioned("staff", str(uuid.uuid4()), **person)
    token = place.sso.login(**person)["access_token"]
    problem_of(place.traffic.as_user(token, "GET", TEACHERS), 401, "unauthenticated")


def test_a_token_counts_beside_a_secret_that_does_not_matter(place, actors):
    both = {**actors[ADMIN], "X-Service-Secret": "x" * 64}
    assert place.traffic.request("GET", TEACHERS, headers=both).status == 200


# --- the document ---


def test_it_is_served(place, document):
    assert place.traffic.get("/openapi.json").json == json.loads(json.dumps(document.root))


@pytest.mark.parametrize("row", GUARDED + STREAMED, ids=name_of)
def test_it_says_who_may_call(document, row):
    method, path, who = row
    documented = {name for way in document.operation(method.lower(), path).get("security", []) for name in way}
    assert documented == {SCHEMES[actor] for actor in who}


def test_every_operation_is_known_here(document):
    asked = {id(document.operation(method.lower(), path)) for method, path, *_ in GUARDED + STREAMED + OPEN}
    others = {
        path
        for path, item in document.root["paths"].items()
        for method, operation in item.items()
        if method != "parameters" and id(operation) not in asked
    }
    assert others == OF_EVERY_DAEMON


def codes_of(node):
    """Wherever a `code` is one of a list."""
    if isinstance(node, list):
        return set().union(*map(codes_of, node))
    if not isinstance(node, dict):
        return set()
    return set(node.get("properties", {}).get("code", {}).get("enum", ())).union(*map(codes_of, node.values()))


def test_every_refusal_has_its_code(document):
    problem = re.compile(r"^const poly_problem \w+ = \{\s*\d+,\s*\"(\w+)\"", re.M)
    own = set(problem.findall((ROOT / "traffic-svc" / "problems.c").read_text(encoding="utf-8")))
    assert len(own) > 20
    assert own - codes_of(document.root) == set()
