# SPDX-License-Identifier: MIT
"""Lists of users and look-ups: order, pages, filters, search, and what a service may see."""

import functools
import re
import uuid

import pytest

import sso
from refusals import check_faults, check_problem, check_refused

USERS = "/api/users"
USER = {
    "id",
    "username",
    "full_name",
    "app",
    "role",
    "entity_id",
    "ruz_teacher_id",
    "telegram_id",
    "telegram_username",
    "telegram_linked",
    "is_active",
    "created_at",
}

# (kind, entity_id, full_name), in no order.
PEOPLE = [
    ("teacher", "t-1", "Семёнов Пётр Ильич"),
    ("teacher", "t-2", "Семенова Анна Петровна"),
    ("teacher", "t-3", "Абдуллаев Рустам"),
    ("teacher", "t-4", "Петрова-Водкина Ольга Сергеевна"),
    ("teacher", "t-5", "О'Нил Джон"),
    ("teacher", "t-6", "Ёлкина Вера Семёновна"),
    ("teacher", "t-7", "Müller Hans"),
    ("staff", "d-1", "Деканат ИКНК"),
    ("executor", "e-1", "Семёнов Пётр Ильич"),
]


@pytest.fixture(scope="module", autouse=True)
def everybody(svc):
    """By entity_id."""
    found = {entity: svc.provisioned(kind, entity, full_name=name) for kind, entity, name in PEOPLE}
    found["t-1"] = svc.provisioned("teacher", "t-1", full_name=found["t-1"]["full_name"], ruz_teacher_id=1001)
    link = {"telegram_id": 2001, "telegram_username": "petya"}
    found["t-1"] = svc.as_admin("POST", f"{USERS}/{found['t-1']['id']}/telegram-link", json_body=link).json
    return found


def listed(svc, **query):
    response = svc.as_admin("GET", USERS, query=query)
    assert response.status == 200, response
    return response.json


def entities(users):
    return [user["entity_id"] for user in users]


def search(svc, typed, **query):
    return sorted(entities(listed(svc, search=typed, **query)))


# --- arrays and pages ---


def test_an_array(svc, everybody):
    response = svc.as_admin("GET", USERS)
    users = response.json
    assert len(users) == len(PEOPLE) + 1
    assert response.header("x-total-count") == str(len(users)) and response.header("link") is None
    for user in users:
        assert set(user) == USER
    assert {user["entity_id"]: user for user in users if user["entity_id"]} == everybody


