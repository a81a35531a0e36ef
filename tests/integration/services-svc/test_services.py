# SPDX-License-Identifier: MIT
"""/api/services: anyone reads them; the department's staff and administrators make, change and delete them."""

import functools
import uuid

import pytest

from refusals import check_faults, check_refused
from services import FIELDS, SERVICES

FIELD = {"name": "why", "label": "Зачем", "type": "text", "required": True}


def path(service):
    return SERVICES + (service if isinstance(service, str) else service["id"])


@pytest.fixture(scope="module")
def staff(office):
    return office.staff()


@pytest.fixture
def as_staff(office, staff):
    return functools.partial(office.services.as_user, staff["token"])


# --- reading ---


def test_anyone_reads_the_active_ones(office, staff):
    department = office.department()
    active = office.service(department, name="Действует", required_fields=FIELDS, due_working_days=3)
    office.service(department, name="Отключена", is_active=False)
    of_department = office.services.get(SERVICES, query={"department_id": department["id"]})
    assert of_department.json == [active]
    assert active in office.services.get(SERVICES).json
    assert office.services.get(SERVICES, query={"department_id": str(uuid.uuid4())}).json == []
    page = office.services.get(SERVICES, query={"department_id": department["id"].upper(), "page": 1, "search": "действ"}).json
    assert (page["items"], page["total"]) == ([active], 1)


def test_a_department_id_that_is_none(office):
    check_faults(functools.partial(office.services.get, SERVICES, query={"department_id": "5"}), ("department_id", "uuid"))


def test_one_is_read_active_or_not(office):
    service = office.service(office.department(), is_active=False, required_fields=FIELDS)
    assert office.services.get(path(service)).json == service
    assert service["is_active"] is False
    assert set(service) == {
        *("id", "department_id", "name", "description", "required_fields", "requires_attachment", "is_active"),
        *("due_working_days", "created_at"),
    }


@pytest.mark.parametrize("which", [str(uuid.uuid4()), "service"])
def test_one_that_there_is_not(office, which):
    check_refused(functools.partial(office.services.get, path(which)), 404, "service_not_found")


# --- making ---


def test_staff_need_not_name_their_department(as_staff, staff):
    answer = as_staff("POST", SERVICES, json_body={"name": "Справка", "required_fields": FIELDS})
    assert answer.status == 201
    assert answer.json["department_id"] == staff["department"]["id"]
    assert answer.json["is_active"] is True and answer.json["requires_attachment"] is False
    assert answer.json["description"] == "" and answer.json["due_working_days"] is None
    expected = [field if "options" in field else {**field} for field in FIELDS]
    assert answer.json["required_fields"] == expected


def test_staff_make_nothing_for_another_department(office, as_staff):
    body = {"name": "Чужая", "department_id": office.department()["id"]}
    check_refused(functools.partial(as_staff, "POST", SERVICES, json_body=body), 403, "other_department")


def test_an_administrator_names_the_department(office):
    ask = functools.partial(office.as_admin, "POST", SERVICES)
    check_faults(functools.partial(ask, json_body={"name": "Услуга"}), ("department_id", "required"))
    check_faults(functools.partial(ask, json_body={"name": "Услуга", "department_id": "x"}), ("department_id", "uuid"))
    unknown = {"name": "Услуга", "department_id": str(uuid.uuid4())}
    check_refused(functools.partial(ask, json_body=unknown), 404, "department_not_found")


def test_a_repeat_with_the_same_key_is_the_same_service(as_staff):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"name": f"Однажды {uuid.uuid4()}"}
    first, again = (as_staff("POST", SERVICES, json_body=body, headers=headers) for _ in range(2))
    assert first.status == again.status == 201
    assert first.json == again.json


