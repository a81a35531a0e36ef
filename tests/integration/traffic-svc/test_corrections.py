# SPDX-License-Identifier: MIT
"""Marks that a teacher makes, changes and removes by hand, and their history."""

import uuid

import pytest

from traffic import qr_code

NOBODY = str(uuid.uuid4())


@pytest.fixture(scope="module")
def teacher(place):
    return place.teacher("Павлова Вера Сергеевна")


@pytest.fixture
def session(place, teacher):
    return place.start_session(teacher, place.kiosk())


@pytest.fixture
def correct(place, teacher, session):
    """correct("POST", "", body): a request of the teacher below the session's attendees."""

    def ask(method, what="", body=None, **options):
        path = f"/api/sessions/{session['id']}/attendees{what}"
        return place.as_teacher(teacher, method, path, **({"json_body": body} if body is not None else {}), **options)

    return ask


@pytest.fixture
def count(place, teacher, session):
    return lambda: place.as_teacher(teacher, "GET", f"/api/sessions/{session['id']}").json["attendance_count"]


def student(number=1, status="present"):
    return {"student_external_id": f"s{number}", "student_name": f"Студент № {number}", "status": status}


def steps(attendee):
    return [(entry["from"], entry["to"]) for entry in attendee["history"]]


def test_a_student_is_added(correct, count, teacher):
    answer = correct("POST", "", student())
    assert answer.status == 200
    attendee = answer.json
    assert {key: attendee[key] for key in student()} == student()
    assert attendee["source"] == "manual"
    assert steps(attendee) == [(None, "present")]
    assert attendee["history"][0]["by"] == teacher["full_name"] and attendee["history"][0]["at"].endswith("Z")
    assert correct("GET").json["items"] == [attendee]
    assert count() == 1


def test_an_answer_has_the_last_corrections_of_very_many(correct, place, session):
    attendee = correct("POST", "", student()).json
    place.traffic.database.run(
        "INSERT INTO attendance_history (session_id, attendance_id, student_external_id, student_name, changed_by,"
        " changed_by_name, from_status, to_status)"
        f" SELECT '{session['id']}', '{attendee['id']}', 's1', 'Студент № 1', 'x', 'Павлова Вера Сергеевна', 'late', 'absent'"
        " FROM generate_series(1, 10000)"
    )
    answer = correct("PATCH", f"/{attendee['id']}", {"status": "excused"})
    assert answer.status == 200, answer
    assert steps(answer.json) == [*49 * [("late", "absent")], ("present", "excused")]
    assert correct("GET").json["items"] == [answer.json]


@pytest.mark.parametrize(("status", "counted"), [("present", 1), ("late", 1), ("excused", 0), ("absent", 0)])
def test_who_was_there_is_counted(correct, count, status, counted):
    attendee = correct("POST", "", student(status=status)).json
    assert count() == counted
    assert correct("DELETE", f"/{attendee['id']}").status == 204
    assert count() == 0


def test_a_mark_is_changed_and_each_change_kept(correct, count):
    attendee = correct("POST", "", student()).json
    for status, counted in (("late", 1), ("absent", 0), ("absent", 0), ("present", 1)):
        answer = correct("PATCH", f"/{attendee['id']}", {"status": status})
        assert (answer.status, answer.json["status"], count()) == (200, status, counted)
    expected = [(None, "present"), ("present", "late"), ("late", "absent"), ("absent", "present")]
    assert steps(answer.json) == expected


def test_a_scan_is_corrected_too(place, correct, count, session, teacher):
    claim_path = f"/api/sessions/{session['id']}/attend"
    row = place.traffic.database.run(f"SELECT qr_secret FROM sessions WHERE id = '{session['id']}'")[0]


    [token] = place.launch_tokens()
    body = {"qr_token": qr_code(session["id"], row[0], 10), "launch_token": token}
    assert place.traffic.request("POST", claim_path, json_body=body).json["status"] == "ok"
    [attendee] = correct("GET").json["items"]
    changed = correct("PATCH", f"/{attendee['id']}", {"status": "absent"}).json
    assert (changed["source"], count()) == ("qr", 0)
    assert place.traffic.request("POST", claim_path, json_body=body).json["status"] == "already_marked"
    assert count() == 0


def test_a_student_is_removed_and_the_history_stays(place, correct, count, session, teacher):
    attendee = correct("POST", "", student()).json
    assert correct("DELETE", f"/{attendee['id']}").status == 204
    assert correct("GET").json["items"] == [] and count() == 0
    kept = place.as_teacher(teacher, "GET", f"/api/sessions/{session['id']}").json["corrections"]
    assert [(entry["from"], entry["to"]) for entry in kept] == [("present", None), (None, "present")]
    assert {entry["student_name"] for entry in kept} == {"Студент № 1"}
    assert correct("POST", "", student()).status == 200


def test_a_student_is_in_the_list_once(correct, count, problem_of):
    correct("POST", "", student())
    problem_of(correct("POST", "", student(status="absent")), 409, "student_listed")
    assert count() == 1


def test_a_repeat_with_the_same_key_adds_nothing(correct):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    answers = [correct("POST", "", student(), headers=headers) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200] and answers[0].json == answers[1].json


def test_a_session_that_is_over_is_corrected_as_well(place, teacher, session, correct, count):
    place.as_teacher(teacher, "DELETE", f"/api/sessions/{session['id']}")
    assert correct("POST", "", student()).status == 200
    assert count() == 1


def test_the_list_is_in_the_order_of_names(correct):
    for number in (3, 1, 2):
        correct("POST", "", student(number))
    assert [item["student_external_id"] for item in correct("GET").json["items"]] == ["s1", "s2", "s3"]
    page = correct("GET", "?page=2&page_size=2").json
    assert [item["student_external_id"] for item in page["items"]] == ["s3"] and page["total"] == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("student_external_id", None),
        ("student_external_id", "x" * 129),
        ("student_name", " "),
        ("student_name", "x" * 201),
        ("status", None),
        ("status", "here"),
        ("status", 1),
    ],
)
def test_a_wrong_student_is_refused(correct, problem_of, field, value):
    problem = problem_of(correct("POST", "", {**student(), field: value}), 422, "validation_failed")
    assert [fault["field"] for fault in problem["errors"]] == [field]
    assert correct("GET").json["total"] == 0


@pytest.mark.parametrize("body", [{}, {"status": None}, {"status": "gone"}, []])
def test_a_wrong_status_is_refused(correct, problem_of, body):
    attendee = correct("POST", "", student()).json
    problem_of(correct("PATCH", f"/{attendee['id']}", body), 422, "validation_failed")


@pytest.mark.parametrize("attendance_id", [NOBODY, "x"])
def test_an_unknown_mark_is_not_found(correct, problem_of, attendance_id):
    problem_of(correct("PATCH", f"/{attendance_id}", {"status": "late"}), 404, "attendance_not_found")
    problem_of(correct("DELETE", f"/{attendance_id}"), 404, "attendance_not_found")


def test_another_sessions_mark_is_not_found(place, teacher, correct, problem_of):
    other = place.start_session(teacher, place.kiosk())
    path = f"/api/sessions/{other['id']}/attendees"
    attendee = place.as_teacher(teacher, "POST", path, json_body=student()).json
    problem_of(correct("DELETE", f"/{attendee['id']}"), 404, "attendance_not_found")


def test_a_correction_is_in_the_audit_trail(place, session, correct):
    correct("POST", "", student())
    events = place.traffic.database.run(f"SELECT event FROM audit WHERE target = '{session['id']}' ORDER BY id")
    assert events[-1][0] == "attendance_corrected"
