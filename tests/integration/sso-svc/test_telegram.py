# SPDX-License-Identifier: MIT
"""Telegram accounts: linked, unlinked, and let in by traffic-svc."""

import functools
import uuid

import pytest

import crowd
import forge
import sso
from refusals import check_faults, check_problem, check_refused

USERS = "/api/users"
TOKENS = "/api/tokens/telegram"
LINK_TEACHER = "/api/provision/traffic/teacher-link-telegram"


@pytest.fixture
def person(people):
    return people.provision(password=None, ruz_teacher_id=people.number())


@pytest.fixture
def telegram_id(people):
    return 5_000_000_000 + people.number()


def link(svc, headers, user_id, telegram_id, **members):
    body = {"telegram_id": telegram_id, **members}
    return svc.request("POST", f"{USERS}/{user_id}/telegram-link", headers=headers, json_body=body)


def unlink(svc, headers, user_id):
    return svc.request("DELETE", f"{USERS}/{user_id}/telegram-link", headers=headers)


def link_teacher(svc, name, **body):
    return svc.as_service(name, "POST", LINK_TEACHER, json_body=body)


def token_for(svc, telegram_id):
    return svc.as_service("traffic", "POST", TOKENS, json_body={"telegram_id": telegram_id})


def linked(person, telegram_id, username=None):
    return {**person.user, "telegram_id": telegram_id, "telegram_username": username, "telegram_linked": True}


# --- POST and DELETE /api/users/{id}/telegram-link ---


@pytest.mark.parametrize("who", ["traffic", "bot", "admin"])
def test_link_and_unlink(svc, person, telegram_id, who):
    headers = svc.admin() if who == "admin" else sso.service(who)
    response = link(svc, headers, person.id, telegram_id, telegram_username="petya", chat_id=-100123)
    assert (response.status, response.json) == (200, linked(person, telegram_id, "petya"))
    assert svc.as_service("bot", "GET", f"{USERS}/by-telegram/{telegram_id}").json == response.json
    for _ in range(2):
        response = unlink(svc, headers, person.id)
        assert (response.status, response.json) == (200, person.user)
    check_problem(svc.as_service("bot", "GET", f"{USERS}/by-telegram/{telegram_id}"), 404)


def test_the_chat_is_kept(svc, person, telegram_id, file_database):
    stored = f"SELECT telegram_chat_id FROM users WHERE id = '{person.id}'"
    link(svc, svc.admin(), person.id, telegram_id, chat_id=-100123)
    assert file_database.value(stored) == "-100123"
    unlink(svc, svc.admin(), person.id)
    assert file_database.value(stored) is None


def test_link_again(svc, person, telegram_id):
    """Another name, another account: the last one counts."""
    for number, name in ((telegram_id, None), (telegram_id, "petya"), (telegram_id + 10**6, "vasya")):
        assert link(svc, svc.admin(), person.id, number, telegram_username=name).json == linked(person, number, name)
    check_problem(token_for(svc, telegram_id), 404)


@pytest.mark.parametrize("who", ["traffic", "bot", "admin"])
def test_an_account_of_another_user(svc, people, person, telegram_id, who):
    headers = svc.admin() if who == "admin" else sso.service(who)
    owner = people.provision(password=None)
    assert link(svc, headers, owner.id, telegram_id).status == 200

    def ask(**options):
        return link(svc, {**headers, **options["headers"]}, person.id, telegram_id)

    check_refused(ask, 400, "telegram_linked_to_other")
    assert svc.as_service("bot", "GET", f"{USERS}/by-telegram/{telegram_id}").json["id"] == owner.id
    unlink(svc, headers, owner.id)
    assert link(svc, headers, person.id, telegram_id).status == 200


def test_an_account_of_a_deleted_user(svc, people, person, telegram_id):
    owner = people.provision(password=None)
    link(svc, svc.admin(), owner.id, telegram_id)
    people.delete(owner)
    assert link(svc, svc.admin(), person.id, telegram_id).status == 200


def test_many_want_one_account(svc, people, telegram_id):
    persons = [people.provision(password=None) for _ in range(10)]
    body = {"telegram_id": telegram_id}
    requests = [("POST", f"{USERS}/{each.id}/telegram-link", {"json_body": body, "headers": svc.admin()}) for each in persons]
    assert sorted(response.status for response in crowd.ask_together(svc.url, requests)) == [200] + [400] * 9