@pytest.mark.parametrize(
    ("members", "faults"),
    [
        ({"name": ""}, [("name", "required")]),
        ({"requires_attachment": "yes"}, [("requires_attachment", "boolean")]),
        ({"due_working_days": 366}, [("due_working_days", "integer")]),
        ({"due_working_days": -1}, [("due_working_days", "integer")]),
        ({"required_fields": {}}, [("required_fields", "fields")]),
        ({"required_fields": [FIELD] * 51}, [("required_fields", "fields")]),
        ({"required_fields": ["why"]}, [("required_fields[0]", "object")]),
        ({"required_fields": [{**FIELD, "name": ""}]}, [("required_fields[0].name", "name")]),
        ({"required_fields": [{**FIELD, "label": None}]}, [("required_fields[0].label", "label")]),
        ({"required_fields": [FIELD, {**FIELD, "type": "file"}]}, [("required_fields[1].name", "duplicate"), ("required_fields[1].type", "type")]),
        ({"required_fields": [{**FIELD, "required": 1}]}, [("required_fields[0].required", "boolean")]),
        ({"required_fields": [{**FIELD, "options": ["a"]}]}, [("required_fields[0].options", "options")]),
        ({"required_fields": [{**FIELD, "type": "select"}]}, [("required_fields[0].options", "options")]),
        ({"required_fields": [{**FIELD, "type": "select", "options": ["a", "a"]}]}, [("required_fields[0].options", "options")]),
        ({"required_fields": [{**FIELD, "type": "select", "options": [1]}]}, [("required_fields[0].options", "options")]),
    ],
)
def test_a_service_that_is_none(as_staff, members, faults):
    check_faults(functools.partial(as_staff, "POST", SERVICES, json_body={"name": "Услуга", **members}), *faults)


# --- changing ---


def test_what_is_left_out_stays(office, as_staff, staff):
    service = office.service(staff["department"], required_fields=FIELDS, due_working_days=5, requires_attachment=True)
    off = as_staff("PUT", path(service), json_body={"is_active": False})
    assert off.status == 200
    assert off.json == {**service, "is_active": False}
    changed = {"name": "Иначе", "description": "О чём", "required_fields": [], "requires_attachment": False, "due_working_days": 0}
    rest = as_staff("PUT", path(service), json_body=changed)
    assert rest.json == {**service, "is_active": False, **changed, "due_working_days": None}
    assert office.services.get(path(service)).json == rest.json


def test_the_department_of_a_service_stays(office, as_staff, staff):
    service = office.service(staff["department"])
    moved = as_staff("PUT", path(service), json_body={"department_id": office.department()["id"]})
    assert moved.json == service


def test_a_change_that_is_none(office, as_staff, staff):
    service = office.service(staff["department"])
    ask = functools.partial(as_staff, "PUT", path(service))
    check_faults(functools.partial(ask, json_body={"name": " ", "is_active": 0}), ("name", "required"), ("is_active", "boolean"))
    unknown = functools.partial(as_staff, "PUT", path(str(uuid.uuid4())), json_body={"name": "Имя"})
    check_refused(unknown, 404, "service_not_found")


def test_another_department_s_service(office, as_staff):
    service = office.service(office.department())
    check_refused(functools.partial(as_staff, "PUT", path(service), json_body={"name": "Моя"}), 403, "other_department")
    check_refused(functools.partial(as_staff, "DELETE", path(service)), 403, "other_department")
    assert office.as_admin("PUT", path(service), json_body={"name": "Наша"}).status == 200


# --- deleting ---


def test_one_that_nobody_has_applied_for(office, as_staff, staff):
    service = office.service(staff["department"])
    assert as_staff("DELETE", path(service)).status == 204
    check_refused(functools.partial(as_staff, "DELETE", path(service)), 404, "service_not_found")
    check_refused(functools.partial(office.services.get, path(service)), 404, "service_not_found")


def test_one_that_has_applications_stays(office, as_staff, staff):
    service = office.service(staff["department"])
    office.services.database.run(
        "INSERT INTO applications (id, service_id, department_id, student_id, student_name, student_email, search_text)"
        f" VALUES (gen_random_uuid(), '{service['id']}', '{service['department_id']}', 's', 'n', 'e', 's n e')"
    )
    check_refused(functools.partial(as_staff, "DELETE", path(service)), 409, "service_has_applications")
    assert office.services.get(path(service)).json == service
