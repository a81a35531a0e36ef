# SPDX-License-Identifier: MIT
"""One's own token and sessions, and leaving."""

import functools
import re
import uuid

import pytest

import forge
import sso
from refusals import check_faults, check_problem, check_refused

SETTINGS = {"TRUSTED_PROXIES": "127.0.0.1"}
SESSIONS = "/api/auth/sessions"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
def person(people):
    return people.provision()


def sessions(svc, headers):
    response = svc.get(SESSIONS, headers=headers)
    assert response.status == 200, response
    return response.json


def end(svc, headers, session_id):
    return svc.request("DELETE", f"{SESSIONS}/{session_id}", headers=headers)


def log_out(svc, token):
    return svc.request("POST", "/api/auth/logout", json_body={"refresh_token": token})


# --- GET /api/auth/me ---


def test_me_is_what_the_token_claims(svc, person):
    token = person.login()["access_token"]
    me = svc.get("/api/auth/me", headers=sso.bearer(token)).json
    claims = forge.claims_of(token)
    assert me["aud"] in (claims["aud"], [claims["aud"]])
    assert {**me, "aud": claims["aud"]} == claims


def test_me_of_who_stands_for_nothing(svc):
    me = svc.get("/api/auth/me", headers=svc.admin()).json
    assert me["entity_id"] is None and me["app"] == "sso"


# --- GET /api/auth/sessions ---


def test_one_session(svc, person):
    [session] = sessions(svc, person.bearer())
    assert set(session) == {"id", "address", "user_agent", "created_at", "last_used_at", "expires_at"}
    assert uuid.UUID(session["id"])
    assert session["address"] == "127.0.0.1" and session["user_agent"] is None
    for name in ("created_at", "last_used_at", "expires_at"):
        assert RFC3339.fullmatch(session[name])
    assert session["created_at"] <= session["last_used_at"] < session["expires_at"]


def test_where_from(svc, person):
    body = {"username": person.username, "password": person.password}
    headers = {"X-Forwarded-For": "2001:db8::7", "User-Agent": "Firefox/144.0 (Linux) \u00e9" + "x" * 600}
    headers = {name: value.encode("utf-8") for name, value in headers.items()}
    assert svc.request("POST", "/api/auth/login", headers=headers, json_body=body).status == 200
    [session] = sessions(svc, person.bearer())[1:]
    assert session["address"] == "2001:db8::7"
    assert session["user_agent"].startswith("Firefox/144.0 (Linux) ") and len(session["user_agent"]) <= 256


def test_only_ones_own_and_the_latest_first(svc, people, person):
    others = people.provision().bearer()
    for _ in range(3):
        headers = person.bearer()
    mine = sessions(svc, headers)
    assert len(mine) == 3
    assert [each["created_at"] for each in mine] == sorted((each["created_at"] for each in mine), reverse=True)
    [other] = sessions(svc, others)
    assert other["id"] not in [each["id"] for each in mine]


def test_a_refresh_is_a_use(svc, file_database, person):
    answer = person.login()
    headers = sso.bearer(answer["access_token"])
    file_database.run(
        "UPDATE refresh_tokens SET issued_at = issued_at - interval '1 hour' WHERE session_id IN"
        f" (SELECT id FROM sessions WHERE user_id = '{person.id}')"
    )
    [before] = sessions(svc, headers)
    svc.refresh(answer["refresh_token"])
    [after] = sessions(svc, headers)
    assert after["last_used_at"] > before["last_used_at"] and after["id"] == before["id"]


# --- DELETE /api/auth/sessions/{id} ---


def test_end_one(svc, person):
    doomed, kept = person.login(), person.login()
    headers = sso.bearer(kept["access_token"])
    [_, session] = sessions(svc, headers)
    assert end(svc, headers, session["id"]).json == {"status": "ended"}
    check_problem(svc.refresh(doomed["refresh_token"]), 401, "invalid_refresh_token")
    assert svc.refresh(kept["refresh_token"]).status == 200
    assert len(sessions(svc, headers)) == 1
    check_refused(lambda headers: end(svc, {**person.bearer(), **headers}, session["id"]), 404, "session_not_found")


def test_not_somebody_elses(svc, people, person):
    other = people.provision()
    token = other.login()
    [session] = sessions(svc, sso.bearer(token["access_token"]))
    for headers in (person.bearer(), svc.admin()):
        check_problem(end(svc, headers, session["id"]), 404, "session_not_found")
    assert svc.refresh(token["refresh_token"]).status == 200


@pytest.mark.parametrize("session_id", ["1", "nil", str(uuid.uuid4()), "%27", "0" * 36])
def test_no_such_session(svc, person, session_id):
    check_problem(end(svc, person.bearer(), session_id), 404, "session_not_found")


# --- POST /api/auth/logout ---


def test_logout(svc, person):
    answer = person.login()
    assert log_out(svc, answer["refresh_token"]).json == {"status": "ok"}
    check_problem(svc.refresh(answer["refresh_token"]), 401, "invalid_refresh_token")
    assert len(sessions(svc, person.bearer())) == 1


def test_logout_with_a_spent_token(svc, person):
    """An answer to a refresh that was lost is no reason to stay."""
    answer = person.login()
    second = svc.refresh(answer["refresh_token"]).json["refresh_token"]
    assert log_out(svc, answer["refresh_token"]).json == {"status": "ok"}
    check_problem(svc.refresh(second), 401, "invalid_refresh_token")


@pytest.mark.parametrize("token", ["junk", "A" * 43, "не токен", "A" * 256])
def test_logout_always_succeeds(svc, token):
    response = log_out(svc, token)
    assert (response.status, response.json) == (200, {"status": "ok"})


def test_logout_twice(svc, person, file_database):
    token = person.login()["refresh_token"]
    for _ in range(2):
        assert log_out(svc, token).status == 200
    assert file_database.value(f"SELECT count(*) FROM audit WHERE event = 'logged_out' AND target = '{person.id}'") == "1"


@pytest.mark.parametrize("body", [{}, {"refresh_token": 7}])
def test_logout_without_a_token(svc, body):
    code = "string" if body else "required"
    check_faults(functools.partial(svc.request, "POST", "/api/auth/logout", json_body=body), ("refresh_token", code))


def test_there_is_room_for_fifty(svc, person):
    """A program that logs in at each call fills no table, and the newest sessions are those that live."""
    logins = [person.login() for _ in range(52)]
    tokens = [each["refresh_token"] for each in logins]
    listed = sessions(svc, sso.bearer(logins[-1]["access_token"]))
    assert len(listed) == 50
    alive = [svc.request("POST", "/api/auth/refresh", json_body={"refresh_token": token}).status for token in (tokens[0], tokens[-1])]
    assert alive == [401, 200]