@pytest.mark.parametrize("who", ["traffic", "bot"])
def test_services_reach_traffic_users_only(svc, people, telegram_id, who):
    for other in (people.provision("staff"), people.provision("executor"), people.admin(), people.admin("services")):
        path = f"{USERS}/{other.id}/telegram-link"
        ask = functools.partial(svc.as_service, who, "POST", path, json_body={"telegram_id": telegram_id})
        check_refused(ask, 403, "app_forbidden")
        check_refused(functools.partial(svc.as_service, who, "DELETE", path), 403, "app_forbidden")
        assert link(svc, svc.admin(), other.id, telegram_id).status == 200
        check_problem(svc.as_service(who, "DELETE", path), 403, "app_forbidden")
        assert unlink(svc, svc.admin(), other.id).json["telegram_linked"] is False


def test_the_bot_reaches_teachers_only(svc, people, telegram_id):
    """A link opens the account: whoever has the bot's secret would be an administrator."""
    admin = people.admin("traffic").id
    ask = functools.partial(svc.as_service, "bot", "POST", f"{USERS}/{admin}/telegram-link", json_body={"telegram_id": telegram_id})
    check_refused(ask, 403, "app_forbidden")
    assert link(svc, sso.service("traffic"), admin, telegram_id).status == 200
    check_problem(svc.as_service("bot", "DELETE", f"{USERS}/{admin}/telegram-link"), 403, "app_forbidden")


@pytest.mark.parametrize("user_id", [str(uuid.uuid4()), "1", "%27"])
def test_nobody_to_link(svc, telegram_id, user_id):
    path = f"{USERS}/{user_id}/telegram-link"
    ask = functools.partial(svc.as_service, "bot", "POST", path, json_body={"telegram_id": telegram_id})
    check_refused(ask, 404, "user_not_found")
    check_refused(functools.partial(svc.as_service, "bot", "DELETE", path), 404, "user_not_found")


FAULTS = [
    ({}, [("telegram_id", "required")]),
    ({"telegram_id": None}, [("telegram_id", "required")]),
    ({"telegram_id": "17"}, [("telegram_id", "integer")]),
    ({"telegram_id": 0}, [("telegram_id", "integer")]),
    ({"telegram_id": -1}, [("telegram_id", "integer")]),
    ({"telegram_id": 1.5}, [("telegram_id", "integer")]),
    ({"telegram_id": 2**53}, [("telegram_id", "integer")]),
    ({"telegram_id": 10**30}, [("telegram_id", "integer")]),
    ({"telegram_id": 1, "telegram_username": 5}, [("telegram_username", "string")]),
    ({"telegram_id": 1, "telegram_username": "a" * 65}, [("telegram_username", "too_long")]),
    ({"telegram_id": 1, "chat_id": "x"}, [("chat_id", "integer")]),
    ({"telegram_id": 1, "chat_id": -(2**53)}, [("chat_id", "integer")]),
    ([], [("", "object")]),
]


@pytest.mark.parametrize("body, faults", FAULTS)
def test_faults_of_a_link(svc, person, body, faults):
    path = f"{USERS}/{person.id}/telegram-link"
    check_faults(functools.partial(svc.as_service, "bot", "POST", path, json_body=body), *faults)


# --- POST /api/provision/traffic/teacher-link-telegram ---


@pytest.mark.parametrize("who", ["traffic", "bot"])
@pytest.mark.parametrize("names", [["entity_id"], ["ruz_teacher_id"], ["entity_id", "ruz_teacher_id"]])
def test_link_a_teacher(svc, person, telegram_id, who, names):
    ids = {name: person.user[name] for name in names}
    response = link_teacher(svc, who, **ids, telegram_id=telegram_id, telegram_username="petya", chat_id=17)
    assert (response.status, response.json) == (200, linked(person, telegram_id, "petya"))


def test_no_such_teacher(svc, people, person, telegram_id):
    other = people.provision(password=None, ruz_teacher_id=people.number())
    staff = people.provision("staff")
    for ids in (
        {"entity_id": "nobody"},
        {"ruz_teacher_id": 2**31 - 1},
        {"entity_id": staff.user["entity_id"]},
        {"entity_id": person.user["entity_id"], "ruz_teacher_id": other.user["ruz_teacher_id"]},
    ):
        ask = functools.partial(svc.as_service, "bot", "POST", LINK_TEACHER, json_body={**ids, "telegram_id": telegram_id})
        check_refused(ask, 404, "user_not_found")


