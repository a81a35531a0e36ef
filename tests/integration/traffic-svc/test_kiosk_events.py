# SPDX-License-Identifier: MIT
"""Kiosks follow their state; administrators see who is online; across replicas."""

import concurrent.futures
import datetime

import pytest

import traffic
from poly_process import wait_until

STATUSES = "/api/tablets/stream/statuses"


@pytest.fixture(scope="module")
def replica(place):
    """A second traffic-svc on the same database."""
    settings = place.traffic.environment
    with traffic.Traffic(place.traffic.database, environment=settings) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def teacher(place):
    return place.teacher()


def mark(place, session_id, kiosk, tokens):
    code = kiosk.code()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda token: place.attend(session_id, code, token), tokens))
    assert {answer.json["status"] for answer in answers} == {"ok"}


def listed(place, kiosk):
    [item] = place.as_admin("GET", "/api/tablets/", query={"search": kiosk.display_pin}).json["items"]
    return item


# --- what a kiosk sees ---


def test_a_kiosk_gets_its_state_at_once(place):
    kiosk = place.kiosk(registered=False)
    with kiosk.events() as events:
        assert events.status == 200
        name, data = events.next()
    assert name == "tablet" and set(data) == {"tablet", "session", "server_time"}
    assert (data["tablet"]["id"], data["tablet"]["reg_pin"]) == (kiosk.id, kiosk.reg_pin)
    assert data["session"] is None
    at = datetime.datetime.fromisoformat(data["server_time"].replace("Z", "+00:00"))
    assert abs((datetime.datetime.now(datetime.timezone.utc) - at).total_seconds()) < 5


def test_a_kiosk_follows_what_happens(place, teacher):
    kiosk = place.kiosk(registered=False)
    with kiosk.events() as events:
        events.next()
        place.register(kiosk)
        assert events.until(lambda data: data["tablet"]["registered"])["tablet"]["room_name"] == "Ауд. 237"
        session = place.start_session(teacher, kiosk, "Механика")
        shown = events.until(lambda data: data["session"])["session"]
        assert (shown["session_id"], shown["discipline"], shown["attendance_count"]) == (session["id"], "Механика", 0)
        assert kiosk.code() == traffic.qr_code(session["id"], shown["qr_secret"], shown["rotate_seconds"])
        mark(place, session["id"], kiosk, place.launch_tokens(12))
        events.until(lambda data: data["session"]["attendance_count"] == 12)
        place.as_teacher(teacher, "DELETE", f"/api/sessions/{session['id']}")
        events.until(lambda data: data["session"] is None)


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_without_its_secret_nobody_sees_secrets(place, teacher, secret):
    kiosk = place.kiosk(registered=False)
    with kiosk.events(secret=secret) as events:
        assert "reg_pin" not in events.next()[1]["tablet"]
        place.register(kiosk)
        place.start_session(teacher, kiosk)
        shown = events.until(lambda data: data["session"])
        assert "qr_secret" not in shown["session"]
        assert not listed(place, kiosk)["online"]


def test_what_happens_at_one_replica_is_seen_at_the_other(place, replica, teacher):
    kiosk = place.kiosk()
    with kiosk.events(replica) as events:
        assert events.next()[1]["session"] is None
        session = place.start_session(teacher, kiosk)
        events.until(lambda data: data["session"] and data["session"]["session_id"] == session["id"])
        mark(place, session["id"], kiosk, place.launch_tokens(3))
        events.until(lambda data: data["session"]["attendance_count"] == 3)
        assert kiosk.current(replica)["attendance_count"] == 3


def test_a_deleted_kiosks_stream_ends(place):
    kiosk = place.kiosk()
    with kiosk.events() as events:
        events.next()
        assert place.as_admin("DELETE", f"/api/tablets/{kiosk.id}").status == 204
        while events.next() is not None:
            pass  # its registration may be told once more before
    assert place.traffic.get(f"/api/tablets/{kiosk.id}/events").status == 404


