# SPDX-License-Identifier: MIT
"""What becomes of applications when their executor or their department is deleted."""

import concurrent.futures
import functools

import pytest

from applications import APPLICATIONS, PDF, Scene, apply, application_form, download_path, path_of
from blocker import Blocker
from refusals import check_refused
from services import DEPARTMENTS, EXECUTORS, SERVICES, bearer, student_header
from traffic import EventStream


@pytest.fixture
def scene(office):
    return Scene(office)


@pytest.fixture
def applications(scene):
    """{status: an application in it}, all of them the executor's."""
    scene.executor = scene.office.executor(scene.staff)
    ways = {"pending": [], "in_progress": ["in_progress"], "completed": ["in_progress", "completed"]}
    made = {}
    for status, way in ways.items():
        made[status] = scene.apply(scene.form().file("a.pdf", PDF))
        scene.assign(made[status], scene.executor)
        scene.set_status(made[status], *way)
    return made


def delete_department(scene):
    answer = scene.as_admin("DELETE", DEPARTMENTS + scene.staff["department"]["id"])
    assert answer.status == 204, answer


def delete_executor(scene):
    answer = scene.as_staff("DELETE", EXECUTORS + scene.executor["id"])
    assert answer.status == 204, answer


@pytest.mark.parametrize("delete", [delete_department, delete_executor])
def test_open_applications_lose_their_executor(scene, applications, delete):
    actor = "admin" if delete is delete_department else "staff"
    delete(scene)
    for status in ("pending", "in_progress"):
        read = scene.read(applications[status])
        assert (read["status"], read["executor_id"], read["executor_name"]) == (status, None, None)
        last = read["history"][-1]
        assert (last["change"], last["new_value"], last["actor_role"]) == ("executor", None, actor)
    read = scene.read(applications["completed"])
    assert read["executor_id"] == scene.executor["id"] and read["executor_name"] == scene.executor["name"]


def test_who_applies_does_not_wait_for_a_deletion_that_waits_for_services(scene):
    blocker = Blocker(scene.svc.database, "services", mode="SHARE")
    try:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            deletion = pool.submit(delete_department, scene)
            blocker.await_waiting(1)
            assert apply(scene.svc, scene.student, scene.service, scene.form()).status == 201
            assert not deletion.done()
            blocker.release()
            deletion.result()
    finally:
        blocker.release()


@pytest.mark.parametrize("delete", [delete_department, delete_executor])
def test_subscribers_are_told(scene, applications, delete):
    application = applications["in_progress"]
    path = path_of(application, "/events")
    with EventStream(scene.svc, path, student_header(scene.student["token"])) as stream:
        stream.next()
        delete(scene)
        name, data = stream.next()
    assert name == "assigned"
    assert data == {"application_id": application["id"], "executor_id": None, "executor_name": None}


def test_applications_of_a_deleted_department_stay(scene, applications):
    """For their students and for administrators, with their files and the names of what there was."""
    application = applications["completed"]
    before = scene.read(application)
    delete_department(scene)
    after = scene.read(application)
    assert (after["service_name"], after["attachments"]) == (before["service_name"], before["attachments"])
    assert scene.read(application, scene.office.admin())["id"] == application["id"]
    listed = scene.as_student("GET", APPLICATIONS).json
    listed = listed["items"] if isinstance(listed, dict) else listed
    assert {each["id"] for each in listed} == {each["id"] for each in applications.values()}
    file = scene.as_student("GET", download_path(before["attachments"][0]))
    assert (file.status, file.body) == (200, PDF)


def test_nobody_applies_to_a_deleted_department(scene):
    delete_department(scene)
    ask = functools.partial(apply_again, scene)
    assert ask(headers={}).status in (404, 409, 422)
    assert scene.as_student("GET", APPLICATIONS).json in ([], {"items": [], "total": 0, "page": 1, "page_size": 50, "total_pages": 0})


def apply_again(scene, headers):
    return apply(scene.svc, scene.student, scene.service, scene.form(), headers)


def test_a_deleted_executor_sees_nothing_more(scene, applications):
    delete_executor(scene)
    for path in (APPLICATIONS, path_of(applications["completed"])):
        ask = functools.partial(ask_with, scene, path, bearer(scene.executor["token"]))
        check_refused(ask, 401, "unauthenticated")


def ask_with(scene, path, own, headers):
    return scene.svc.get(path, headers={**own, **headers})


def test_a_deleted_executor_is_assigned_nothing_more(scene, applications):
    delete_executor(scene)
    body = {"executor_id": scene.executor["id"]}
    answer = scene.as_staff("PATCH", path_of(applications["pending"], "/assign"), json_body=body)
    assert answer.status in (404, 422), answer


def test_a_service_with_applications_stays(scene):
    scene.apply()
    check_refused(functools.partial(scene.as_staff, "DELETE", SERVICES + scene.service["id"]), 409, "service_has_applications")


def test_a_changed_form_leaves_what_was_filled_in(scene):
    """The answers are kept as they were given; the next application has the new form."""
    application = scene.apply()
    fields = [{"name": "other", "label": "Другое", "type": "text", "required": True}]
    changed = scene.as_staff("PUT", SERVICES + scene.service["id"], json_body={"required_fields": fields})
    assert changed.status == 200
    assert scene.read(application)["form_data"] == application["form_data"]
    assert scene.apply(application_form(scene.service, {"other": "да"}))["form_data"] == {"other": "да"}