def test_a_teacher_and_anothers_account(svc, people, person, telegram_id):
    other = people.provision(password=None)
    link(svc, svc.admin(), other.id, telegram_id)
    body = {"entity_id": person.user["entity_id"], "telegram_id": telegram_id}
    check_refused(functools.partial(svc.as_service, "bot", "POST", LINK_TEACHER, json_body=body), 400, "telegram_linked_to_other")


@pytest.mark.parametrize(
    "body, faults",
    [
        ({}, [("entity_id", "required"), ("telegram_id", "required")]),
        ({"telegram_id": 1}, [("entity_id", "required")]),
        ({"telegram_id": 1, "entity_id": "a b"}, [("entity_id", "entity_id")]),
        ({"telegram_id": 1, "entity_id": 5, "ruz_teacher_id": 6}, [("entity_id", "entity_id")]),
        ({"telegram_id": 1, "ruz_teacher_id": "x"}, [("ruz_teacher_id", "integer")]),
        *[({"entity_id": "e", **body}, faults) for body, faults in FAULTS if body],
    ],
)
def test_faults_of_a_teachers_link(svc, body, faults):
    check_faults(functools.partial(svc.as_service, "bot", "POST", LINK_TEACHER, json_body=body), *faults)


# --- POST /api/tokens/telegram ---


def test_a_token(svc, person, telegram_id):
    link(svc, svc.admin(), person.id, telegram_id)
    response = token_for(svc, telegram_id)
    answer = response.json
    assert response.status == 200
    assert set(answer) == {"access_token", "app", "role", "full_name", "entity_id"}
    assert (answer["app"], answer["role"]) == ("traffic", "teacher")
    assert (answer["full_name"], answer["entity_id"]) == (person.user["full_name"], person.user["entity_id"])
    claims = forge.claims_of(answer["access_token"])
    assert (claims["auth_source"], claims["telegram_id"]) == ("telegram", telegram_id)
    assert (claims["sub"], claims["aud"], claims["username"]) == (person.id, "traffic", person.username)
    assert claims["exp"] - claims["iat"] == 3600
    me = svc.get("/api/auth/me", headers=sso.bearer(answer["access_token"])).json
    assert (me["auth_source"], me["telegram_id"]) == ("telegram", telegram_id)


def test_a_token_counts(svc, person, telegram_id):
    link(svc, svc.admin(), person.id, telegram_id)
    before = svc.metric("sso_telegram_tokens_total")
    token_for(svc, telegram_id)
    assert svc.metric("sso_telegram_tokens_total") == before + 1


def asking_for_token(svc, telegram_id):
    return functools.partial(svc.as_service, "traffic", "POST", TOKENS, json_body={"telegram_id": telegram_id})


def test_nobody_is_linked(svc, person, telegram_id):
    check_refused(asking_for_token(svc, telegram_id), 404, "telegram_not_linked")
    link(svc, svc.admin(), person.id, telegram_id)
    unlink(svc, svc.admin(), person.id)
    check_refused(asking_for_token(svc, telegram_id), 404, "telegram_not_linked")


def test_a_user_of_another_app_is_linked(svc, people, telegram_id):
    for other in (people.provision("staff"), people.admin()):
        link(svc, svc.admin(), other.id, telegram_id)
        check_refused(asking_for_token(svc, telegram_id), 404, "telegram_not_linked")
        unlink(svc, svc.admin(), other.id)


def test_a_disabled_user(svc, people, person, telegram_id):
    link(svc, svc.admin(), person.id, telegram_id)
    people.change(person, is_active=False)
    check_refused(asking_for_token(svc, telegram_id), 403, "user_disabled")
    people.change(person, is_active=True)
    assert token_for(svc, telegram_id).status == 200


@pytest.mark.parametrize("body, faults", [(body, faults) for body, faults in FAULTS if len(body) <= 1])
def test_faults_of_a_token(svc, body, faults):
    check_faults(functools.partial(svc.as_service, "traffic", "POST", TOKENS, json_body=body), *faults)


def test_an_administrators_telegram_token_administers_nothing(svc, people, telegram_id):
    """A token for the mini-app is one of traffic, whoever its user is."""
    admin = people.admin("traffic")
    link(svc, svc.admin(), admin.id, telegram_id)
    token = token_for(svc, telegram_id).json["access_token"]
    check_problem(svc.get("/api/audit", headers=sso.bearer(token)), 403, "forbidden")
