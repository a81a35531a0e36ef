# SPDX-License-Identifier: MIT
"""Sessions: started, read, ended."""

import concurrent.futures
import re
import uuid

import pytest

NOBODY = str(uuid.uuid4())


@pytest.fixture(scope="module")
def teacher(place):
    return place.teacher("Лебедев Глеб Игоревич")


@pytest.fixture(scope="module")
def other(place):
    return place.teacher("Зайцева Ольга Юрьевна")


def start(place, teacher, body, **options):
    return place.as_teacher(teacher, "POST", "/api/sessions/", json_body=body, **options)


def read(place, teacher, session_id, what=""):
    return place.as_teacher(teacher, "GET", f"/api/sessions/{session_id}{what}")


def end(place, teacher, session_id):
    return place.as_teacher(teacher, "DELETE", f"/api/sessions/{session_id}")


def active_on(place, kiosk):
    return place.traffic.database.value(
        f"SELECT count(*) FROM sessions WHERE tablet_id = '{kiosk.id}' AND ended_at IS NULL"
    )


# --- started ---


def test_a_teacher_starts_a_session(place, teacher):
    kiosk = place.kiosk()
    lesson = {"subject": "Физика", "type": {"abbr": "Лек"}, "n": [1, 2.5, None]}
    answer = start(place, teacher, {"tablet_id": kiosk.id, "discipline": "Физика", "schedule_snapshot": lesson})
    assert answer.status == 200
    session = answer.json
    assert session["active"] and session["ended_at"] is None
    assert (session["tablet_id"], session["discipline"]) == (kiosk.id, "Физика")
    assert (session["teacher_id"], session["teacher_name"]) == (teacher["id"], teacher["full_name"])
    assert (session["building_name"], session["room_name"]) == ("Главный корпус", "Ауд. 237")
    assert (session["rotate_seconds"], session["attendance_count"]) == (10, 0)
    assert session["schedule_snapshot"] == lesson
    assert "qr_secret" not in session
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", session["started_at"])
    assert read(place, teacher, session["id"]).json == {**session, "corrections": []}


def test_the_kiosk_shows_it(place, teacher):
    kiosk = place.kiosk()
    idle = kiosk.current()
    assert idle == {
        "active": False,
        "session_id": None,
        "discipline": None,
        "teacher_name": None,
        "rotate_seconds": 10,
        "attendance_count": 0,
    }
    session = place.start_session(teacher, kiosk, "Оптика")
    current = kiosk.current()
    assert (current["active"], current["session_id"], current["discipline"]) == (True, session["id"], "Оптика")
    assert current["teacher_name"] == teacher["full_name"] and re.fullmatch("[0-9a-f]{64}", current["qr_secret"])
    for secret in ({}, {"tablet_secret": "wrong"}):
        answer = place.traffic.get("/api/sessions/current", query={"device_id": kiosk.id, **secret})
        assert answer.json["session_id"] == session["id"] and "qr_secret" not in answer.json


@pytest.mark.parametrize(("device_id", "status"), [(NOBODY, 404), ("x", 404), (None, 422), ("", 422)])
def test_an_unknown_kiosk_shows_nothing(place, device_id, status):
    query = {} if device_id is None else {"device_id": device_id}
    assert place.traffic.get("/api/sessions/current", query=query).status == status


def test_a_new_session_ends_the_earlier_one(place, teacher, other):
    kiosk = place.kiosk()
    first = place.start_session(teacher, kiosk)
    second = place.start_session(other, kiosk)
    assert kiosk.current()["session_id"] == second["id"]
    assert not read(place, teacher, first["id"]).json["active"]
    assert read(place, other, second["id"]).json["active"]


def test_of_teachers_who_race_one_has_the_kiosk(place, teacher, other):
    kiosk = place.kiosk()
    body = {"tablet_id": kiosk.id, "discipline": "Физика"}
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: start(place, (teacher, other)[n % 2], body), range(40)))
    assert {answer.status for answer in answers} == {200}
    assert active_on(place, kiosk) == "1"
    database = place.traffic.database
    assert database.value(f"SELECT count(*) FROM sessions WHERE tablet_id = '{kiosk.id}'") == "40"
    assert database.value(f"SELECT count(*) FROM sessions WHERE tablet_id = '{kiosk.id}' AND ended_at < started_at") == "0"


