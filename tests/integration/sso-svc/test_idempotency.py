# SPDX-License-Identifier: MIT
"""Idempotency-Key: a write that is asked for again is not done again."""

import functools
import uuid

import pytest

import crowd
import sso
from people import PASSWORD
from refusals import check_problem, check_refused

USERS = "/api/users"
BATCH = "/api/provision/traffic/teachers:batch"


@pytest.fixture
def key():
    return str(uuid.uuid4())


def with_key(key, headers=None):
    return {"Idempotency-Key": key, **(headers or {})}


def new_admin(people):
    return {"username": f"once.{people.number()}", "full_name": "Однажды", "app": "traffic", "password": PASSWORD}


def writes(svc, people):
    """A request of each kind that creates something: (method, path, options without the key)."""
    return {
        "an admin": ("POST", USERS, {"json_body": new_admin(people), "headers": svc.admin()}),
        "staff": provisioning(people, "staff"),
        "an executor": provisioning(people, "executor"),
        "a teacher": provisioning(people, "teacher"),
        "a batch": ("POST", BATCH, {"json_body": {"items": [teacher(people)]}, "headers": sso.service("traffic")}),
    }


def teacher(people):
    return {"entity_id": people.entity(), "full_name": "Однажды Иван"}


def provisioning(people, kind):
    owner, path = sso.PROVISIONED[kind]
    return ("POST", path, {"json_body": teacher(people), "headers": sso.service(owner)})


def send(svc, write, key, **changed):
    method, path, options = write
    headers = with_key(key, options["headers"])
    return svc.request(method, path, **{**options, "headers": headers, **changed})


KINDS = ["an admin", "staff", "an executor", "a teacher", "a batch"]


@pytest.mark.parametrize("kind", KINDS)
def test_replay(svc, people, key, kind):
    write = writes(svc, people)[kind]
    first = send(svc, write, key)
    assert first.status in (200, 201) and first.header("idempotent-replayed") is None
    for _ in range(2):
        again = send(svc, write, key)
        assert (again.status, again.body) == (first.status, first.body)
        assert again.header("idempotent-replayed") == "true"
        assert again.header("x-request-id") != first.header("x-request-id")


@pytest.mark.parametrize("kind", KINDS)
def test_another_body(svc, people, key, kind):
    write = writes(svc, people)[kind]
    assert send(svc, write, key).status in (200, 201)
    other = writes(svc, people)[kind]
    check_refused(lambda headers: send(svc, (*other[:2], {**other[2], "headers": {**other[2]["headers"], **headers}}), key), 422, "idempotency_key_reused")


def test_another_path(svc, people, key):
    staff, executor = provisioning(people, "staff"), provisioning(people, "executor")
    assert send(svc, staff, key).status == 201
    moved = (executor[0], executor[1], staff[2])
    check_problem(send(svc, moved, key), 422, "idempotency_key_reused")


def test_another_caller(svc, people, key):
    """Keys of different callers never meet."""
    assert send(svc, provisioning(people, "staff"), key).status == 201
    assert send(svc, provisioning(people, "teacher"), key).status == 201
    other = people.admin()
    body = new_admin(people)
    assert send(svc, ("POST", USERS, {"json_body": body, "headers": svc.admin()}), key).status == 201
    body = new_admin(people)
    assert send(svc, ("POST", USERS, {"json_body": body, "headers": other.bearer()}), key).status == 201


def test_the_same_person_with_another_token(svc, people, key):
    person = people.admin()
    write = ("POST", USERS, {"json_body": new_admin(people)})
    answers = {send(svc, (*write[:2], {**write[2], "headers": person.bearer()}), key).text for _ in range(2)}
    assert len(answers) == 1


def test_who_may_not_is_told_no_answer(svc, people, key):
    write = writes(svc, people)["an admin"]
    assert send(svc, write, key).status == 201
    for headers, status in (({}, 401), (people.provision().bearer(), 403)):
        check_problem(send(svc, (*write[:2], {**write[2], "headers": headers}), key), status)


@pytest.mark.parametrize("kind", KINDS)
def test_at_once(svc, people, key, file_database, kind):
    before = int(file_database.value("SELECT count(*) FROM users"))
    method, path, options = writes(svc, people)[kind]
    options = {**options, "headers": with_key(key, options["headers"])}
    responses = crowd.ask_together(svc.url, [(method, path, options)] * 20)
    assert len({(response.status, response.body) for response in responses}) == 1
    assert responses[0].status in (200, 201)
    assert sum(response.header("idempotent-replayed") == "true" for response in responses) == 19
    assert int(file_database.value("SELECT count(*) FROM users")) == before + 1


def test_a_refusal_is_not_remembered(svc, people, key):
    owner = people.admin("traffic")
    write = ("POST", USERS, {"json_body": {**new_admin(people), "username": owner.username}, "headers": svc.admin()})
    check_problem(send(svc, write, key), 409, "username_taken")
    people.delete(owner)
    response = send(svc, write, key)
    assert response.status == 201 and response.header("idempotent-replayed") is None


def test_an_invalid_body_is_not_remembered(svc, people, key):
    write = provisioning(people, "teacher")
    check_problem(send(svc, write, key, json_body={}), 422, "validation_failed")
    assert send(svc, write, key).status == 201


def test_a_replay_is_no_second_act(svc, people, key, file_database):
    write = provisioning(people, "teacher")
    entity = write[2]["json_body"]["entity_id"]
    user = send(svc, write, key).json
    svc.request("DELETE", f"{USERS}/by-entity/{entity}", headers=sso.service("traffic"))
    assert send(svc, write, key).json == user
    assert file_database.value(f"SELECT count(*) FROM users WHERE entity_id = '{entity}'") == "0"
    assert file_database.value(f"SELECT count(*) FROM audit WHERE event = 'user_provisioned' AND target = '{user['id']}'") == "1"


@pytest.mark.parametrize("bad", ["", " ", "a b", "\t", "ключ", "k" * 256])
def test_what_is_no_key(svc, people, bad):
    method, path, options = provisioning(people, "teacher")

    def ask(headers):
        headers = {**options["headers"], **headers, "Idempotency-Key": bad.encode()}
        return svc.request(method, path, **{**options, "headers": headers})

    check_refused(ask, 400, "idempotency_key_malformed")


@pytest.mark.parametrize("good", ["1", "k" * 255, '"quoted"', "'; DROP TABLE users; --".replace(" ", "_"), "{a:b}"])
def test_what_is_a_key(svc, people, good):
    write = provisioning(people, "teacher")
    assert [send(svc, write, good).status for _ in range(2)] == [201, 201]


def test_across_replicas_and_restarts(start_sso_svc):
    one, other = start_sso_svc(), start_sso_svc()
    ask = functools.partial(one.provision, "teacher", "t-1")
    owner, path = sso.PROVISIONED["teacher"]
    headers = with_key("key-1", sso.service(owner))
    body = {"entity_id": "t-1", "full_name": "Иванов Иван"}
    first = one.request("POST", path, json_body=body, headers=headers)
    assert other.request("POST", path, json_body=body, headers=headers).header("idempotent-replayed") == "true"
    one.restart()
    again = one.request("POST", path, json_body=body, headers=headers)
    assert (again.status, again.body) == (first.status, first.body)
    assert ask().status == 200
