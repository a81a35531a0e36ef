# SPDX-License-Identifier: MIT
"""Refusals that the other files do not come by: in both languages, and those of a session store and a schedule-svc that
fail."""

import functools
import secrets
import time

import pytest

import imitated_schedule
from campus import CAS
from poly_process import PATIENCE
from portal import Browser, bearer
from refusals import check_faults, check_problem, check_refused

NAMES = {"faculty_abbr": "ИКНК", "group_name": "5130904/20102"}
WEEK = "/api/schedule"
RESOLVE = "/api/schedule/resolve-group"
NAMESPACE = "http://www.yale.edu/tp/cas"


def as_student(main_svc, method, path, username="student4", **options):
    """For check_refused: asks with the student's token, and more headers."""
    token = main_svc.token(username)
    return lambda headers: main_svc.request(method, path, headers={**bearer(token), **headers}, **options)


def by_redirect(main_svc, campus_sim, inside):
    """The token of somebody of whom CAS says this alone."""
    text = f'<c:serviceResponse xmlns:c="{NAMESPACE}"><c:authenticationSuccess>{inside}</c:authenticationSuccess></c:serviceResponse>'
    campus_sim.override("/p3/serviceValidate", site=CAS, text=text)
    address, cookie = main_svc.set_out()
    answer = main_svc.come_back(Browser(campus_sim).sign_in(address), cookie)
    return answer.header("location").partition("#token=")[2]


def test_login_in_both_languages(main_svc):
    login = functools.partial(main_svc.request, "POST", "/api/auth/login")
    check_refused(functools.partial(login, json_body={"username": "nobody", "password": "x"}), 401, "invalid_credentials")
    check_faults(functools.partial(login, json_body={}), ("username", "required"), ("password", "required"))
    callback = lambda query: functools.partial(main_svc.get, "/api/auth/callback", query=query)
    check_faults(callback({}), ("ticket", "required"))
    check_refused(callback({"ticket": "ST-1", "state": "x"}), 400, "login_state_invalid")


@pytest.mark.parametrize("path", ["/api/auth/me", "/api/miniapps/launch-token", "/api/gradebook", WEEK, RESOLVE])
def test_who_is_nobody(main_svc, path):
    check_refused(functools.partial(main_svc.get, path), 401, "unauthenticated")
    junk = lambda headers: main_svc.get(path, headers={**bearer("a.b.c"), **headers})
    check_refused(junk, 401, "unauthenticated")


def test_what_there_is_not(main_svc):
    launch = "/api/miniapps/launch-token"
    check_refused(as_student(main_svc, "GET", launch, query={"app": "nothing"}), 404, "miniapp_not_found")
    check_refused(functools.partial(main_svc.get, "/api/grades"), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/auth/login", {"GET", "POST"}),
        ("POST", "/api/auth/callback", {"GET"}),
        ("DELETE", "/api/auth/me", {"GET"}),
        ("GET", "/api/auth/logout", {"POST"}),
        ("POST", "/api/miniapps", {"GET"}),
        ("POST", "/api/miniapps/launch-token", {"GET"}),
        ("POST", "/api/gradebook", {"GET"}),
        ("POST", WEEK, {"GET"}),
        ("PATCH", RESOLVE, {"GET"}),
    ],
)
def test_other_methods(main_svc, method, path, allowed):
    check_refused(functools.partial(main_svc.request, method, path), 405, "method_not_allowed")
    allow = main_svc.request(method, path).header("allow")
    assert allowed <= set(allow.replace(" ", "").split(",")) and method not in allow


def test_a_slash_behind_makes_no_difference(main_svc):
    token = main_svc.token()
    for path in ("/api/auth/me", "/api/miniapps", "/api/miniapps/launch-token", "/api/gradebook"):
        assert main_svc.ask(path + "/", token).status == 200
    assert main_svc.ask("/api/auth/logout/", token, method="POST").status == 200
    assert main_svc.get("/api/auth/login/").status == 302


# --- the session store ---