def test_a_user(svc, everybody):
    user = everybody["t-1"]
    assert uuid.UUID(user["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", user["created_at"])
    assert (user["app"], user["role"], user["is_active"]) == ("traffic", "teacher", True)
    assert user["username"] == "semenov.pi"
    assert (user["ruz_teacher_id"], user["telegram_id"]) == (1001, 2001)
    assert (user["telegram_username"], user["telegram_linked"]) == ("petya", True)
    other = everybody["t-2"]
    assert (other["ruz_teacher_id"], other["telegram_id"], other["telegram_username"]) == (None, None, None)
    assert other["telegram_linked"] is False


def test_in_order_of_names(svc):
    """As in a Russian dictionary where ё is е, capitals or not."""
    names = [user["full_name"] for user in listed(svc, app_filter="traffic")]
    assert names == [
        "Müller Hans",
        "Абдуллаев Рустам",
        "Ёлкина Вера Семёновна",
        "О'Нил Джон",
        "Петрова-Водкина Ольга Сергеевна",
        "Семёнов Пётр Ильич",
        "Семенова Анна Петровна",
    ]


def test_pages(svc):
    everything = listed(svc)
    seen = []
    for page in range(1, 5):
        answer = listed(svc, page=page, page_size=3)
        assert set(answer) == {"items", "total", "page", "page_size", "total_pages"}
        assert (answer["total"], answer["page"], answer["page_size"], answer["total_pages"]) == (10, page, 3, 4)
        seen += answer["items"]
    assert seen == everything


@pytest.mark.parametrize("query", [{"page": 1}, {"page_size": 500}, {"page": 1, "page_size": 10}])
def test_either_asks_for_a_page(svc, query):
    answer = listed(svc, **query)
    assert (answer["page"], len(answer["items"]), answer["total"]) == (1, 10, 10)


def test_behind_the_last_page(svc):
    for query in ({}, {"search": "семенов"}, {"app_filter": "traffic"}, {"entity_ids": "t-1,t-2"}):
        whole = listed(svc, page=1, **query)
        answer = listed(svc, page=1000, page_size=50, **query)
        assert (answer["items"], answer["total"]) == ([], whole["total"])


@pytest.mark.parametrize(
    "query, fault",
    [
        ({"page": 0}, ("page", "integer")),
        ({"page": -1}, ("page", "integer")),
        ({"page": "first"}, ("page", "integer")),
        ({"page": 10**19}, ("page", "integer")),
        ({"page_size": 0}, ("page_size", "integer")),
        ({"page_size": 501}, ("page_size", "integer")),
        ({"app_filter": "main"}, ("app_filter", "choice")),
        ({"role_filter": "student"}, ("role_filter", "choice")),
        ({"search": "a" * 201}, ("search", "too_long")),
        ({"entity_ids": ",".join(str(number) for number in range(501))}, ("entity_ids", "too_many")),
    ],
)
def test_faults(svc, query, fault):
    check_faults(functools.partial(svc.as_admin, "GET", USERS, query=query), fault)


def test_every_fault_is_told(svc):
    query = {"page": "x", "page_size": "y", "app_filter": "z", "role_filter": "w"}
    faults = [("page", "integer"), ("page_size", "integer"), ("app_filter", "choice"), ("role_filter", "choice")]
    check_faults(functools.partial(svc.as_admin, "GET", USERS, query=query), *faults)


# --- filters ---


@pytest.mark.parametrize(
    "query, expected",
    [
        ({"app_filter": "sso"}, [None]),
        ({"app_filter": "services"}, ["d-1", "e-1"]),
        ({"role_filter": "executor"}, ["e-1"]),
        ({"role_filter": "admin"}, [None]),
        ({"app_filter": "services", "role_filter": "staff"}, ["d-1"]),
        ({"app_filter": "traffic", "role_filter": "staff"}, []),
        ({"entity_ids": "t-3"}, ["t-3"]),
        ({"entity_ids": "t-3,d-1,nobody,t-3"}, ["t-3", "d-1"]),
        ({"entity_ids": "t-3,,d-1,"}, ["t-3", "d-1"]),
        ({"entity_ids": "nobody"}, []),
        ({"entity_ids": "t-1,e-1,t-3", "search": "семенов"}, ["t-1", "e-1"]),
        ({"entity_ids": "t-1,e-1,t-3", "search": "семенов", "app_filter": "services"}, ["e-1"]),
        ({"entity_ids": "t-1,e-1,t-3", "role_filter": "teacher"}, ["t-3", "t-1"]),
    ],
)
def test_filters(svc, query, expected):
    assert sorted(map(str, entities(listed(svc, **query)))) == sorted(map(str, expected))
    page = listed(svc, page=1, **query)
    assert (page["total"], len(page["items"])) == (len(expected), len(expected))
    assert svc.as_admin("GET", USERS, query=query).header("x-total-count") == str(len(expected))


# --- search ---


@pytest.mark.parametrize(
    "typed, expected",
    [
        ("Семёнов", ["e-1", "t-1", "t-2", "t-6"]),
        ("семенов", ["e-1", "t-1", "t-2", "t-6"]),
        ("СЕМЁНОВ", ["e-1", "t-1", "t-2", "t-6"]),
        ("сем", ["e-1", "t-1", "t-2", "t-6"]),
        ("семенова", ["t-2"]),
        ("пётр", ["e-1", "t-1", "t-2", "t-4"]),
        ("петр", ["e-1", "t-1", "t-2", "t-4"]),
        ("ильич", ["e-1", "t-1"]),
        ("ил", ["e-1", "t-1"]),
        ("пётр семёнов", ["e-1", "t-1", "t-2"]),
        ("сем пет иль", ["e-1", "t-1"]),
        ("  семенов   петр  ", ["e-1", "t-1", "t-2"]),
        ("семенов анна", ["t-2"]),
        ("анна семенов петр", ["t-2"]),
        ("енов", []),
        ("елкина", ["t-6"]),
        ("ёлк", ["t-6"]),
        ("петрова-водкина", ["t-4"]),
        ("водкина", ["t-4"]),
        ("о'нил", ["t-5"]),
        ("о'н", ["t-5"]),
        ("MÜLLER", ["t-7"]),
        ("semenov", ["e-1", "t-1", "t-2"]),
        ("semenov.pi", ["e-1", "t-1"]),
        ("semenov.pi2", ["e-1"]),
        ("SEMENOVA", ["t-2"]),
        ("деканат", ["d-1"]),
        ("икнк", ["d-1"]),
        ("никто", []),
    ],
)
def test_search(svc, typed, expected):
    assert search(svc, typed) == expected
    assert listed(svc, search=typed, page=1)["total"] == len(expected)


@pytest.mark.parametrize(
    "typed",
    ["'", "''", "\\", "'\\'", "a' | 'b", "& | ! ( ) : *", ":*", "семенов:*", "<->", "%", "_", "'; DROP TABLE users; --", "\u0301", "🔑"],
)
def test_search_takes_marks_for_what_they_are(svc, typed):
    response = svc.as_admin("GET", USERS, query={"search": typed})
    assert response.status == 200 and len(response.json) <= 1


def test_blank_search_is_none(svc):
    assert len(listed(svc, search="   ")) == len(PEOPLE) + 1


def test_search_within_an_app(svc):
    assert search(svc, "семенов", app_filter="traffic") == ["t-1", "t-2", "t-6"]
    assert search(svc, "семенов", role_filter="executor") == ["e-1"]


def test_search_in_pages(svc):
    whole = listed(svc, search="семенов")
    pages = [listed(svc, search="семенов", page=page, page_size=1) for page in range(1, 5)]
    assert [page["items"][0] for page in pages] == whole
    assert {page["total"] for page in pages} == {4}


def test_search_follows_a_new_name(svc):
    svc.provisioned("staff", "d-1", full_name="Дирекция ИКНК")
    assert search(svc, "деканат") == [] and search(svc, "дирекция") == ["d-1"]
    svc.provisioned("staff", "d-1", full_name="Деканат ИКНК")
    assert search(svc, "деканат") == ["d-1"]


# --- services ---


@pytest.mark.parametrize("name, app", [("services", "services"), ("traffic", "traffic"), ("bot", "traffic")])
def test_a_service_sees_its_own(svc, name, app):
    users = svc.as_service(name, "GET", USERS, query={"app_filter": app})
    assert users.status == 200
    assert {user["app"] for user in users.json} == {app}
    assert users.json == listed(svc, app_filter=app)


@pytest.mark.parametrize("name, others", [("services", ("sso", "traffic")), ("traffic", ("sso", "services")), ("bot", ("sso", "services"))])
def test_a_service_sees_nobody_elses(svc, name, others):
    check_refused(functools.partial(svc.as_service, name, "GET", USERS), 403, "app_filter_required")
    for app in others:
        for query in ({}, {"entity_ids": "d-1,t-1"}, {"search": "семенов"}, {"page": 1}):
            ask = functools.partial(svc.as_service, name, "GET", USERS, query={"app_filter": app, **query})
            check_refused(ask, 403, "app_forbidden")


def test_the_app_must_be_named_beside_ids_too(svc):
    query = {"entity_ids": "d-1"}
    check_problem(svc.as_service("services", "GET", USERS, query=query), 403, "app_filter_required")


# --- by ids of other systems ---


@pytest.mark.parametrize("path", ["by-telegram/2001", "by-ruz-teacher/1001"])
def test_by_id(svc, everybody, path):
    for query in ({}, {"app_filter": "traffic"}):
        for response in (
            svc.as_admin("GET", f"{USERS}/{path}", query=query),
            svc.as_service("traffic", "GET", f"{USERS}/{path}", query=query),
            svc.as_service("bot", "GET", f"{USERS}/{path}", query=query),
        ):
            assert response.status == 200 and response.json == everybody["t-1"]


@pytest.mark.parametrize("path", ["by-telegram/2002", "by-ruz-teacher/1002", "by-telegram/1001", "by-ruz-teacher/2001"])
def test_by_an_id_that_nobody_has(svc, path):
    for name in ("traffic", "bot", "services"):
        check_refused(functools.partial(svc.as_service, name, "GET", f"{USERS}/{path}"), 404, "user_not_found")
    check_refused(functools.partial(svc.as_admin, "GET", f"{USERS}/{path}"), 404, "user_not_found")


@pytest.mark.parametrize("path", ["by-telegram/2001", "by-ruz-teacher/1001"])
def test_by_id_in_another_app(svc, path):
    path = f"{USERS}/{path}"
    check_problem(svc.as_admin("GET", path, query={"app_filter": "services"}), 404, "user_not_found")
    check_problem(svc.as_service("services", "GET", path), 404, "user_not_found")
    check_problem(svc.as_service("services", "GET", path, query={"app_filter": "services"}), 404, "user_not_found")
    check_refused(functools.partial(svc.as_service, "services", "GET", path, query={"app_filter": "traffic"}), 403, "app_forbidden")
    check_refused(functools.partial(svc.as_service, "bot", "GET", path, query={"app_filter": "sso"}), 403, "app_forbidden")


@pytest.mark.parametrize("path", ["by-telegram", "by-ruz-teacher"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "1.0", "99999999999999999999", "1e3", "%20"])
def test_what_is_no_id(svc, path, value):
    name = "telegram_id" if path == "by-telegram" else "ruz_teacher_id"
    check_faults(functools.partial(svc.as_admin, "GET", f"{USERS}/{path}/{value}"), (name, "integer"))


def test_what_is_no_app(svc):
    query = {"app_filter": "main"}
    check_faults(functools.partial(svc.as_admin, "GET", f"{USERS}/by-telegram/1", query=query), ("app_filter", "choice"))


# --- free usernames ---


@pytest.mark.parametrize(
    "username, available",
    [("semenov.pi", False), ("SEMENOV.PI", False), (" semenov.pi ", False), ("semenov.pi9", True), ("new-name_1@x", True), (sso.ADMIN["username"], False)],
)
def test_is_it_free(svc, username, available):
    for response in (
        svc.as_admin("GET", f"{USERS}/check-username", query={"username": username}),
        svc.as_service("services", "GET", f"{USERS}/check-username", query={"username": username}),
    ):
        assert (response.status, response.json) == (200, {"available": available})


@pytest.mark.parametrize(
    "query, code",
    [
        ({}, "required"),
        ({"username": ""}, "required"),
        ({"username": "a"}, "username"),
        ({"username": "логин"}, "username"),
        ({"username": ".abc"}, "username"),
        ({"username": "a b c"}, "username"),
        ({"username": "a" * 65}, "username"),
        ({"username": "a" * 129}, "too_long"),
    ],
)
def test_what_is_no_username(svc, query, code):
    check_faults(functools.partial(svc.as_admin, "GET", f"{USERS}/check-username", query=query), ("username", code))


# --- when there are many ---


def test_an_array_that_is_cut_says_so(start_sso_svc, database):
    svc = start_sso_svc()
    items = [{"entity_id": f"t-{number}", "full_name": f"Преподаватель {number}"} for number in range(5000)]
    batch = svc.as_service("traffic", "POST", "/api/provision/traffic/teachers:batch", json_body={"items": items})
    assert batch.status == 200
    response = svc.as_admin("GET", USERS)  # and the administrator
    assert len(response.json) == 5000
    assert response.header("x-total-count") == "5001"
    assert 'rel="first"' in response.header("link")
    page = svc.as_admin("GET", USERS, query={"page": 11, "page_size": 500}).json
    assert (len(page["items"]), page["total"], page["total_pages"]) == (1, 5001, 11)
    whole = svc.as_admin("GET", USERS, query={"app_filter": "traffic"})
    assert whole.header("x-total-count") == "5000" and whole.header("link") is None
