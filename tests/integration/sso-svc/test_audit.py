# SPDX-License-Identifier: MIT
"""The audit trail: what is recorded, in the database and in the log, and how it is read."""

import functools
import itertools
import json
import re

import pytest

import sso
from people import PASSWORD
from refusals import check_faults, check_problem

AUDIT = "/api/audit"
ROW = {"id", "at", "event", "actor", "target", "address", "request_id", "details"}
SETTINGS = {"TRUSTED_PROXIES": "127.0.0.1"}

numbers = itertools.count(1)


def trail(svc, **query):
    response = svc.as_admin("GET", AUDIT, query=query)
    assert response.status == 200, response
    return response.json


def marked():
    """Headers that make a request's record known among others, and its mark."""
    mark = f"audited-{next(numbers)}"
    return mark, {"X-Request-ID": mark, "X-Forwarded-For": "198.51.100.7"}


def recorded(svc, mark):
    return [row for row in trail(svc, page_size=200)["items"] if row["request_id"] == mark]


def admin_id(svc):
    return svc.get("/api/auth/me", headers=svc.admin()).json["sub"]


@pytest.fixture
def act(svc):
    """act(method, path, …): makes the request; its records in the trail, which are in the log too."""

    def do(method, path, headers=None, **options):
        mark, fields = marked()
        svc.request(method, path, headers={**fields, **(headers or {})}, **options)
        rows = recorded(svc, mark)
        for row in rows:
            assert set(row) == ROW and row["address"] == "198.51.100.7"
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["at"])
        if rows:
            svc.wait_log("audit", request_id=mark)
        return rows

    return do


def check(rows, event, actor, target, **details):
    [row] = rows
    assert (row["event"], row["actor"], row["target"]) == (event, actor, target)
    assert {name: row["details"].get(name) for name in details} == details


def log_in(act, username, password, **members):
    return act("POST", "/api/auth/login", json_body={"username": username, "password": password, **members})


# --- what is recorded ---


def test_the_first_administrator(sso_svc):
    [row] = trail(sso_svc, event="first_admin_created")["items"]
    assert (row["actor"], row["target"]) == ("service:sso", admin_id(sso_svc))
    assert (row["address"], row["request_id"]) == (None, None)


def test_logins(act, people):
    person = people.provision()
    check(log_in(act, person.username, person.password), "login_succeeded", person.id, person.id)
    check(log_in(act, person.username, "не тот пароль"), "login_failed", None, person.id)
    check(log_in(act, person.username, person.password, app="services"), "login_refused", None, person.id, app="services")
    check(log_in(act, "nobody.at.all", "не тот пароль"), "login_failed", None, None)
    people.change(person, is_active=False)
    check(log_in(act, person.username, person.password), "login_failed", None, person.id)


def test_what_is_no_login_is_no_event(act):
    assert act("POST", "/api/auth/login", json_body={}) == []


def test_sessions(svc, act, people):
    person = people.provision()
    one, other = person.login(), person.login()
    headers = sso.bearer(one["access_token"])
    session = svc.get("/api/auth/sessions", headers=headers).json[0]["id"]
    check(act("DELETE", f"/api/auth/sessions/{session}", headers=headers), "session_ended", person.id, person.id, session_id=session)
    left = one if svc.refresh(other["refresh_token"]).status == 401 else other
    token = {"refresh_token": left["refresh_token"]}
    rows = act("POST", "/api/auth/logout", json_body=token)
    check(rows, "logged_out", person.id, person.id)
    assert act("POST", "/api/auth/logout", json_body=token) == []


def test_a_stolen_token(svc, act, people):
    person = people.provision()
    token = person.login()["refresh_token"]
    svc.refresh(svc.refresh(token).json["refresh_token"])
    check(act("POST", "/api/auth/refresh", json_body={"refresh_token": token}), "refresh_token_reused", None, person.id)


