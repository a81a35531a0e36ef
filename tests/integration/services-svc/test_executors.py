# SPDX-License-Identifier: MIT
"""/api/executors: a department's staff list, make and delete them, with their users at sso-svc."""

import functools
import uuid

import pytest

from refusals import check_faults, check_refused
from services import EXECUTORS, PASSWORD


def path(executor):
    return EXECUTORS + (executor if isinstance(executor, str) else executor["id"])


@pytest.fixture(scope="module")
def staff(office):
    return office.staff()


@pytest.fixture
def as_staff(office, staff):
    return functools.partial(office.services.as_user, staff["token"])


def person(**members):
    return {"name": "Петрова Нина Олеговна", "username": f"ex{uuid.uuid4().hex[:10]}", "password": PASSWORD, **members}


def test_an_executor_can_sign_in(office, as_staff, staff):
    body = person(username="N.Petrova" + uuid.uuid4().hex[:6])
    answer = as_staff("POST", EXECUTORS, json_body=body)
    assert answer.status == 201
    assert answer.json["department_id"] == staff["department"]["id"]
    assert (answer.json["name"], answer.json["username"]) == (body["name"], body["username"].lower())
    login = office.sso.login(body["username"], PASSWORD, app="services")
    assert (login["role"], login["entity_id"], login["full_name"]) == ("executor", answer.json["id"], body["name"])


def test_the_list_is_the_department_s_own(office):
    first, second = office.staff(), office.staff()
    ours = [office.executor(first, name) for name in ("Яковлев Ян", "Ёлкин Ефим", "Иванова Инна")]
    office.executor(second)
    listed = office.services.as_user(first["token"], "GET", EXECUTORS)
    assert [each["name"] for each in listed.json] == ["Ёлкин Ефим", "Иванова Инна", "Яковлев Ян"]
    assert {each["id"] for each in listed.json} == {each["id"] for each in ours}
    assert "password" not in listed.text
    by_name = office.services.as_user(first["token"], "GET", EXECUTORS, query={"search": "елкин", "page": 1}).json
    assert (by_name["total"], by_name["items"][0]["id"]) == (1, ours[1]["id"])
    by_username = office.services.as_user(first["token"], "GET", EXECUTORS, query={"search": ours[0]["username"]}).json
    assert [each["id"] for each in by_username] == [ours[0]["id"]]


@pytest.mark.parametrize("missing", ["name", "username", "password"])
def test_each_member_is_required(as_staff, missing):
    body = {name: value for name, value in person().items() if name != missing}
    check_faults(functools.partial(as_staff, "POST", EXECUTORS, json_body=body), (missing, "required"))


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [("username", "я", "username"), ("password", "short", "too_short"), ("password", "password123", "breached"), ("name", 5, "string"),
     ("name", "Петрова\u009bНина", "characters"), ("name", "Петрова \u202eаниН", "characters"), ("name", "\u00a0\u3000", "characters")],
)
def test_an_executor_that_is_none(office, as_staff, staff, member, value, code):
    before = as_staff("GET", EXECUTORS).json
    check_faults(functools.partial(as_staff, "POST", EXECUTORS, json_body=person(**{member: value})), (member, code))
    assert as_staff("GET", EXECUTORS).json == before


def test_a_username_that_is_taken(office, as_staff, staff):
    taken = office.executor(staff)["username"]
    before = as_staff("GET", EXECUTORS).json
    check_refused(functools.partial(as_staff, "POST", EXECUTORS, json_body=person(username=taken)), 400, "username_taken")
    assert as_staff("GET", EXECUTORS).json == before


def test_a_repeat_with_the_same_key_is_the_same_executor(office, as_staff):
    body, headers = person(), {"Idempotency-Key": str(uuid.uuid4())}
    first, again = (as_staff("POST", EXECUTORS, json_body=body, headers=headers) for _ in range(2))
    assert first.status == again.status == 201 and first.json == again.json
    assert office.users_of(first.json["id"]) == 1


def test_an_executor_goes_with_the_user(office, as_staff, staff):
    executor = office.executor(staff)
    assert as_staff("DELETE", path(executor)).status == 204
    assert office.users_of(executor["id"]) == 0
    assert office.sso.log_in(executor["username"], PASSWORD).status == 401
    assert executor["id"] not in [each["id"] for each in as_staff("GET", EXECUTORS).json]
    check_refused(functools.partial(as_staff, "DELETE", path(executor)), 404, "executor_not_found")


def test_a_username_is_free_again(office, as_staff, staff):
    executor = office.executor(staff)
    as_staff("DELETE", path(executor))
    again = as_staff("POST", EXECUTORS, json_body=person(username=executor["username"]))
    assert again.status == 201 and again.json["id"] != executor["id"]


@pytest.mark.parametrize("which", [str(uuid.uuid4()), "executor"])
def test_one_that_there_is_not(as_staff, which):
    check_refused(functools.partial(as_staff, "DELETE", path(which)), 404, "executor_not_found")


def test_another_department_s_executor(office, as_staff):
    executor = office.executor(office.staff())
    check_refused(functools.partial(as_staff, "DELETE", path(executor)), 404, "executor_not_found")
    assert office.users_of(executor["id"]) == 1


def test_open_applications_lose_their_executor(office, as_staff, staff):
    """With a record in their history; what is over keeps who did it."""
    executor, service = office.executor(staff), office.service(staff["department"])
    database = office.services.database
    for status in ("pending", "in_progress", "completed", "rejected"):
        database.run(
            "INSERT INTO applications (id, service_id, department_id, student_id, student_name, student_email, search_text,"
            f" status, executor_id) VALUES (gen_random_uuid(), '{service['id']}', '{service['department_id']}', 's', 'n',"
            f" 'e', 's n e', '{status}', '{executor['id']}')"
        )
    assert as_staff("DELETE", path(executor)).status == 204
    rows = database.run(f"SELECT status, executor_id IS NULL FROM applications WHERE service_id = '{service['id']}' ORDER BY status")
    assert [(status, free) for status, free in rows] == [
        ("completed", "f"),
        ("in_progress", "t"),
        ("pending", "t"),
        ("rejected", "f"),
    ]
    history = database.run(
        "SELECT h.change, h.old_value, h.new_value, h.actor_role FROM application_history h JOIN applications a"
        f" ON a.id = h.application_id WHERE a.service_id = '{service['id']}'"
    )
    assert [tuple(row) for row in history] == [("executor", executor["id"], None, "staff")] * 2
    counted = database.value(f"SELECT sum(total) FROM application_counts WHERE reader = 'executor' AND reader_id = '{executor['id']}'")
    assert counted == "2"
