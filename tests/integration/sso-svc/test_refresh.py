# SPDX-License-Identifier: MIT
"""POST /api/auth/refresh: a token is spent once, a lost answer logs nobody out, and a stolen token is noticed.

Time passes by SQL: what was used or expires is moved back.
"""

import collections
import functools

import pytest

import crowd
import forge
import sso
from people import People
from refusals import check_faults, check_problem, check_refused

REFRESH = "/api/auth/refresh"
GRACE = 10
ANSWER = {"access_token", "refresh_token", "app", "role", "full_name", "entity_id"}

# Of the session of a login's first token, by the user.
TOKENS = "refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE s.user_id"


@pytest.fixture
def person(people):
    return people.provision()


@pytest.fixture
def token(person):
    return person.login()["refresh_token"]


def successor(svc, token):
    response = svc.refresh(token)
    assert response.status == 200, response
    return response.json["refresh_token"]


def check_dead(svc, *tokens):
    for token in tokens:
        check_problem(svc.refresh(token), 401, "invalid_refresh_token")


def pass_time(database, person, seconds):
    """Since its tokens were used."""
    database.run(
        f"UPDATE refresh_tokens SET used_at = used_at - interval '{seconds} s' WHERE session_id IN"
        f" (SELECT id FROM sessions WHERE user_id = '{person.id}')"
    )


def audited(database, person, event="refresh_token_reused"):
    return int(database.value(f"SELECT count(*) FROM audit WHERE event = '{event}' AND target = '{person.id}'"))


def end_of(database, person):
    return database.value(f"SELECT end_reason FROM sessions WHERE user_id = '{person.id}'")


def test_answer(svc, person):
    first = person.login()
    answer = svc.refresh(first["refresh_token"]).json
    assert set(answer) == ANSWER
    assert answer["refresh_token"] != first["refresh_token"]
    assert answer["access_token"] != first["access_token"]
    assert {name: answer[name] for name in ANSWER - {"access_token", "refresh_token"}} == {
        name: first[name] for name in ANSWER - {"access_token", "refresh_token"}
    }
    assert svc.get("/api/auth/me", headers=sso.bearer(answer["access_token"])).status == 200


def test_a_chain(svc, person, token):
    seen = {token}
    for _ in range(20):
        token = successor(svc, token)
        seen.add(token)
    assert len(seen) == 21
    assert len(svc.get("/api/auth/sessions", headers=person.bearer()).json) == 2


def test_the_token_tells_what_the_user_is_now(svc, people, person, token):
    people.provision(entity_id=person.user["entity_id"], password=None, full_name="Новая Фамилия")
    answer = svc.refresh(token).json
    assert answer["full_name"] == "Новая Фамилия"
    assert forge.claims_of(answer["access_token"])["full_name"] == "Новая Фамилия"


def test_tokens_are_stored_as_hashes(file_database, svc, person, token):
    second = successor(svc, token)
    raw = [forge.base64.urlsafe_b64decode(each + "=").hex() for each in (token, second)]
    dump = str(file_database.run(f"SELECT t.*::text FROM {TOKENS} = '{person.id}'"))
    assert token not in dump and second not in dump and not any(each in dump for each in raw)


# --- the grace ---


def test_a_lost_answer(svc, file_database, person, token):
    second = successor(svc, token)
    for _ in range(3):
        assert successor(svc, token) == second
    assert successor(svc, second)
    assert audited(file_database, person) == 0


def test_a_lost_answer_near_the_end_of_the_grace(svc, file_database, person, token):
    second = successor(svc, token)
    pass_time(file_database, person, GRACE - 4)
    assert successor(svc, token) == second


def test_a_repeat_at_another_replica(start_sso_svc):
    one, other = start_sso_svc(), start_sso_svc()
    token = one.login()["refresh_token"]
    second = successor(one, token)
    assert successor(other, token) == second
    assert successor(one, second) == successor(other, second)


def test_reuse_after_the_grace(svc, file_database, person, token):
    second = successor(svc, token)
    pass_time(file_database, person, GRACE + 1)
    check_dead(svc, token, second)
    assert audited(file_database, person) == 1
    assert end_of(file_database, person) == "refresh_token_reused"


def test_reuse_after_the_successor_was_used(svc, file_database, person, token):
    """Even within the grace: it is not the token before the present one any more."""
    third = successor(svc, successor(svc, token))
    check_dead(svc, token, third)
    assert audited(file_database, person) == 1


def test_reuse_of_an_old_ancestor(svc, file_database, person, token):
    chain = [token]
    for _ in range(4):
        chain.append(successor(svc, chain[-1]))
    check_dead(svc, chain[1], *chain)
    assert audited(file_database, person) == 1


def test_reuse_ends_that_session_only(svc, person, token):
    other = person.login()["refresh_token"]
    check_dead(svc, *[token for _ in [successor(svc, successor(svc, token))]])
    assert successor(svc, other)


def test_reuse_is_counted(svc, token):
    before = svc.metric("sso_refreshes_total", outcome="reused")
    successor(svc, successor(svc, token))
    check_dead(svc, token)
    assert svc.metric("sso_refreshes_total", outcome="reused") == before + 1


def test_two_hundred_at_once(svc, file_database, person, token):
    responses = crowd.ask_together(svc.url, [("POST", REFRESH, {"json_body": {"refresh_token": token}})] * 200)
    assert collections.Counter(response.status for response in responses) == {200: 200}
    assert len({response.json["refresh_token"] for response in responses}) == 1
    assert successor(svc, responses[0].json["refresh_token"])
    assert audited(file_database, person) == 0