def test_users(svc, act, people):
    admin, headers = admin_id(svc), svc.admin()
    body = {"username": f"audited.{people.number()}", "full_name": "Запись", "app": "traffic", "password": PASSWORD}
    rows = act("POST", "/api/users", headers=headers, json_body=body)
    user_id = act_id(svc, body["username"])
    check(rows, "user_created", admin, user_id, username=body["username"], app="traffic", role="admin")
    path = f"/api/users/{user_id}"
    rows = act("PATCH", path, headers=headers, json_body={"password": "Другой пароль", "is_active": False})
    check(rows, "user_changed", admin, user_id, password=True, full_name=False)
    check(act("DELETE", path, headers=headers), "user_deleted", admin, user_id, username=body["username"], app="traffic")
    for method in ("PATCH", "DELETE"):
        assert act(method, path, headers=headers, json_body={}) == []


def act_id(svc, username):
    [user] = svc.as_admin("GET", "/api/users", query={"search": username}).json
    return user["id"]


def test_provisioning(svc, act, people):
    entity = people.entity()
    headers, path = sso.service("traffic"), sso.PROVISIONED["teacher"][1]
    body = {"entity_id": entity, "full_name": "Иванов Иван"}
    rows = act("POST", path, headers=headers, json_body=body)
    user = svc.provisioned("teacher", entity, full_name="Иванов Иван")
    check(rows, "user_provisioned", "service:traffic", user["id"], entity_id=entity, username=user["username"], role="teacher", password=False)
    assert act("POST", path, headers=headers, json_body=body) == []
    rows = act("POST", path, headers=headers, json_body={**body, "password": PASSWORD, "is_active": False})
    check(rows, "user_reprovisioned", "service:traffic", user["id"], password=True, is_active=False)
    assert act("POST", path, headers=headers, json_body={**body, "username": sso.ADMIN["username"]}) == []
    rows = act("DELETE", f"/api/users/by-entity/{entity}", headers=headers)
    check(rows, "user_deleted", "service:traffic", user["id"], entity_id=entity)
    assert act("DELETE", f"/api/users/by-entity/{entity}", headers=headers) == []


def test_a_batch(act, people):
    items = [{"entity_id": people.entity(), "full_name": "Иванов Иван"} for _ in range(3)] + [{"entity_id": "a b"}]
    rows = act("POST", "/api/provision/traffic/teachers:batch", headers=sso.service("traffic"), json_body={"items": items})
    assert [row["event"] for row in rows] == ["user_provisioned"] * 3
    assert {row["details"]["entity_id"] for row in rows} == {item["entity_id"] for item in items[:3]}


def test_telegram(act, people):
    person = people.provision(password=None)
    telegram = {"telegram_id": 7_000_000_000 + people.number()}
    path = f"/api/users/{person.id}/telegram-link"
    check(act("POST", path, headers=sso.service("bot"), json_body=telegram), "telegram_linked", "service:bot", person.id, **telegram)
    rows = act("POST", "/api/tokens/telegram", headers=sso.service("traffic"), json_body=telegram)
    check(rows, "telegram_token_issued", "service:traffic", person.id)
    people.change(person, is_active=False)
    rows = act("POST", "/api/tokens/telegram", headers=sso.service("traffic"), json_body=telegram)
    check(rows, "telegram_refused", "service:traffic", person.id)
    check(act("DELETE", path, headers=sso.service("bot")), "telegram_unlinked", "service:bot", person.id)


def test_reading_is_no_event(svc, act):
    for path in ("/api/users", "/api/audit", "/api/auth/me", "/api/auth/sessions", "/api/users/check-username?username=abc"):
        assert act("GET", path, headers=svc.admin()) == []


def test_refused_callers_are_no_events(act):
    for headers in ({}, sso.bearer("junk"), sso.service("bot")):
        assert act("POST", "/api/users", headers=headers, json_body={}) == []


def test_the_log_has_a_line_for_each(svc, people):
    person = people.provision()
    mark, headers = marked()
    svc.request("POST", "/api/auth/login", headers=headers, json_body={"username": person.username, "password": person.password})
    line = svc.wait_log("audit", request_id=mark)
    assert (line["event"], line["actor"], line["target"]) == ("login_succeeded", person.id, person.id)
    assert line["address"] == "198.51.100.7" and line["level"] == "info"


