# SPDX-License-Identifier: MIT
"""Requests that traffic-svc must survive: clients that vanish after they asked, or while they wait."""

import json
import socket
import struct
import uuid

import pytest

import crowd
import traffic
from poly_process import BUILD, INSTRUMENTED, wait_until
from test_sso_database import start_session
from test_traffic_database import Lesson

SANITIZED = BUILD / "address-undefined/bin/traffic-svc"


def leave(connection):
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def send(connection, method, path, headers, body):
    """A request whose answer nobody reads yet."""
    data = json.dumps(body).encode()
    fields = {"Host": "test", "Content-Type": "application/json", "Content-Length": len(data), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    connection.send(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + data)


# --- clients that vanish ---


@pytest.mark.fault(12)
def test_a_student_who_vanishes_is_marked_once(traffic_place):
    lesson = Lesson(traffic_place, 1)
    daemon = traffic_place.traffic
    body = {"claim": lesson.claim, "launch_token": lesson.tokens[0]}
    for _ in range(20):
        with daemon.connect() as connection:
            send(connection, "POST", lesson.path + "/attend", {}, body)
            leave(connection)
    assert lesson.mark(0)[0] == 200
    assert lesson.stored() == ["stud0"] and lesson.count() == 1


@pytest.mark.fault(12)
def test_a_session_is_started_once_under_its_key(traffic_place):
    """The teacher does not know whether it was: so the page asks again."""
    place = traffic_place
    teacher, kiosk = place.teacher(), place.kiosk()
    headers = {**traffic.bearer(teacher["token"]), "Idempotency-Key": str(uuid.uuid4())}
    body = {"tablet_id": kiosk.id, "discipline": "Физика"}
    for _ in range(20):
        with place.traffic.connect() as connection:
            send(connection, "POST", "/api/sessions", headers, body)
            leave(connection)
    answer = place.traffic.request("POST", "/api/sessions", headers=headers, json_body=body)
    assert answer.status == 200
    assert kiosk.current()["session_id"] == answer.json["id"]
    database = place.traffic.database
    assert database.value("SELECT count(*) FROM sessions") == "1"
    assert database.value("SELECT count(*) FROM audit WHERE event = 'session_started'") == "1"


@pytest.mark.fault(12)
def test_five_hundred_copies_of_a_mark_at_once_count_once(traffic_place):
    lesson = Lesson(traffic_place, 1)
    outcomes = []
    for _ in range(5):
        outcomes += crowd.together(100, lambda _: lesson.mark(0))
    assert {status for status, _ in outcomes} == {200}
    assert [outcome for _, outcome in outcomes].count("ok") == 1
    assert lesson.stored() == ["stud0"] and lesson.count() == 1


# --- clients that leave while the database is slow ---


@pytest.fixture(params=["as it is", "sanitized"])
def held_place(request, start_traffic_place):
    place = start_traffic_place(WORKERS=1)
    if request.param == "sanitized":
        if INSTRUMENTED or not SANITIZED.exists():
            pytest.skip("there is no second build; make SANITIZE=address,undefined makes it")
        place.traffic.stop()
        place.traffic.name = str(SANITIZED)
        place.traffic.start()
    return place


def hold(postgres, database, lesson):
    """A psql that keeps the session's row locked until it is killed."""
    session = start_session(postgres, database)
    session.stdin.write(f"BEGIN; UPDATE sessions SET discipline = discipline WHERE id = '{lesson.id}';\n".encode())
    session.stdin.flush()
    locks = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
    database.await_value(locks, "1")
    return session


@pytest.mark.fault(16)
def test_students_who_leave_while_the_database_is_slow_hold_no_place(held_place, postgres):
    daemon = held_place.traffic
    lesson = Lesson(held_place, 60)
    holder = hold(postgres, daemon.database, lesson)
    try:
        for _ in range(3):
            leavers = [daemon.connect() for _ in range(50)]
            for number, connection in enumerate(leavers):
                body = {"claim": lesson.claim, "launch_token": lesson.tokens[number]}
                send(connection, "POST", lesson.path + "/attend", {}, body)
            wait_until(lambda: daemon.metric("http_connections") > 50, 10, "their requests to wait")
            for connection in leavers:
                leave(connection)
            wait_until(lambda: daemon.metric("http_connections") <= 2, 10, "their places to be free")
        assert daemon.get(f"/api/tablets/{lesson.kiosk.id}").status == 200
    finally:
        holder.kill()
        holder.wait()
    wait_until(lambda: lesson.mark(55) == (200, "ok"), 10, "a mark again")
    assert lesson.count() == len(lesson.stored())


@pytest.mark.fault(16)
def test_kiosks_that_come_and_go_leave_nothing_behind(held_place):
    daemon = held_place.traffic
    kiosk = held_place.kiosk()
    path = f"/api/tablets/{kiosk.id}/events?tablet_secret={kiosk.secret}"
    for _ in range(5):
        leavers = [daemon.connect() for _ in range(50)]
        for connection in leavers:
            connection.send(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")
        for connection in leavers[:25]:
            leave(connection)
        for connection in leavers[25:]:
            assert connection.socket.recv(1000)
            leave(connection)
    wait_until(lambda: daemon.metric("traffic_kiosks") == 0, 20, "the kiosks to be gone")
    wait_until(lambda: daemon.metric("http_connections") <= 2, 20, "their connections to be gone")
    assert daemon.metric("poly_sse_subscribers", hub="kiosks") == 0
    left = f"SELECT left_at IS NOT NULL FROM kiosk_presence WHERE tablet_id = '{kiosk.id}'"
    daemon.database.await_value(left, "t")


# --- hostile JSON, on every route that takes a body ---

NOBODY = "00000000-0000-4000-8000-000000000000"
BODIES = [
    ("POST", "/api/auth/verify-launch", None),
    ("POST", f"/api/sessions/{NOBODY}/attend", None),
    ("POST", f"/api/sessions/{NOBODY}/claims", None),
    ("POST", f"/api/tablets/{NOBODY}/register", "admin"),
    ("POST", "/api/sessions", "teacher"),
    ("POST", f"/api/sessions/{NOBODY}/attendees", "teacher"),
    ("PATCH", f"/api/sessions/{NOBODY}/attendees/{NOBODY}", "teacher"),
    ("POST", "/api/teachers", "admin"),
    ("POST", "/api/auth/telegram-login", None),
]
HOSTILE = [
    b"[" * 100000,
    b'{"a":' * 50000,
    b'{"token":1,"token":2}',
    b'{"token":"\xff"}',
    b'{"token":"\\ud800"}',
    b'{"token":"\\u0000"}',
    b'{"token":NaN}',
    b'{"token":1e999}',
    b"",
    b"\0",
]


@pytest.mark.fault(18)
def test_hostile_json_is_refused_everywhere(traffic_place):
    place = traffic_place
    tokens = {None: {}, "admin": traffic.bearer(place.admin()), "teacher": traffic.bearer(place.teacher()["token"])}
    for method, path, who in BODIES:
        headers = {"Content-Type": "application/json", **tokens[who]}
        for body in HOSTILE:
            answer = place.traffic.request(method, path, headers=headers, body=body)
            assert answer.status == 400, (path, body[:40], answer)
            assert answer.json["detail"]
        large = b'"' + b"x" * (2 << 20) + b'"'
        assert place.traffic.request(method, path, headers=headers, body=large).status == 413
    assert place.traffic.get("/healthz").status == 200