def test_thieves_at_once_end_it_once(svc, file_database, person, token):
    last = successor(svc, successor(svc, token))
    responses = crowd.ask_together(svc.url, [("POST", REFRESH, {"json_body": {"refresh_token": token}})] * 20)
    assert {response.status for response in responses} == {401}
    check_dead(svc, last)
    assert audited(file_database, person) == 1


def test_thief_and_owner_at_once(svc, people):
    """Whoever wins: after a reuse nobody of that family goes on."""
    for _ in range(5):
        token = people.provision().login()["refresh_token"]
        present = successor(svc, successor(svc, token))
        bodies = [{"refresh_token": each} for each in (token, present)]
        crowd.ask_together(svc.url, [("POST", REFRESH, {"json_body": body}) for body in bodies])
        check_dead(svc, present)


# --- ends ---


def test_idle(svc, file_database, person, token):
    file_database.run(
        f"UPDATE refresh_tokens SET expires_at = now() - interval '1 s' WHERE session_id IN"
        f" (SELECT id FROM sessions WHERE user_id = '{person.id}')"
    )
    check_dead(svc, token)
    assert svc.get("/api/auth/sessions", headers=person.bearer()).json[1:] == []
    assert audited(file_database, person) == 0


def test_absolute(svc, file_database, person, token):
    file_database.run(f"UPDATE sessions SET expires_at = now() - interval '1 s' WHERE user_id = '{person.id}'")
    check_dead(svc, token)
    assert audited(file_database, person) == 0


def test_how_long_tokens_last(svc, file_database, person, token):
    """30 days from the login, 7 days unused; each use begins the 7 days anew."""
    days = "round(extract(epoch FROM {} - now()) / 86400)"
    assert file_database.value(f"SELECT {days.format('s.expires_at')} FROM {TOKENS} = '{person.id}'") == "30"
    assert file_database.value(f"SELECT {days.format('t.expires_at')} FROM {TOKENS} = '{person.id}'") == "7"
    file_database.run(
        f"UPDATE refresh_tokens SET expires_at = now() + interval '1 day' WHERE session_id IN"
        f" (SELECT id FROM sessions WHERE user_id = '{person.id}')"
    )
    successor(svc, token)
    assert (
        file_database.value(f"SELECT {days.format('t.expires_at')} FROM {TOKENS} = '{person.id}' AND t.used_at IS NULL") == "7"
    )


def test_no_token_outlives_its_session(svc, file_database, person, token):
    file_database.run(f"UPDATE sessions SET expires_at = now() + interval '1 hour' WHERE user_id = '{person.id}'")
    successor(svc, token)
    assert file_database.value(f"SELECT bool_and(t.expires_at <= s.expires_at) FROM {TOKENS} = '{person.id}' AND t.used_at IS NULL") == "t"


def test_lives_are_configured(start_sso_svc, database):
    start_sso_svc(REFRESH_TOKEN_SECONDS=7200, REFRESH_IDLE_SECONDS=600).login()
    row = database.run(
        "SELECT round(extract(epoch FROM s.expires_at - now()) / 60), round(extract(epoch FROM t.expires_at - now()) / 60)"
        " FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id"
    )
    assert row == [("120", "10")]


def test_a_disabled_user(svc, people, person, token):
    people.change(person, is_active=False)
    check_dead(svc, token)
    people.change(person, is_active=True)
    check_dead(svc, token)


def test_a_deleted_user(svc, people, person, token):
    people.delete(person)
    check_dead(svc, token)


def test_after_logout(svc, token):
    second = successor(svc, token)
    svc.request("POST", "/api/auth/logout", json_body={"refresh_token": second})
    check_dead(svc, second, token)


def test_refusals_say_the_same(svc, people, person, token):
    people.change(person, is_active=False)
    answers = [svc.refresh(each) for each in (token, "A" * 43, "junk", "A" * 42 + "B", token + "=", token[:-1])]
    assert len({response.text.replace(response.json["request_id"], "") for response in answers}) == 1


@pytest.mark.parametrize("token", ["junk", "A" * 43, "A" * 44, "A" * 256, "не токен", "../../etc/passwd", "' OR true --"])
def test_what_is_no_token(svc, token):
    check_refused(functools.partial(svc.request, "POST", REFRESH, json_body={"refresh_token": token}), 401, "invalid_refresh_token")


def test_an_access_token_is_none(svc, person):
    response = svc.refresh(person.login()["access_token"])
    assert response.status in (401, 422)


@pytest.mark.parametrize(
    "body, fault",
    [
        ({}, ("refresh_token", "required")),
        ({"refresh_token": None}, ("refresh_token", "required")),
        ({"refresh_token": ""}, ("refresh_token", "required")),
        ({"refresh_token": 1}, ("refresh_token", "string")),
        ({"refresh_token": "a" * 9000}, ("refresh_token", "too_long")),
        ([], ("", "object")),
    ],
)
def test_faults(svc, body, fault):
    check_faults(functools.partial(svc.request, "POST", REFRESH, json_body=body), fault)


# --- when the database fails ---


def test_a_dead_database_costs_no_session(sso_svc, postgres, database):
    person = People(sso_svc).provision()
    token = person.login()["refresh_token"]
    postgres.crash()
    check_problem(sso_svc.refresh(token), 503)
    postgres.restart()
    sso_svc.wait_ready()
    assert successor(sso_svc, token)
    assert audited(database, person) == 0