# --- how it is read ---


@pytest.fixture(scope="module")
def history(file_database):
    """Records of another year, one a day, in a trail of their own; the oldest first."""
    rows = [("event.a", "actor.1", "target.x"), ("event.b", "actor.1", "target.y"), ("event.a", "actor.2", "target.y")]
    for day, (event, actor, target) in enumerate(rows * 3, start=1):
        file_database.run(
            f"INSERT INTO audit (at, event, actor, target, details) VALUES ('2020-03-{day:02} 12:00:00+03', '{event}', '{actor}',"
            f""" '{target}', '{json.dumps({"day": day})}')"""
        )


def days(svc, **query):
    query = {"from": "2020-03-01", "to": "2020-04-01", **query}
    return [row["details"]["day"] for row in trail(svc, **query)["items"]]


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    "query, expected",
    [
        ({}, [9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ({"event": "event.b"}, [8, 5, 2]),
        ({"actor": "actor.2"}, [9, 6, 3]),
        ({"target": "target.y"}, [9, 8, 6, 5, 3, 2]),
        ({"event": "event.a", "target": "target.y"}, [9, 6, 3]),
        ({"event": "event.a", "actor": "actor.1", "target": "target.x"}, [7, 4, 1]),
        ({"event": "event.b", "actor": "actor.2"}, []),
        ({"event": "event"}, []),
        ({"event": "' OR true --"}, []),
        ({"from": "2020-03-07"}, [9, 8, 7]),
        ({"to": "2020-03-03"}, [2, 1]),
        ({"from": "2020-03-04", "to": "2020-03-06"}, [5, 4]),
        ({"from": "2020-03-07T12:00:00+03:00"}, [9, 8, 7]),
        ({"from": "2020-03-07T09:00:01Z"}, [9, 8]),
        ({"to": "2020-03-02T09:00:00Z"}, [1]),
        ({"to": "2020-03-02T09:00:01Z"}, [2, 1]),
        ({"from": "2020-03-05", "to": "2020-03-04"}, []),
        ({"from": "2020-03-05", "event": "event.a", "page_size": 2}, [9, 7]),
    ],
)
def test_filters(svc, query, expected):
    assert days(svc, **query) == expected


@pytest.mark.usefixtures("history")
def test_pages(svc):
    query = {"from": "2020-03-01", "to": "2020-04-01", "page_size": 4}
    pages = [trail(svc, page=page, **query) for page in range(1, 5)]
    assert [[row["details"]["day"] for row in page["items"]] for page in pages] == [[9, 8, 7, 6], [5, 4, 3, 2], [1], []]
    for number, page in enumerate(pages, start=1):
        assert {name: page[name] for name in page if name != "items"} == {"total": 9, "page": number, "page_size": 4, "total_pages": 3}


def test_it_is_always_a_page(svc):
    answer = trail(svc)
    assert set(answer) == {"items", "total", "page", "page_size", "total_pages"}
    assert (answer["page"], len(answer["items"])) == (1, min(answer["total"], answer["page_size"]))


def test_the_newest_first(svc):
    ids = [row["id"] for row in trail(svc, page_size=200)["items"] if row["at"] > "2021"]
    assert ids == sorted(ids, reverse=True)


@pytest.mark.parametrize(
    "query, fault",
    [
        ({"from": "yesterday"}, ("from", "time")),
        ({"to": "2020-02-30"}, ("to", "time")),
        ({"from": "2020-01-01T25:00:00Z"}, ("from", "time")),
        ({"event": "e" * 129}, ("event", "too_long")),
        ({"page": 0}, ("page", "integer")),
        ({"page_size": 201}, ("page_size", "integer")),
    ],
)
def test_faults(svc, query, fault):
    check_faults(functools.partial(svc.as_admin, "GET", AUDIT, query=query), fault)


def test_nobody_changes_it(svc):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        check_problem(svc.as_admin(method, AUDIT), 405)
        check_problem(svc.as_admin(method, f"{AUDIT}/1"), 404)
