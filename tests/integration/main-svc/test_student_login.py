# SPDX-License-Identifier: MIT
"""POST /api/auth/login: through CAS's form; what it gives, and how it refuses."""

import time

import pytest

from campus import CAS, password_of
from portal import bearer, claims_of

LOGIN = "/api/auth/login"
RIGHT = {"username": "student4", "password": password_of("student4")}


@pytest.mark.parametrize("number", range(1, 7))
def test_students_of_every_year(main_svc, ask, number):
    login = f"student{number}"
    answer = ask(main_svc, LOGIN, method="POST", json_body={"username": login, "password": password_of(login)})
    assert answer.status == 200
    assert answer.header("cache-control") == "no-store"
    session = answer.json
    assert session["student_email"] == f"{login}@edu.campus.example"
    assert session["faculty_abbr"] == "ИКНК" and session["study_group_str"] and session["grade_book_number"]
    assert len(session["student_name"].split()) == 3


def test_the_token_and_me(main_svc, ask):
    session = main_svc.login()
    claims = claims_of(session["token"])
    assert claims["iss"] == "main-svc" and claims["aud"] == "main"
    assert claims["exp"] - claims["iat"] == 7 * 24 * 3600 and abs(claims["iat"] - time.time()) < 5
    me = ask(main_svc, "/api/auth/me", session["token"]).json
    assert me["aud"] == ["main"]
    assert (me["sub"], me["name"], me["email"]) == (
        session["student_id"],
        session["student_name"],
        session["student_email"],
    )
    for name in ("study_group_str", "grade_book_number", "faculty_abbr"):
        assert me[name] == session[name] == claims[name]


def test_one_student_is_the_same_each_time(main_svc):
    first, second = main_svc.login(), main_svc.login()
    assert first["student_id"] == second["student_id"]
    assert claims_of(first["token"])["jti"] != claims_of(second["token"])["jti"]


@pytest.mark.parametrize(
    "username, password",
    [
        ("student4", "wrong"),
        ("nobody", "polytech-nobody"),
        ("student4", password_of("student4") + "\u00a0"),
        ("student4&password=polytech-student4", "x"),
        ("student4", "&username=student4&password=polytech-student4"),
        ("стyдент", "пароль<>\"'"),
    ],
)
def test_wrong(main_svc, refused, username, password):
    body = {"username": username, "password": password}
    refused(main_svc, LOGIN, 401, "invalid_credentials", method="POST", json_body=body)


def test_the_language(main_svc):
    russian = main_svc.log_in("student4", "wrong").json
    english = main_svc.log_in("student4", "wrong", headers={"Accept-Language": "en"}).json
    assert russian["detail"] == "Неверный логин или пароль." and english["detail"].isascii()


@pytest.mark.parametrize(
    "body, fields",
    [
        ({}, {"username", "password"}),
        ({"username": "student4"}, {"password"}),
        ({"username": "", "password": "x"}, {"username"}),
        ({"username": 4, "password": ["x"]}, {"username", "password"}),
        ({"username": "s" * 129, "password": "p" * 513}, {"username", "password"}),
    ],
)
def test_invalid(main_svc, ask, campus_sim, body, fields):
    answer = ask(main_svc, LOGIN, method="POST", json_body=body)
    assert answer.status == 422
    assert {error["field"] for error in answer.json["errors"]} == fields
    assert campus_sim.requests(site=CAS)["total"] == 0


