# SPDX-License-Identifier: MIT
"""A launch token of main-svc becomes a student's session, once."""

import functools

import pytest

import crowd
import services
from clock import Clock
from poly_process import INSTRUMENTED
from portal import claims_of
from refusals import check_faults, check_refused

VERIFY = "/api/auth/verify-launch"


def verify(office, token):
    return functools.partial(office.services.request, "POST", VERIFY, json_body={"token": token})


def as_student(office, token, headers):
    """Staff's business, which a student is refused; without a good session with 401."""
    return office.services.as_student(token, "GET", services.EXECUTORS, headers=headers)


def age_exchanges(office):
    office.services.database.run("UPDATE launch_exchanges SET exchanged_at = exchanged_at - interval '11 seconds'")


def test_a_launch_token_says_who_the_student_is(office):
    [token] = office.launch_tokens(first=7001)
    answer = office.verify_launch(token)
    assert answer.status == 200
    session = answer.json["student_token"]
    assert {name: answer.json[name] for name in ("student_external_id", "student_name", "student_email")} == {
        "student_external_id": "stud7001",
        "student_name": "Студент 7001",
        "student_email": "stud7001@edu.example",
    }
    assert answer.header("cache-control") == "no-store"
    claims = claims_of(session)
    assert claims["iss"] == "services-svc" and claims["token_type"] == "student_session"
    assert claims["student_id"] == "stud7001" and claims["exp"] - claims["iat"] == 12 * 3600


def test_a_repeat_at_once_gets_the_same_session(office):
    [token] = office.launch_tokens()
    first, second = office.verify_launch(token), office.verify_launch(token)
    assert first.status == second.status == 200
    assert first.json == second.json


def test_a_repeat_after_ten_seconds_is_refused(office):
    [token] = office.launch_tokens()
    assert office.verify_launch(token).status == 200
    age_exchanges(office)
    check_refused(verify(office, token), 401, "launch_token_spent")


def test_of_many_at_once_all_get_one_session(office):
    [token] = office.launch_tokens()
    answers = crowd.together(20, lambda _: office.verify_launch(token))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["student_token"] for answer in answers}) == 1


def test_the_table_gives_nobody_a_session(office):
    [token] = office.launch_tokens()
    session = office.verify_launch(token).json["student_token"]
    jti = claims_of(token)["jti"]
    dump = office.services.database.value("SELECT string_agg(l::text, ' ') FROM launch_exchanges l")
    for secret in (session, token, jti):
        assert secret not in dump and secret.encode().hex() not in dump


@pytest.mark.parametrize("audience", ["traffic", "main"])
def test_a_launch_token_for_another_app(office, audience):
    [token] = office.launch_tokens(audience=audience)
    check_refused(verify(office, token), 401, "invalid_launch_token")


@pytest.mark.skipif(INSTRUMENTED, reason="the sanitizers' library must come first; the other build is enough for this")
def test_an_expired_launch_token_and_an_expired_session(start_office, tmp_path):
    """Half a minute beyond its life a token is still taken, as clocks may differ."""
    clock = Clock(tmp_path / "clock")
    office = start_office(**clock.environment)
    early, late = office.launch_tokens(2)
    clock.set(320)
    session = office.verify_launch(early).json["student_token"]
    clock.set(340)
    check_refused(verify(office, late), 401, "invalid_launch_token")
    clock.set(320 + 12 * 3600 + 40)
    check_refused(functools.partial(as_student, office, session), 401, "unauthenticated")


def test_a_changed_launch_token(office):
    [token] = office.launch_tokens()
    head, payload, signature = token.split(".")
    check_refused(verify(office, f"{head}.{payload}.{signature[:-4]}AAAA"), 401, "invalid_launch_token")


def test_tokens_of_other_kinds(office):
    student = office.student()
    for token in (student["token"], office.admin(), "nonsense", "a.b.c"):
        check_refused(verify(office, token), 401, "invalid_launch_token")


def test_a_stranger_s_launch_token(office):
    """Signed in main-svc's name with keys of our own."""
    [token] = services.mint_launch_tokens(office.services.environment["SIGNING_KEYS_DIR"])
    check_refused(verify(office, token), 401, "invalid_launch_token")


def test_a_body_without_a_token(office):
    ask = functools.partial(office.services.request, "POST", VERIFY)
    check_faults(functools.partial(ask, json_body={}), ("token", "required"))
    check_faults(functools.partial(ask, json_body={"token": 5}), ("token", "string"))
    broken = functools.partial(ask, body=b"{")
    check_refused(lambda headers: broken(headers={"Content-Type": "application/json", **headers}), 400, "malformed_request")


def test_the_keys_of_sessions_are_published(office):
    keys = office.services.get("/.well-known/jwks.json")
    assert keys.status == 200
    assert all(key["crv"] == "P-256" and "d" not in key for key in keys.json["keys"])