def test_a_repeat_with_the_same_key_starts_nothing(place, teacher, problem_of):
    kiosk = place.kiosk()
    body = {"tablet_id": kiosk.id, "discipline": "Физика"}
    headers = {"Idempotency-Key": "start-1"}
    first = start(place, teacher, body, headers=headers)
    second = start(place, teacher, body, headers=headers)
    assert (first.status, second.status) == (200, 200) and first.json == second.json
    assert second.header("idempotent-replayed") == "true"
    other_body = {**body, "discipline": "Химия"}
    problem_of(start(place, teacher, other_body, headers=headers), 422, "idempotency_key_reused")


def test_a_kiosk_without_a_room_has_no_sessions(place, teacher, problem_of):
    kiosk = place.kiosk(registered=False)
    body = {"tablet_id": kiosk.id, "discipline": "Физика"}
    problem_of(start(place, teacher, body), 400, "tablet_not_registered")
    problem_of(start(place, teacher, {**body, "tablet_id": NOBODY}), 404, "tablet_not_found")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tablet_id", None),
        ("tablet_id", "x"),
        ("tablet_id", 5),
        ("discipline", None),
        ("discipline", "  "),
        ("discipline", "x" * 301),
        ("discipline", {}),
        ("schedule_snapshot", "x"),
        ("schedule_snapshot", [1]),
        ("schedule_snapshot", {"x": "y" * 70000}),
        ("schedule_snapshot", {"n": [1e308] * 9000}),  # small as sent, 2.8 MB as PostgreSQL writes it
    ],
)
def test_a_wrong_start_is_refused(place, teacher, problem_of, field, value):
    kiosk = place.kiosk()
    body = {"tablet_id": kiosk.id, "discipline": "Физика", field: value}
    problem = problem_of(start(place, teacher, body), 422, "validation_failed")
    assert [fault["field"] for fault in problem["errors"]] == [field]
    assert active_on(place, kiosk) == "0"


def test_what_is_no_json_is_refused(place, teacher, problem_of):
    path, headers = "/api/sessions/", {"Content-Type": "application/json"}
    problem_of(place.as_teacher(teacher, "POST", path, body=b"{", headers=headers), 400, "malformed_request")
    problem_of(place.as_teacher(teacher, "POST", path, body=b"{}"), 415, "unsupported_media_type")
    large = b'"' + b"x" * (1 << 20) + b'"'
    problem_of(place.as_teacher(teacher, "POST", path, body=large, headers=headers), 413, "content_too_large")


# --- read ---


def test_a_teacher_has_a_history(place):
    teacher = place.teacher("Новиков Новак Новакович")
    kiosk = place.kiosk()
    sessions = [place.start_session(teacher, kiosk, f"Предмет {number}") for number in range(5)]
    listed = place.as_teacher(teacher, "GET", "/api/sessions/", query={"page_size": 3})
    assert [item["id"] for item in listed.json["items"]] == [session["id"] for session in sessions[:1:-1]]
    assert (listed.json["total"], listed.json["total_pages"]) == (5, 2)
    rest = place.as_teacher(teacher, "GET", "/api/sessions", query={"page_size": 3, "page": 2}).json["items"]
    assert [item["id"] for item in rest] == [sessions[1]["id"], sessions[0]["id"]]
    assert [item["active"] for item in rest] == [False, False]
    behind = place.as_teacher(teacher, "GET", "/api/sessions", query={"page": 9}).json
    assert (behind["items"], behind["total"]) == ([], 5)


@pytest.mark.parametrize("query", [{"page": 0}, {"page_size": 201}])
def test_a_wrong_page_is_refused(place, teacher, problem_of, query):
    problem_of(place.as_teacher(teacher, "GET", "/api/sessions/", query=query), 422, "validation_failed")
    session = place.start_session(teacher, place.kiosk())
    answer = place.as_teacher(teacher, "GET", f"/api/sessions/{session['id']}/attendees", query=query)
    problem_of(answer, 422, "validation_failed")


