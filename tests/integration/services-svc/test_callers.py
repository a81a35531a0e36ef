# SPDX-License-Identifier: MIT
"""Who may call what: each actor at each row of the table, and every kind of wrong token."""

import functools
import itertools
import uuid

import pytest

import services
from refusals import check_problem, check_refused
from services import DEPARTMENTS, EXECUTORS, SERVICES, bearer, student_header

SOME = str(uuid.uuid4())

# The rows that are not for anyone: (method, path, whom they serve).
GUARDED = [
    ("POST", DEPARTMENTS, {"admin"}),
    ("PUT", DEPARTMENTS + SOME, {"admin"}),
    ("DELETE", DEPARTMENTS + SOME, {"admin"}),
    ("POST", SERVICES, {"admin", "staff"}),
    ("PUT", SERVICES + SOME, {"admin", "staff"}),
    ("DELETE", SERVICES + SOME, {"admin", "staff"}),
    ("GET", EXECUTORS, {"staff"}),
    ("POST", EXECUTORS, {"staff"}),
    ("DELETE", EXECUTORS + SOME, {"staff"}),
]
ACTORS = ("admin", "staff", "executor", "student")


@pytest.fixture(scope="module")
def actors(office):
    """Headers of each."""
    staff = office.staff()
    return {
        "admin": bearer(office.admin()),
        "staff": bearer(staff["token"]),
        "executor": bearer(office.executor(staff)["token"]),
        "student": student_header(office.student()["token"]),
    }


def ask(office, method, path, own, headers):
    body = {"json_body": {}} if method in ("POST", "PUT") else {}
    return office.services.request(method, path, headers={**own, **headers}, **body)


@pytest.mark.parametrize(("row", "actor"), itertools.product(GUARDED, ACTORS), ids=lambda value: str(value)[:60])
def test_each_actor_at_each_row(office, actors, row, actor):
    method, path, served = row
    request = functools.partial(ask, office, method, path, actors[actor])
    if actor in served:
        assert request(headers={}).status in (200, 201, 404, 422)
    else:
        check_refused(request, 403, "forbidden")


@pytest.mark.parametrize("row", GUARDED, ids=lambda row: f"{row[0]} {row[1][:20]}")
def test_nobody(office, row):
    method, path, _ = row
    check_refused(functools.partial(ask, office, method, path, {}), 401, "unauthenticated")


def guarded(office, headers):
    return functools.partial(ask, office, "GET", EXECUTORS, headers)


def test_users_of_other_apps(office):
    """An sso administrator may sign in with any app; the token still says `sso`."""
    for app in ("sso", "traffic"):
        check_refused(guarded(office, bearer(office.sso_admin(app))), 401, "unauthenticated")
    check_refused(guarded(office, office.sso.admin()), 401, "unauthenticated")


def test_a_teacher(office):
    user = office.sso.provisioned("teacher", str(uuid.uuid4()), username=f"t{uuid.uuid4().hex[:8]}", password=services.PASSWORD)
    token = office.sso.login(user["username"], services.PASSWORD)["access_token"]
    check_refused(guarded(office, bearer(token)), 401, "unauthenticated")


@pytest.mark.parametrize("kind", ["staff", "executor"])
@pytest.mark.parametrize("entity", [SOME, "department-1"])
def test_a_user_without_an_entity_here(office, kind, entity):
    """At sso-svc there is such a user, here there is no such department or executor."""
    person = {"username": f"g{uuid.uuid4().hex[:8]}", "password": services.PASSWORD}
    office.sso.provisioned(kind, f"{entity}" if entity != SOME else str(uuid.uuid4()), **person)
    token = office.sso.login(person["username"], person["password"])["access_token"]
    office.sso.as_admin("DELETE", f"/api/users/by-entity/{entity}?app=services")
    check_refused(guarded(office, bearer(token)), 401, "unauthenticated")


def test_tokens_that_are_none(office):
    token = office.admin()
    student = office.student()["token"]
    changed = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    for headers in (bearer("nonsense"), bearer(changed), bearer(student), student_header(token), student_header("x")):
        problem = guarded(office, headers)(headers={})
        check_problem(problem, 401, "unauthenticated")
        assert 'error="invalid_token"' in problem.header("www-authenticate")


def test_a_launch_token_is_no_session(office):
    [launch] = office.launch_tokens()
    check_refused(guarded(office, student_header(launch)), 401, "unauthenticated")


def test_whoever_sends_both_is_taken_for_whom_the_route_serves(office, actors):
    both = {**actors["staff"], **actors["student"]}
    assert guarded(office, both)(headers={}).status == 200


def test_a_service_s_secret_opens_nothing(office):
    check_refused(guarded(office, {"X-Service-Secret": "anything"}), 401, "unauthenticated")


def test_without_sso_svc_s_keys_it_is_not_known_who_calls(database, start, tmp_path, office):
    """Not 401: the token may be good."""
    lonely = start(services.Services(database, tmp_path).migrate())
    check_problem(lonely.as_user(office.admin(), "GET", EXECUTORS), 503)
    [launch] = office.launch_tokens()
    answer = lonely.request("POST", "/api/auth/verify-launch", json_body={"token": launch})
    check_problem(answer, 503)
    assert lonely.get(DEPARTMENTS).status == 200
