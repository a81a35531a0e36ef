# SPDX-License-Identifier: MIT
"""POST /api/applications: what a student asks for, checked against the service's form; and who sees it."""

import concurrent.futures
import functools
import json
import uuid

import pytest

from applications import APPLICATIONS, FILLED_IN, PDF, TEXT, Form, Scene, application_form, apply, path_of, stored_files
from refusals import check_faults, check_problem, check_refused
from services import Services


@pytest.fixture(scope="module")
def scene(office):
    return Scene(office)


@pytest.fixture
def nothing_stays(scene):
    """After the test neither a row nor a file is there that was not there before."""

    def count():
        rows = scene.svc.database.value("SELECT (SELECT count(*) FROM applications) || '/' || (SELECT count(*) FROM attachments)")
        return rows, stored_files(scene.svc.uploads)

    before = count()
    yield
    assert count() == before


def asker(scene, form):
    return functools.partial(ask, scene, form)


def ask(scene, form, headers):
    return apply(scene.svc, scene.student, scene.service, form, headers)


def test_an_application_is_there(scene):
    made = scene.apply(scene.form().file("паспорт.pdf", PDF).file("readme.txt", TEXT))
    assert made["status"] == "pending"
    assert (made["service_id"], made["service_name"]) == (scene.service["id"], scene.service["name"])
    assert made["department_id"] == scene.staff["department"]["id"]
    assert (made["student_external_id"], made["student_name"]) == (scene.student["id"], scene.student["name"])
    assert made["form_data"] == FILLED_IN
    assert (made["executor_id"], made["due_at"]) == (None, None)
    assert [each["file_name"] for each in made["attachments"]] == ["паспорт.pdf", "readme.txt"]
    read = scene.read(made)
    assert {**made, "responses": [], "history": read["history"]} == read
    [entry] = read["history"]
    assert (entry["change"], entry["actor_role"], entry["new_value"]) == ("created", "student", "pending")


def test_files_and_fields_come_in_any_order(scene):
    form = Form().file("a.pdf", PDF).field("form_data", json.dumps(FILLED_IN)).field("service_id", scene.service["id"])
    assert len(scene.apply(form)["attachments"]) == 1


def test_an_empty_field_for_files_is_none(scene):
    assert scene.apply(scene.form().file("", b""))["attachments"] == []


def test_form_data_may_be_left_out_where_nothing_is_required(office, scene):
    service = office.service(scene.staff["department"])
    assert apply(scene.svc, scene.student, service, Form(service_id=service["id"])).json["form_data"] == {}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({}, ("form_data.copies", "required")),
        ({"copies": "many"}, ("form_data.copies", "number")),
        ({**FILLED_IN, "place": "В суд"}, ("form_data.place", "option")),
        ({**FILLED_IN, "until": "2026-02-30"}, ("form_data.until", "date")),
        ({**FILLED_IN, "colour": "red"}, ("form_data.colour", "unknown_field")),
        ([], ("form_data", "object")),
    ],
)
def test_a_form_that_is_filled_in_wrongly(scene, nothing_stays, data, fault):
    answer = ask(scene, application_form(scene.service, data).file("a.pdf", PDF), {})
    problem = check_problem(answer, 422, "validation_failed")
    assert [(each["field"], each["code"]) for each in problem["errors"]] == [fault]


@pytest.mark.parametrize("text", ["{", '{"copies": 1, "copies": 2}', "[" * 100000, '{"copies": NaN}', '"\\ud800"', '{"copies":"\\u0000"}'])
def test_form_data_that_is_no_json(scene, nothing_stays, text):
    form = Form(service_id=scene.service["id"], form_data=text).file("a.pdf", PDF)
    check_faults(asker(scene, form), ("form_data", "json"))


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        (Form(form_data="{}"), ("service_id", "required")),
        (Form(service_id="5", form_data="{}"), ("service_id", "uuid")),
        (Form(colour="red"), ("colour", "unknown_field")),
        (Form().field("form_data", "{}").field("form_data", "{}"), ("form_data", "repeated")),
        (Form(files="text"), ("files", "file")),
        (Form().file("a.pdf", PDF, field="form_data"), ("files", "misplaced_file")),
    ],
)
def test_a_form_that_is_none_of_ours(scene, nothing_stays, form, fault):
    check_faults(asker(scene, form), fault)


def test_a_service_that_there_is_not(scene, nothing_stays):
    form = Form(service_id=uuid.uuid4(), form_data="{}").file("a.pdf", PDF)
    check_refused(asker(scene, form), 404, "service_not_found")


def test_a_service_that_is_inactive(office, scene, nothing_stays):
    service = office.service(scene.staff["department"], is_active=False)
    form = application_form(service).file("a.pdf", PDF)
    check_refused(asker(scene, form), 409, "service_inactive")


def test_a_required_attachment_is_required(office, scene, nothing_stays):
    service = office.service(scene.staff["department"], requires_attachment=True)
    check_refused(asker(scene, application_form(service)), 422, "attachment_required")


def test_a_required_attachment_is_taken(office, scene):
    service = office.service(scene.staff["department"], requires_attachment=True)
    assert apply(scene.svc, scene.student, service, application_form(service).file("a.pdf", PDF)).status == 201


def test_the_time_that_is_promised(office, scene):
    service = office.service(scene.staff["department"], due_working_days=5)
    made = apply(scene.svc, scene.student, service, application_form(service)).json
    assert made["due_at"].endswith("T20:59:59Z")
    assert scene.read(made)["due_at"] == made["due_at"] > made["created_at"]


# --- the same request again ---


