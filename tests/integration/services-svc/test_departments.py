# SPDX-License-Identifier: MIT
"""/api/departments: anyone reads them; administrators make, change and delete them, with the staff's user at sso-svc."""

import functools
import uuid

import pytest

from refusals import check_faults, check_refused
from services import DEPARTMENTS, EXECUTORS, FIELDS, PASSWORD, SERVICES


def path(department):
    return DEPARTMENTS + (department if isinstance(department, str) else department["id"])


def creation(office, body):
    return functools.partial(office.as_admin, "POST", DEPARTMENTS, json_body=body)


def username(office):
    return f"dep{office.number()}.{uuid.uuid4().hex[:6]}"


# --- reading ---


def test_anyone_reads_the_list(office):
    made = [office.department(name) for name in ("Яхонт-отдел", "ёлочный отдел", "Архив")]
    listed = office.services.get(DEPARTMENTS)
    assert listed.status == 200
    assert int(listed.header("x-total-count")) == len(listed.json)
    ours = [each for each in listed.json if each in made]
    assert [each["name"] for each in ours] == ["Архив", "ёлочный отдел", "Яхонт-отдел"]
    assert set(ours[0]) == {"id", "name", "description", "created_at"}


def test_a_page_of_the_list(office):
    word = f"Стр{office.number()}"
    for number in range(5):
        office.department(f"{word} {number}")
    page = office.services.get(DEPARTMENTS, query={"search": word.upper(), "page": 2, "page_size": 2}).json
    assert [each["name"] for each in page["items"]] == [f"{word} 2", f"{word} 3"]
    assert (page["total"], page["page"], page["page_size"], page["total_pages"]) == (5, 2, 2, 3)
    beyond = office.services.get(DEPARTMENTS, query={"search": word, "page": 9, "page_size": 2}).json
    assert (beyond["items"], beyond["total"]) == ([], 5)


def test_a_page_that_is_none(office):
    ask = functools.partial(office.services.get, DEPARTMENTS, query={"page": 0, "page_size": 201})
    check_faults(ask, ("page", "integer"), ("page_size", "integer"))


def test_a_department_has_its_services_active_or_not(office):
    department = office.department(description="Справки и пропуска")
    office.service(department, name="Вторая", requires_attachment=True)
    office.service(department, name="Первая", is_active=False, required_fields=FIELDS)
    one = office.services.get(path(department))
    assert one.status == 200
    assert {name: one.json[name] for name in department} == department
    assert [(each["name"], each["is_active"], each["requires_attachment"]) for each in one.json["services"]] == [
        ("Вторая", True, True),
        ("Первая", False, False),
    ]
    assert set(one.json["services"][0]) == {"id", "name", "description", "requires_attachment", "is_active"}


@pytest.mark.parametrize("which", [str(uuid.uuid4()), "5", "..", "'"])
def test_a_department_that_there_is_not(office, which):
    check_refused(functools.partial(office.services.get, path(which)), 404, "department_not_found")


# --- making ---


def test_a_department_without_an_account(office):
    answer = office.as_admin("POST", DEPARTMENTS, json_body={"name": "  Отдел \t кадров ", "description": "Первый\nэтаж"})
    assert answer.status == 201
    assert (answer.json["name"], answer.json["description"]) == ("Отдел кадров", "Первый\nэтаж")
    assert office.users_of(answer.json["id"]) == 0


def test_a_form_that_leaves_the_account_empty(office):
    answer = office.as_admin("POST", DEPARTMENTS, json_body={"name": "Без входа", "username": "", "password": ""})
    assert answer.status == 201
    assert office.users_of(answer.json["id"]) == 0


def test_a_department_with_its_staff_user(office):
    name = username(office)
    answer = creation(office, {"name": "Деканат", "username": name, "password": PASSWORD})()
    assert answer.status == 201
    login = office.sso.login(name, PASSWORD, app="services")
    assert (login["role"], login["entity_id"], login["full_name"]) == ("staff", answer.json["id"], "Деканат")
    assert office.users_of(answer.json["id"]) == 1


def test_a_repeat_with_the_same_key_is_the_same_department(office):
    name = username(office)
    body = {"name": "Один раз", "username": name, "password": PASSWORD}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = office.as_admin("POST", DEPARTMENTS, json_body=body, headers=key)
    again = office.as_admin("POST", DEPARTMENTS, json_body=body, headers=key)
    assert first.status == again.status == 201 and first.json == again.json
    assert again.header("idempotent-replayed") == "true"
    other = functools.partial(office.as_admin, "POST", DEPARTMENTS, json_body={**body, "name": "Другой"})
    check_refused(lambda headers: other(headers={**headers, **key}), 422, "idempotency_key_reused")
    assert office.services.database.value("SELECT count(*) FROM departments WHERE name = 'Один раз'") == "1"