def test_malformed(main_svc, refused):
    body = {"method": "POST", "headers": {"Content-Type": "application/json"}}
    refused(main_svc, LOGIN, 400, "malformed_request", body=b'{"username":', **body)
    refused(main_svc, LOGIN, 413, "content_too_large", body=b'{"username":"' + b"a" * 20000, **body)
    form = {"method": "POST", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    refused(main_svc, LOGIN, 415, "unsupported_media_type", body=b"username=student4", **form)


# --- throttling ---


def test_guessing_gets_slower(start_main_svc, campus_sim, refused):
    main_svc = start_main_svc(campus_sim, LOGIN_ATTEMPTS_PER_ACCOUNT=3)
    wrong = {"method": "POST", "json_body": {"username": "student4", "password": "guess"}}
    for _ in range(3):
        refused(main_svc, LOGIN, 401, "invalid_credentials", **wrong)
    asked = campus_sim.requests("/login", site=CAS)["total"]
    refused(main_svc, LOGIN, 429, "too_many_requests", **wrong)
    # The right password too, or guessing would go on; and CAS is not asked.
    refused(main_svc, LOGIN, 429, "too_many_requests", method="POST", json_body=RIGHT)
    # Another way of writing the same name is no way around.
    other = {"username": " STUDENT4 ", "password": "guess"}
    refused(main_svc, LOGIN, 429, "too_many_requests", method="POST", json_body=other)
    assert campus_sim.requests("/login", site=CAS)["total"] == asked
    # Others are not locked out.
    assert main_svc.login("student1")
    assert main_svc.metric("main_logins_total", outcome="throttled") == 3


def test_guessing_at_many_accounts(start_main_svc, campus_sim):
    main_svc = start_main_svc(campus_sim, LOGIN_ATTEMPTS_PER_ADDRESS=5)
    statuses = [main_svc.log_in(f"st41307{number:02}", "guess").status for number in range(1, 9)]
    assert statuses[:5] == [401] * 5 and set(statuses[5:]) == {429}


def test_a_success_forgives(start_main_svc, campus_sim):
    main_svc = start_main_svc(campus_sim, LOGIN_ATTEMPTS_PER_ACCOUNT=3)
    for _ in range(3):
        assert [main_svc.log_in("student4", "wrong").status for _ in range(2)] == [401, 401]
        assert main_svc.login()


def test_failures_of_cas_are_no_guesses(start_main_svc, campus_sim):
    main_svc = start_main_svc(campus_sim, LOGIN_ATTEMPTS_PER_ACCOUNT=2)
    campus_sim.fault("/login", site=CAS, mode="layout")
    assert [main_svc.log_in(**RIGHT).status for _ in range(4)] == [502] * 4
    campus_sim.clear_faults()
    assert main_svc.login()


# --- CAS's pages ---


def test_the_form_is_posted_once(main_svc, campus_sim):
    campus_sim.reset_requests()
    main_svc.login()
    assert campus_sim.requests(site=CAS)["total"] == 2


def test_a_changed_layout_is_told(main_svc, refused, campus_sim):
    campus_sim.fault("/login", site=CAS, mode="layout")
    refused(main_svc, LOGIN, 502, "cas_not_understood", method="POST", json_body=RIGHT)
    main_svc.wait_log("a page of CAS is not understood", page="the login form")
    assert main_svc.metric("main_logins_total", way="form", outcome="bad_page") == 1


FORM = '<form method="post" action="{action}"><input name="username"><input name="password" type="password">{hidden}</form>'
EXECUTION = '<input type="hidden" name="execution" value="e1s1">'


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<html><body>Технические работы</body></html>",
        FORM.format(action="login", hidden=""),
        FORM.format(action="login", hidden='<input type="hidden" name="execution" value="">'),
        FORM.format(action="http://evil.example/login", hidden=EXECUTION),
        FORM.format(action="//evil.example/login", hidden=EXECUTION),
        FORM.format(action="javascript:alert(1)", hidden=EXECUTION),
        "<!--" + FORM.format(action="login", hidden=EXECUTION) + "-->",
        "<script>" + FORM.format(action="login", hidden=EXECUTION) + "</script>",
        FORM.format(action="login", hidden=EXECUTION + '<input type="hidden" name="x">' * 100),
        FORM.format(action="login", hidden=EXECUTION).replace('type="password"', 'type="text"'),
        "<" * 100000,
        "<form " * 20000,
    ],
)
def test_pages_that_are_no_login_form(main_svc, refused, campus_sim, page):
    campus_sim.override("/login", site=CAS, text=page)
    refused(main_svc, LOGIN, 502, "cas_not_understood", method="POST", json_body=RIGHT)


def profile_page(json_text):
    return f'<html><body><script type="application/json">{json_text}</script></body></html>'


@pytest.mark.parametrize(
    "profile",
    ["{}", "null", '{"student_id":""}', '{"student_id":null}', '{"student_id":"1",', '{"student_id":"' + "1" * 600 + '"}',
     '{"student_id":"a\\u0000b"}', '{"student_id":"1","name":"a\\nb"}'],
)
def test_profiles_that_are_none(main_svc, refused, campus_sim, profile):
    # CAS answers the form's post, too, with this page, which has a form for the first request.
    page = FORM.format(action="logout", hidden=EXECUTION)
    campus_sim.override("/login", site=CAS, text=page)
    campus_sim.override("/logout", site=CAS, text=profile_page(profile))
    refused(main_svc, LOGIN, 502, "cas_not_understood", method="POST", json_body=RIGHT)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Bearer"])
def test_me_needs_a_token(main_svc, ask, token):
    headers = bearer(token) if token else {}
    answer = ask(main_svc, "/api/auth/me", headers=headers)
    assert answer.status == 401 and answer.header("www-authenticate").startswith('Bearer realm="')