def test_nobody_attends_yet(place, teacher):
    session = place.start_session(teacher, place.kiosk())
    expected = {"items": [], "total": 0, "page": 1, "page_size": 200, "total_pages": 0}
    assert read(place, teacher, session["id"], "/attendees").json == expected


# --- ended ---


def test_a_teacher_ends_a_session(place, teacher):
    kiosk = place.kiosk()
    session = place.start_session(teacher, kiosk)
    assert end(place, teacher, session["id"]).status == 204
    assert not kiosk.current()["active"]
    ended = read(place, teacher, session["id"]).json
    assert not ended["active"] and ended["ended_at"]
    assert end(place, teacher, session["id"]).status == 204
    assert read(place, teacher, session["id"]).json == ended


def test_a_session_whose_time_is_over_is_over_at_once(place, teacher):
    kiosk = place.kiosk()
    session = place.start_session(teacher, kiosk)
    with kiosk.events() as events:
        assert events.next()[1]["session"]["session_id"] == session["id"]
        place.traffic.database.run(f"UPDATE sessions SET ends_at = now() WHERE id = '{session['id']}'")
        assert not kiosk.current()["active"]
        assert not read(place, teacher, session["id"]).json["active"]
        assert events.until(lambda data: data["session"] is None)
    place.traffic.database.await_value(
        f"SELECT ended_at = ends_at FROM sessions WHERE id = '{session['id']}'", "t"
    )


# --- whose ---


@pytest.mark.parametrize(
    ("method", "what", "body"),
    [
        ("GET", "", None),
        ("GET", "/attendees", None),
        ("DELETE", "", None),
        ("POST", "/attendees", {"student_external_id": "s", "student_name": "Имя", "status": "present"}),
        ("PATCH", f"/attendees/{NOBODY}", {"status": "late"}),
        ("DELETE", f"/attendees/{NOBODY}", None),
    ],
)
def test_it_is_for_its_teacher_alone(place, teacher, other, problem_of, method, what, body):
    session = place.start_session(teacher, place.kiosk())
    options = {"json_body": body} if body else {}
    path = f"/api/sessions/{session['id']}{what}"
    problem_of(place.as_teacher(other, method, path, **options), 403, "session_of_other_teacher")
    problem_of(place.traffic.request(method, path, **options), 401, "unauthenticated")
    problem_of(place.as_admin(method, path, **options), 403, "forbidden")
    for unknown in (NOBODY, "x"):
        answer = place.as_teacher(teacher, method, f"/api/sessions/{unknown}{what}", **options)
        problem_of(answer, 404, "session_not_found")
    assert read(place, teacher, session["id"]).json["active"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/sessions/"), ("POST", "/api/sessions/"), ("GET", "/api/sessions/start-options")]
)
def test_only_teachers_have_sessions(place, problem_of, method, path):
    problem_of(place.traffic.request(method, path), 401, "unauthenticated")
    problem_of(place.as_admin(method, path), 403, "forbidden")


@pytest.mark.parametrize("change", ["is_active = false", "deleted_at = now()"])
def test_a_teacher_who_is_no_more_is_refused(place, problem_of, change):
    teacher = place.teacher()
    assert place.as_teacher(teacher, "GET", "/api/sessions/").status == 200
    place.traffic.database.run(f"UPDATE teachers SET {change} WHERE id = '{teacher['id']}'")
    problem_of(place.as_teacher(teacher, "GET", "/api/sessions/"), 401, "unauthenticated")


def test_what_was_done_is_in_the_audit_trail(place, teacher):
    session = place.start_session(teacher, place.kiosk())
    end(place, teacher, session["id"])
    rows = place.traffic.database.run(f"SELECT event, actor FROM audit WHERE target = '{session['id']}' ORDER BY id")
    assert [row[0] for row in rows] == ["session_started", "session_ended"]
    assert len({row[1] for row in rows}) == 1