def test_a_repeat_is_the_same_application(scene):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    before = len(stored_files(scene.svc.uploads))
    first, again = (ask(scene, scene.form().file("a.pdf", PDF), headers) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert again.header("idempotent-replayed") == "true"
    assert len(stored_files(scene.svc.uploads)) == before + 1


@pytest.mark.parametrize("change", ["data", "name", "content"])
def test_another_request_with_the_same_key(scene, change):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    assert ask(scene, scene.form().file("a.txt", TEXT), key).status == 201
    data = {"copies": 3} if change == "data" else None
    form = scene.form(data).file("b.txt" if change == "name" else "a.txt", TEXT + b"." if change == "content" else TEXT)
    before = stored_files(scene.svc.uploads)
    check_refused(lambda headers: ask(scene, form, {**headers, **key}), 422, "idempotency_key_reused")
    assert stored_files(scene.svc.uploads) == before


def test_a_key_that_is_none(scene, nothing_stays):
    form = scene.form().file("a.pdf", PDF)
    check_refused(lambda headers: ask(scene, form, {**headers, "Idempotency-Key": "with space"}), 400, "idempotency_key_malformed")


# --- who may ---


@pytest.mark.parametrize("who", ["staff", "executor", "admin"])
def test_only_students_apply(office, scene, nothing_stays, who):
    token = {"staff": lambda: scene.staff["token"], "executor": lambda: office.executor(scene.staff)["token"], "admin": office.admin}[who]()
    form = scene.form().file("a.pdf", PDF)
    check_refused(lambda headers: scene.svc.as_user(token, "POST", APPLICATIONS, **form.sent(headers)), 403, "forbidden")


def test_nobody_without_a_token(scene, nothing_stays):
    form = scene.form().file("a.pdf", PDF)
    check_refused(lambda headers: scene.svc.request("POST", APPLICATIONS, **form.sent(headers)), 401, "unauthenticated")
    check_refused(functools.partial(scene.svc.request, "GET", APPLICATIONS), 401, "unauthenticated")


def test_a_launch_token_is_no_session(office, scene, nothing_stays):
    [launch] = office.launch_tokens()
    form = scene.form()
    check_refused(lambda headers: scene.svc.as_student(launch, "POST", APPLICATIONS, **form.sent(headers)), 401, "unauthenticated")


def others(office, scene):
    """Everybody who has nothing to do with an application of the scene's."""
    stranger = office.staff()
    return {
        "another student": ("student", office.student()["token"]),
        "another department's staff": ("user", stranger["token"]),
        "another department's executor": ("user", office.executor(stranger)["token"]),
        "an executor whom it is not assigned to": ("user", office.executor(scene.staff)["token"]),
    }


@pytest.fixture(scope="module")
def strangers(office, scene):
    return others(office, scene)


def as_stranger(scene, stranger, method, path, **options):
    kind, token = stranger
    return (scene.svc.as_student if kind == "student" else scene.svc.as_user)(token, method, path, **options)


@pytest.mark.parametrize("rest", ["", "/comments", "/events"])
def test_it_is_unknown_to_others(scene, strangers, rest):
    made = scene.apply()
    for stranger in strangers.values():
        check_refused(functools.partial(as_stranger, scene, stranger, "GET", path_of(made, rest)), 404, "application_not_found")


@pytest.mark.parametrize("rest", ["", "/comments", "/events"])
@pytest.mark.parametrize("name", ["5", str(uuid.uuid4()), "..%2F..%2Fetc", "'; DROP TABLE applications"])
def test_an_application_that_there_is_not(scene, name, rest):
    check_refused(functools.partial(scene.as_student, "GET", path_of(name, rest)), 404, "application_not_found")


def test_those_whom_it_concerns_see_it(office, scene):
    made = scene.apply()
    executor = office.executor(scene.staff)
    scene.assign(made, executor)
    for token in (scene.staff["token"], executor["token"], office.admin()):
        assert scene.read(made, token)["id"] == made["id"]


def test_a_token_of_a_deleted_department_sees_nothing(office):
    scene = Scene(office)
    made = scene.apply()
    executor = office.executor(scene.staff)
    assert office.as_admin("DELETE", f"/api/departments/{scene.staff['department']['id']}").status == 204
    for token in (scene.staff["token"], executor["token"]):
        check_refused(functools.partial(scene.svc.as_user, token, "GET", path_of(made)), 401, "unauthenticated")
    assert scene.read(made)["id"] == made["id"]
    assert scene.read(made, office.admin())["id"] == made["id"]
    check_refused(lambda headers: apply(scene.svc, scene.student, scene.service, scene.form(), headers), 404, "service_not_found")


# --- how many ---


@pytest.fixture(scope="module")
def strict(office):
    """A replica that takes three open applications of a student."""
    first = office.services
    environment = {"OPEN_APPLICATIONS_PER_STUDENT": 3}
    svc = Services(first.database, first.uploads.parent, office.sso.url, office.main.url, environment=environment).start()
    yield svc
    svc.stop()


def test_a_student_has_no_more_open_applications_than_there_may_be(office, scene, strict):
    student = office.student()
    ask = lambda headers=None: apply(strict, student, scene.service, scene.form().file("a.pdf", PDF), headers)
    first, _, _ = (ask().json for _ in range(3))
    before = stored_files(scene.svc.uploads)
    problem = check_refused(ask, 409, "too_many_open_applications")
    assert "3" in problem["detail"] and stored_files(scene.svc.uploads) == before
    scene.set_status(first, "in_progress")
    check_refused(ask, 409, "too_many_open_applications")
    assert apply(strict, office.student(), scene.service, scene.form()).status == 201
    scene.set_status(first, "completed")
    assert ask().status == 201


def test_of_applications_at_once_only_so_many_are_taken(office, scene, strict):
    student = office.student()
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: apply(strict, student, scene.service, scene.form()), range(10)))
    assert sorted(answer.status for answer in answers) == 3 * [201] + 7 * [409]