def test_a_username_that_is_taken(office):
    staff = office.staff()
    before = office.services.database.value("SELECT count(*) FROM departments")
    body = {"name": "Второй", "username": staff["username"], "password": PASSWORD}
    check_refused(creation(office, body), 400, "username_taken")
    assert office.services.database.value("SELECT count(*) FROM departments") == before


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("name", "required")]),
        ({"name": " "}, [("name", "required")]),
        ({"name": "x" * 201}, [("name", "too_long")]),
        ({"name": 5}, [("name", "string")]),
        ({"name": "a\x07b"}, [("name", "characters")]),
        ({"name": "Отдел", "description": "x" * 5001}, [("description", "too_long")]),
        ({"name": "Отдел", "username": "someone"}, [("password", "required")]),
        ({"name": "Отдел", "password": PASSWORD}, [("username", "required")]),
        ({"name": "Отдел", "username": " ", "password": PASSWORD}, [("username", "required")]),
        ({"name": "Отдел", "username": "someone", "password": ""}, [("password", "required")]),
        ({"name": "Отдел", "username": 5, "password": [PASSWORD]}, [("username", "string"), ("password", "string")]),
        ([], [("", "object")]),
    ],
)
def test_a_department_that_is_none(office, body, faults):
    check_faults(creation(office, body), *faults)


@pytest.mark.parametrize(
    ("account", "fault"),
    [
        ({"username": "ab", "password": PASSWORD}, ("username", "username")),
        ({"username": "fine.name", "password": "short"}, ("password", "too_short")),
        ({"username": "fine.name", "password": "password123"}, ("password", "breached")),
    ],
)
def test_an_account_that_sso_svc_does_not_take(office, account, fault):
    name = f"Никакой {office.number()}"
    check_faults(creation(office, {"name": name, **account}), fault)
    assert office.services.database.value(f"SELECT count(*) FROM departments WHERE name = '{name}'") == "0"


def test_a_body_that_is_no_json(office):
    broken = functools.partial(office.as_admin, "POST", DEPARTMENTS, body=b"{")
    check_refused(lambda headers: broken(headers={"Content-Type": "application/json", **headers}), 400, "malformed_request")
    check_refused(lambda headers: broken(headers={"Content-Type": "text/plain", **headers}), 415, "unsupported_media_type")


# --- changing ---


def test_what_is_left_out_stays(office):
    department = office.department("Старое имя", description="Старое описание")
    renamed = office.as_admin("PUT", path(department), json_body={"name": "Новое имя"})
    assert renamed.status == 200
    assert renamed.json == {**department, "name": "Новое имя"}
    cleared = office.as_admin("PUT", path(department), json_body={"description": ""})
    assert cleared.json == {**department, "name": "Новое имя", "description": ""}
    assert office.services.get(path(department["id"].upper())).json["name"] == "Новое имя"


def test_a_change_that_is_none(office):
    department = office.department()
    ask = functools.partial(office.as_admin, "PUT", path(department))
    check_faults(functools.partial(ask, json_body={"name": ""}), ("name", "required"))
    check_faults(functools.partial(ask, json_body={"description": 1}), ("description", "string"))
    unknown = functools.partial(office.as_admin, "PUT", path(str(uuid.uuid4())), json_body={"name": "Имя"})
    check_refused(unknown, 404, "department_not_found")


# --- deleting ---


def test_a_department_goes_with_all_its_users(office):
    staff = office.staff()
    department = staff["department"]
    executors = [office.executor(staff) for _ in range(2)]
    service = office.service(department)
    everyone = [department["id"], *(executor["id"] for executor in executors)]
    assert office.users_of(*everyone) == 3

    assert office.as_admin("DELETE", path(department)).status == 204
    assert office.users_of(*everyone) == 0
    assert office.sso.log_in(staff["username"], PASSWORD).status == 401
    check_refused(functools.partial(office.services.get, path(department)), 404, "department_not_found")
    check_refused(functools.partial(office.services.get, SERVICES + service["id"]), 404, "service_not_found")
    assert department not in office.services.get(DEPARTMENTS).json
    assert office.services.get(SERVICES, query={"department_id": department["id"]}).json == []
    for token in (staff["token"], executors[0]["token"]):
        ask = functools.partial(office.services.as_user, token, "GET", EXECUTORS)
        check_refused(ask, 401, "unauthenticated")


def test_a_department_without_an_account_is_deleted(office):
    department = office.department()
    assert office.as_admin("DELETE", path(department)).status == 204
    check_refused(functools.partial(office.as_admin, "DELETE", path(department)), 404, "department_not_found")


def test_a_deleted_department_takes_nothing_more(office):
    department = office.department()
    office.as_admin("DELETE", path(department))
    check_refused(functools.partial(office.as_admin, "PUT", path(department), json_body={"name": "Снова"}), 404, "department_not_found")
    body = {"department_id": department["id"], "name": "Услуга"}
    check_refused(functools.partial(office.as_admin, "POST", SERVICES, json_body=body), 404, "department_not_found")


def test_each_act_is_in_the_audit_trail(office):
    department = office.department()
    office.as_admin("PUT", path(department), json_body={"name": "Иначе"})
    office.as_admin("DELETE", path(department))
    events = office.services.database.run(f"SELECT event, actor IS NOT NULL FROM audit WHERE target = '{department['id']}' ORDER BY id")
    assert [event for event, _ in events] == ["department_created", "department_changed", "department_deleted"]