@pytest.fixture
def stored(start_main_svc, campus_sim, tmp_path):
    """main-svc with a shared store, and the directory."""
    directory = tmp_path / "sessions"
    directory.mkdir(mode=0o700)
    return start_main_svc(campus_sim, SESSION_STORE_DIR=directory, SESSION_STORE_KEY=secrets.token_hex(32)), directory


def test_a_session_store_that_fails(stored):
    main_svc, directory = stored
    token = main_svc.token()
    [file] = directory.iterdir()
    file.unlink()
    file.mkdir()  # what can neither be read nor removed as a file
    for method, path in (("GET", "/api/gradebook"), ("POST", "/api/auth/logout")):
        check_problem(main_svc.ask(path, token, method=method), 503, "upstream_unavailable")
    main_svc.wait_log("the session store failed")
    assert main_svc.ask("/api/auth/me", token).status == 200


def test_a_login_whose_password_cannot_be_kept(stored, refused):
    """It is a login all the same; the record book asks for the password again."""
    main_svc, directory = stored
    directory.rmdir()
    token = main_svc.token()
    main_svc.wait_log("a password is not kept for the record book")
    refused(main_svc, "/api/gradebook", 409, "password_needed", token=token)


# --- schedule-svc ---

FAULTS = {
    "answers HTML": (lambda it: it.says("<html></html>", content_type="text/html"), 502, "upstream_bad_answer"),
    "refuses us": (lambda it: it.says("{}", status=403), 502, "upstream_bad_answer"),
    "fails": (lambda it: it.says("{}", status=500), 503, "upstream_unavailable"),
    "hangs": (lambda it: it.hold(), 504, "upstream_timeout"),
}


@pytest.mark.parametrize(("query", "path"), [({"group_id": 41307}, WEEK), (NAMES, WEEK), (NAMES, RESOLVE)])
@pytest.mark.parametrize(("do", "status", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_a_schedule_svc_that_is_out_of_order(start_main_svc, campus_sim, ask, do, status, code, query, path):
    with imitated_schedule.Schedule() as schedule:
        main_svc = start_main_svc(campus_sim, SCHEDULE_API_URL=schedule.url)
        token = main_svc.token()
        do(schedule)
        began = time.monotonic()
        check_problem(ask(main_svc, path, token, query=query), status, code)
        assert time.monotonic() - began < 12 * PATIENCE
        assert main_svc.ask("/api/auth/me", token).status == 200


@pytest.mark.parametrize("text", ['{"group_id":41307,"faculty_id"', "[1]", '{"group_id":0,"faculty_id":1}'])
def test_a_resolution_that_is_none(start_main_svc, campus_sim, text):
    """A week is passed on unread, but a group's id is used."""
    with imitated_schedule.Schedule() as schedule:
        main_svc = start_main_svc(campus_sim, SCHEDULE_API_URL=schedule.url)
        schedule.says(text)
        for path in (RESOLVE, WEEK):
            check_problem(main_svc.ask(path, main_svc.token(), query=NAMES), 502, "upstream_bad_answer")


def test_a_student_without_a_group(with_schedule, campus_sim):
    main_svc, _ = with_schedule()
    token = by_redirect(main_svc, campus_sim, "<c:user>student9</c:user>")
    ask = lambda headers: main_svc.get(WEEK, headers={**bearer(token), **headers})
    check_refused(ask, 404, "no_group")
    assert main_svc.ask(WEEK, token, query={"group_id": 41307}).status == 200


def test_a_group_that_there_is_not(with_schedule):
    main_svc, _ = with_schedule()
    check_refused(as_student(main_svc, "GET", WEEK, query={"group_id": 999999}), 404, "group_not_found")
    check_refused(as_student(main_svc, "GET", RESOLVE, query={**NAMES, "group_name": "-"}), 404, "group_not_found")


def test_a_group_that_did_not_change(with_schedule):
    main_svc, _ = with_schedule()
    token = main_svc.token()
    first = main_svc.ask(RESOLVE, token, query=NAMES)
    again = main_svc.ask(RESOLVE, token, query=NAMES, headers={"If-None-Match": first.header("etag")})
    assert (first.status, again.status) == (200, 304)