def test_head_is_answered_and_nobody_is_online_for_it(place):
    kiosk = place.kiosk()
    path = f"/api/tablets/{kiosk.id}/events?tablet_secret={kiosk.secret}"
    answer = place.traffic.request("HEAD", path)
    assert answer.status == 200 and answer.header("content-type").startswith("text/event-stream")
    assert not listed(place, kiosk)["online"]


# --- who is online ---


def is_online(data, kiosk):
    return {status["tablet_id"]: status["online"] for status in data["statuses"]}[kiosk.id]


def age(place, kiosk, seconds):
    """As if the kiosk, or the replica that it was at, had been gone for so much longer."""
    place.traffic.database.run(
        f"UPDATE kiosk_presence SET left_at = left_at - interval '{seconds} s' WHERE tablet_id = '{kiosk.id}'"
    )


def test_administrators_see_who_comes_and_goes(place, replica):
    kiosk = place.kiosk()
    path = {"Authorization": f"Bearer {place.admin()}"}
    with traffic.EventStream(replica, STATUSES, path) as statuses:
        name, data = statuses.next()
        assert name == "statuses" and not is_online(data, kiosk)
        with kiosk.events() as events:
            events.next()
            assert listed(place, kiosk)["online"]
            statuses.until(lambda data: is_online(data, kiosk))
        left = f"SELECT count(*) FROM kiosk_presence WHERE tablet_id = '{kiosk.id}' AND left_at IS NOT NULL"
        place.traffic.database.await_value(left, "1")
        assert listed(place, kiosk)["online"]
        age(place, kiosk, 19)
        assert listed(place, kiosk)["online"]
        age(place, kiosk, 1)
        statuses.until(lambda data: not is_online(data, kiosk))
        assert not listed(place, kiosk)["online"]


def test_a_kiosk_is_online_once_however_many_streams_it_has(place, replica):
    kiosk = place.kiosk()
    database = place.traffic.database
    here = f"SELECT count(*) FROM kiosk_presence WHERE tablet_id = '{kiosk.id}' AND left_at IS NULL"
    with kiosk.events() as first, kiosk.events() as second, kiosk.events(replica) as third:
        for events in (first, second, third):
            events.next()
        database.await_value(here, "2")
        first.close()
        third.close()
        database.await_value(here, "1")
        age(place, kiosk, 30)
        assert listed(place, kiosk)["online"]
    database.await_value(here, "0")


def test_the_kiosks_of_a_dead_replica_are_offline_after_the_grace(place):
    kiosk = place.kiosk()
    database = place.traffic.database
    doomed = traffic.Traffic(database, environment=place.traffic.environment).start()
    events = kiosk.events(doomed)
    try:
        events.next()
        database.await_value(f"SELECT count(*) FROM kiosk_presence WHERE tablet_id = '{kiosk.id}'", "1")
        wait_until(lambda: listed(place, kiosk)["online"], 5, "the kiosk to be online")
    finally:
        doomed.kill()
        events.close()
    assert listed(place, kiosk)["online"]
    database.run(
        "UPDATE replicas SET seen_at = seen_at - interval '20 s' WHERE id IN"
        f" (SELECT replica_id FROM kiosk_presence WHERE tablet_id = '{kiosk.id}')"
    )
    assert not listed(place, kiosk)["online"]


def test_a_kiosk_that_stays_costs_no_writes(place):
    kiosk = place.kiosk()
    database = place.traffic.database
    with kiosk.events() as events:
        events.next()
        row = f"SELECT xmin::text FROM kiosk_presence WHERE tablet_id = '{kiosk.id}'"
        wait_until(lambda: database.run(row), 5, "the kiosk to be noted")
        before = database.value(row)
        seen = database.value("SELECT max(seen_at) FROM replicas")
        wait_until(lambda: database.value("SELECT max(seen_at) FROM replicas") != seen, 10, "a heartbeat")
        assert database.value(row) == before
