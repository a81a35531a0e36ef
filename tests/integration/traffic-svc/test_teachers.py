# SPDX-License-Identifier: MIT
"""Teachers as administrators see, make and remove them."""

import functools
import itertools
import uuid

import pytest

from persistence import made
from poly_process import wait_until

SETTINGS = {"TELEGRAM_BOT_USERNAME": "@polytech_traffic_bot"}
TEACHERS = "/api/teachers/"
NOBODY = str(uuid.uuid4())

numbers = itertools.count(1)


def new(**members):
    return {
        "username": f"made{next(numbers)}.hand",
        "password": "Кафедра физики, 214",
        "full_name": "Рукодельная Анна Петровна",
        **members,
    }


def create(place, body=None, **options):
    return place.as_admin("POST", TEACHERS, json_body=body or new(), **options)


def created(place, **members):
    body = new(**members)
    answer = made(functools.partial(create, place, body), 200)
    return {**answer.json, "password": body["password"]}


def delete(place, teacher_id):
    return place.as_admin("DELETE", TEACHERS + teacher_id)


def users_of(place, teacher_id):
    return place.sso.database.value(f"SELECT count(*) FROM users WHERE entity_id = '{teacher_id}'")


def rows_of(place, teacher_id):
    return place.traffic.database.value(
        f"SELECT count(*) FROM teachers WHERE id = '{teacher_id}' AND deleted_at IS NULL"
    )


# --- made ---


def test_a_teacher_is_made_on_both_sides(place):
    teacher = created(place, full_name="  Рукодельная   Анна ")
    assert teacher["full_name"] == "Рукодельная Анна"
    assert (teacher["ruz_teacher_id"], teacher["source"], teacher["is_active"]) == (None, "manual", True)
    assert (teacher["telegram_linked"], teacher["telegram_id"]) == (False, None)
    login = place.sso.login(teacher["username"], teacher["password"], app="traffic")
    assert (login["role"], login["entity_id"], login["full_name"]) == ("teacher", teacher["id"], "Рукодельная Анна")
    assert place.traffic.as_user(login["access_token"], "GET", "/api/sessions/").status == 200
    assert place.traffic.database.value(
        f"SELECT count(*) FROM audit WHERE event = 'teacher_created' AND target = '{teacher['id']}'"
    ) == "1"


def test_a_key_makes_it_once(place, problem_of):
    body, headers = new(), {"Idempotency-Key": "teacher-once"}
    first = create(place, body, headers=headers)
    again = create(place, body, headers=headers)
    assert first.status == again.status == 200 and first.json == again.json
    assert again.header("idempotent-replayed") == "true"
    problem_of(create(place, new(), headers=headers), 422, "idempotency_key_reused")
    problem_of(create(place, new(), headers={"Idempotency-Key": "x" * 256}), 400, "idempotency_key_malformed")


