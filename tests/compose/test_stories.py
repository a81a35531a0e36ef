# SPDX-License-Identifier: MIT
"""What people do with the platform, from login to result, through the front."""

import pytest

import university
from university import PDF


@pytest.fixture(scope="module")
def people(running_stack):
    return university.University(running_stack.front, running_stack.secret("sso-admin"))


def test_a_student_looks_at_the_week_and_the_marks(people):
    student = people.student()
    week = people.ask("GET", "main", "/api/schedule", student).json
    group = week["group_id"]
    same = people.ask("GET", "schedule", f"/api/schedule/groups/{group}/week").json
    assert week["days"] == same["days"]
    assert week["days"], "campus-sim has lessons all year round"
    book = people.ask("GET", "main", "/api/gradebook", student).json
    assert book["academic_years"]


def test_an_application_goes_its_way(people):
    admin = people.app_admin("services")
    department, staff = people.department(admin)
    service = people.service(staff, department, requires_attachment=True)
    executor_id, executor = people.executor(staff)
    session = people.services_session(people.student())
    application = people.apply(session, service, [("справка.pdf", "application/pdf", PDF)])["id"]
    path = f"/api/applications/{application}"
    with university.EventStream(people.url("services", path + "/events"), session) as events:
        events.next()  # how things stand
        people.ask("PATCH", "services", path + "/assign", staff, json_body={"executor_id": executor_id})
        people.ask("PATCH", "services", path + "/status", staff, json_body={"status": "in_progress"})
        headers, body = university.multipart(
            {"message": "Готово", "new_status": "completed"}, [("ответ.pdf", "application/pdf", PDF * 2)]
        )
        people.ask("POST", "services", path + "/respond", executor, headers=headers, body=body)
        for _ in range(10):
            _, _, data = events.next()
            if data.get("status") == "completed" or data.get("to_status") == "completed":
                break
        else:
            raise AssertionError("no event of the completion")
    seen = people.ask("GET", "services", path, headers=session).json
    assert seen["status"] == "completed"
    [response] = seen["responses"]
    [attachment] = response["attachments"]
    got = people.ask("GET", "services", f"/api/applications/attachments/{attachment['id']}/download", headers=session)
    assert got.body == PDF * 2
    people.ask("GET", "services", path, headers=people.services_session(people.student("student3")), expect=(403, 404))


def test_a_large_upload_passes_and_a_larger_one_does_not(people):
    department, staff = people.department(people.app_admin("services"))
    service = people.service(staff, department)
    session = people.services_session(people.student("student2"))
    large = PDF + b"%" * (9 << 20)
    people.apply(session, service, [("большой.pdf", "application/pdf", large)] * 2)
    headers, body = university.multipart(
        {"service_id": service, "form_data": '{"copies": 1}'}, [("велик.pdf", "application/pdf", large + b"%" * (2 << 20))]
    )
    people.ask("POST", "services", "/api/applications/", headers={**headers, **session}, body=body, expect=(413,))


def test_attendance_of_a_lesson(people):
    admin = people.app_admin("traffic")
    kiosk = people.kiosk(admin)
    teacher = people.teacher(admin)
    with people.kiosk_events(kiosk) as events:
        assert events.next()[1] == "tablet"
        body = {"tablet_id": kiosk["id"], "discipline": "Физика"}
        session = people.ask("POST", "traffic", "/api/sessions/", teacher, json_body=body).json["id"]
        _, _, state = events.next()
        assert state["session"], state
    query = f"device_id={kiosk['device_id']}&tablet_secret={kiosk['tablet_secret']}"
    current = people.ask("GET", "traffic", f"/api/sessions/current?{query}").json
    assert current["active"] and current["session_id"] == session
    token = university.qr_code(current["qr_secret"], session, current["rotate_seconds"])
    student = people.student("student1")
    body = {"qr_token": token, "launch_token": people.launch(student, "traffic")}
    path = f"/api/sessions/{session}/attend"
    assert people.ask("POST", "traffic", path, json_body=body).json["status"] == "ok"
    assert people.ask("POST", "traffic", path, json_body=body).json["status"] == "already_marked"
    attendees = people.ask("GET", "traffic", f"/api/sessions/{session}/attendees", teacher).json
    assert len(attendees if isinstance(attendees, list) else attendees["items"]) == 1
    people.ask("DELETE", "traffic", f"/api/sessions/{session}", teacher)


def test_the_demonstration_has_something_to_look_at(running_stack, people):
    """And says how to log in."""
    container = running_stack.container("demo-data", ended=True)
    assert running_stack.engine.docker("wait", container, timeout=120) == "0"
    said = running_stack.engine.docker("logs", container)
    assert running_stack.secret("demo-password") in said
    people.login("student.office", running_stack.secret("demo-password"), app="services")
    departments = people.ask("GET", "services", "/api/departments/").json
    assert {"Студенческий офис", "Дирекция студгородка"} <= {department["name"] for department in departments}