@pytest.mark.parametrize(
    "member, value",
    [
        ("username", None), ("username", ""), ("username", 5), ("username", "ab"), ("username", "пётр"), ("username", "x" * 129),
        ("password", None), ("password", "short"), ("password", "x" * 300), ("password", "password123"),
        ("full_name", None), ("full_name", "  "), ("full_name", "я" * 201), ("full_name", []),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_left(place, problem_of, member, value):
    body = new(**{member: value})
    before = place.traffic.database.value("SELECT count(*) FROM teachers")
    problem = problem_of(create(place, body), 422, "validation_failed")
    assert [fault["field"] for fault in problem["errors"]] == [member]
    assert place.traffic.database.value("SELECT count(*) FROM teachers") == before
    wait_until(lambda: place.traffic.database.value("SELECT count(*) FROM outbox") == "0", 10, "the promise to go")


def test_a_username_of_another_is_refused(place, problem_of):
    teacher = created(place)
    problem_of(create(place, new(username=teacher["username"])), 400, "username_taken")
    assert place.sso.login(teacher["username"], teacher["password"])["entity_id"] == teacher["id"]


def test_a_body_that_is_no_json_is_refused(place, problem_of):
    json_type = {"Content-Type": "application/json"}
    problem_of(place.as_admin("POST", TEACHERS, body=b"{", headers=json_type), 400, "malformed_request")
    problem_of(place.as_admin("POST", TEACHERS, body=b"a=b"), 415, "unsupported_media_type")
    problem_of(place.as_admin("POST", TEACHERS, body=b" " * (1 << 20 | 1), headers=json_type), 413, "content_too_large")


def test_without_sso_nothing_is_made(place, problem_of):
    admin = place.admin()
    place.sso.stop()
    try:
        body = new()
        answer = place.traffic.as_user(admin, "POST", TEACHERS, json_body=body)
        problem_of(answer, 503, "upstream_unavailable")
        assert answer.header("retry-after")
        name = body["username"]
        assert place.traffic.database.value(f"SELECT count(*) FROM teachers WHERE username = '{name}'") == "0"
    finally:
        place.sso.start()
    wait_until(lambda: place.traffic.database.value("SELECT count(*) FROM outbox") == "0", 30, "the promise to go")
    assert place.sso.database.value(f"SELECT count(*) FROM users WHERE username = '{name}'") == "0"
    assert create(place, body).status == 200


# --- removed ---


def test_a_teacher_is_removed_on_both_sides(place, problem_of):
    teacher = created(place)
    login = place.sso.login(teacher["username"], teacher["password"])
    assert delete(place, teacher["id"].upper()).status == 204
    assert users_of(place, teacher["id"]) == rows_of(place, teacher["id"]) == "0"
    assert place.sso.log_in(teacher["username"], teacher["password"]).status == 401
    problem_of(place.traffic.as_user(login["access_token"], "GET", "/api/sessions/"), 401, "unauthenticated")
    assert teacher["id"] not in str(place.as_admin("GET", TEACHERS, query={"search": teacher["username"]}).json)
    problem_of(delete(place, teacher["id"]), 404, "teacher_not_found")
    problem_of(delete(place, "x"), 404, "teacher_not_found")


def test_sessions_keep_the_name(place):
    teacher = created(place)
    login = place.sso.login(teacher["username"], teacher["password"])
    session = place.start_session({**teacher, "token": login["access_token"]}, place.kiosk())
    assert delete(place, teacher["id"]).status == 204
    name = place.traffic.database.value(f"SELECT teacher_name FROM sessions WHERE id = '{session['id']}'")
    assert name == teacher["full_name"]


def test_without_sso_it_is_removed_here_and_there_later(place, problem_of):
    teacher = created(place)
    admin = place.admin()
    place.sso.stop()
    try:
        answer = place.traffic.as_user(admin, "DELETE", TEACHERS + teacher["id"])
        problem_of(answer, 503, "removal_pending")
        assert rows_of(place, teacher["id"]) == "0"
        problem_of(place.traffic.as_user(admin, "DELETE", TEACHERS + teacher["id"]), 503, "removal_pending")
    finally:
        place.sso.start()
    wait_until(lambda: users_of(place, teacher["id"]) == "0", 30, "the user to go")


# --- listed ---


@pytest.fixture(scope="module")
def crowd(place):
    """Twelve of one family, by name."""
    given = "Анна Борис Вера Глеб Дарья Егор Жанна Захар Игорь Кира Лев Мария".split()
    return [created(place, full_name=f"Ёлкин-Палкин {name}", username=f"elka.{n:02}") for n, name in enumerate(given)]


def listing(place, **query):
    answer = place.as_admin("GET", TEACHERS, query=query)
    assert answer.status == 200, answer
    return answer.json


def test_a_list_is_an_array_in_the_order_of_names(place, crowd):
    listed = [teacher for teacher in listing(place) if teacher["full_name"].startswith("Ёлкин")]
    assert [teacher["id"] for teacher in listed] == [teacher["id"] for teacher in crowd]
    assert listed[0] == {key: value for key, value in crowd[0].items() if key != "password"}


def test_pages(place, crowd):
    pages = [listing(place, search="елкин", page=n, page_size=5) for n in (1, 2, 3, 4)]
    assert [len(page["items"]) for page in pages] == [5, 5, 2, 0]
    assert {(page["total"], page["total_pages"]) for page in pages[:3]} == {(12, 3)}
    assert [t["id"] for page in pages for t in page["items"]] == [t["id"] for t in crowd]
    everybody = listing(place, page=1, page_size=1)
    assert everybody["total"] == len(listing(place)) == everybody["total_pages"]


@pytest.mark.parametrize(
    "search, count",
    [("ЁЛКИН", 12), ("палк", 12), ("палкин бор", 1), ("бор палкин", 1), ("elka.07", 1), ("elka", 12), ("07", 1), ("елкин elka зах", 1),
     ("алкин", 0), ("елкин боря", 0), ("%", 0), ("_", 0), ("'", 0), ("\\", 0)],
)  # fmt: skip
def test_search(place, crowd, search, count):
    assert len(listing(place, search=search)) == count
    assert listing(place, search=search, page=1)["total"] == count


@pytest.mark.parametrize("query", [{"page": 0}, {"page_size": 201}, {"page": "x"}, {"search": "x" * 201}])
def test_wrong_pages_are_refused(place, problem_of, query):
    problem_of(place.as_admin("GET", TEACHERS, query=query), 422, "validation_failed")


def test_without_sso_there_still_is_a_list(place, crowd):
    admin = place.admin()
    place.sso.stop()
    try:
        answer = place.traffic.as_user(admin, "GET", TEACHERS, query={"search": "елкин борис"})
    finally:
        place.sso.start()
    [teacher] = answer.json
    assert (teacher["username"], teacher["telegram_linked"]) == ("elka.01", None)


# --- usernames and Telegram ---


def test_check_username(place, problem_of, crowd):
    def is_available(username):
        answer = place.as_admin("GET", TEACHERS + "check-username", query={"username": username})
        assert answer.status == 200, answer
        return answer.json

    assert is_available("elka.01") == {"available": False}
    assert is_available("nobody.at.all") == {"available": True}
    problem_of(place.as_admin("GET", TEACHERS + "check-username"), 422, "validation_failed")
    problem_of(place.as_admin("GET", TEACHERS + "check-username?username=ab"), 422, "validation_failed")


def test_the_link_to_the_bot_names_the_teacher(place, problem_of, crowd):
    teacher = crowd[0]["id"]
    answer = place.as_admin("GET", f"{TEACHERS}{teacher}/telegram-register-link")
    assert answer.json == {
        "link": f"https://t.me/polytech_traffic_bot?start=teacher_{teacher}",
        "bot_username": "polytech_traffic_bot",
    }
    for nobody in (NOBODY, "x"):
        problem_of(place.as_admin("GET", f"{TEACHERS}{nobody}/telegram-register-link"), 404, "teacher_not_found")


def test_telegram_is_shown_and_unlinked(place, problem_of, crowd):
    teacher = crowd[1]["id"]
    body = {"entity_id": teacher, "telegram_id": 7_123_456_789, "telegram_username": "elka"}
    assert place.sso.as_service("bot", "POST", "/api/provision/traffic/teacher-link-telegram", json_body=body).status == 200
    [listed] = listing(place, search="elka.01")
    assert (listed["telegram_linked"], listed["telegram_id"], listed["telegram_username"]) == (True, 7_123_456_789, "elka")
    for _ in range(2):
        answer = place.as_admin("DELETE", f"{TEACHERS}{teacher}/telegram-link")
        assert (answer.status, answer.json["id"], answer.json["telegram_linked"]) == (200, teacher, False)
    assert listing(place, search="elka.01")[0]["telegram_linked"] is False
    problem_of(place.as_admin("DELETE", f"{TEACHERS}{NOBODY}/telegram-link"), 404, "teacher_not_found")


# --- who may ---


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", TEACHERS), ("POST", TEACHERS), ("GET", TEACHERS + "check-username?username=abc"), ("DELETE", TEACHERS + NOBODY),
        ("GET", f"{TEACHERS}{NOBODY}/telegram-register-link"), ("DELETE", f"{TEACHERS}{NOBODY}/telegram-link"),
    ],
)  # fmt: skip
def test_administrators_alone_may(place, problem_of, method, path):
    problem_of(place.traffic.request(method, path), 401, "unauthenticated")
    problem_of(place.traffic.as_user("x.y.z", method, path), 401, "unauthenticated")
    problem_of(place.traffic.request(method, path, headers=place.sso.admin()), 401, "unauthenticated")
    problem_of(place.traffic.as_user(place.teacher()["token"], method, path), 403, "forbidden")
