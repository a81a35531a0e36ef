# SPDX-License-Identifier: MIT
"""traffic-svc when PostgreSQL crashes or freezes, or a listener is cut off: no mark is lost, no kiosk left behind."""

import itertools
import time

import pytest

import crowd
import poly_http
import traffic
from poly_process import PATIENCE, wait_until

UNKNOWN = (503, 504)
LISTENERS = "pid <> pg_backend_pid() AND datname = current_database() AND query LIKE '%LISTEN \"tablet_changes\"%'"


class Lesson:
    """A session that runs on a kiosk, and a claim by which anyone can be marked while the database is away."""

    def __init__(self, place, students):
        self.place = place
        self.teacher = place.teacher()
        self.kiosk = place.kiosk()
        self.id = place.start_session(self.teacher, self.kiosk)["id"]
        self.path = f"/api/sessions/{self.id}"
        self.tokens = place.launch_tokens(students)
        body = {"qr_token": self.kiosk.code()}
        self.claim = place.traffic.request("POST", self.path + "/claims", json_body=body).json["claim"]

    def mark(self, number, daemon=None):
        """(status, what the answer says) of student `number`'s mark; (None, None) when the connection broke."""
        body = {"claim": self.claim, "launch_token": self.tokens[number]}
        try:
            answer = (daemon or self.place.traffic).request("POST", self.path + "/attend", json_body=body)
        except (OSError, poly_http.Broken):
            return None, None
        return answer.status, answer.json.get("status")

    def stored(self):
        """How often each student is in the database."""
        rows = self.place.traffic.database.run(
            f"SELECT student_external_id FROM attendance WHERE session_id = '{self.id}'"
        )
        return sorted(student for (student,) in rows)

    def count(self):
        return int(self.place.traffic.database.value(f"SELECT attendance_count FROM sessions WHERE id = '{self.id}'"))


class Marking(crowd.Load):
    """Marks one student after the other; `seen` is {number: (status, outcome)}."""

    def __init__(self, lesson, threads=4):
        self.seen = {}
        self._numbers = itertools.count()
        self._lesson = lesson
        super().__init__(self._next, threads)

    def _next(self):
        number = next(self._numbers)
        self.seen[number] = self._lesson.mark(number)
        if self.seen[number][0] in UNKNOWN:
            time.sleep(0.05)

    def of(self, *statuses):
        return [number for number, (status, _) in list(self.seen.items()) if status in statuses]


@pytest.mark.fault(2)
def test_marks_that_were_acknowledged_survive_a_crash_and_the_rest_can_be_repeated(traffic_place, postgres):
    lesson = Lesson(traffic_place, 20000)
    with Marking(lesson) as load:
        wait_until(lambda: len(load.of(200)) > 50, 20, "some marks")
        postgres.crash()
        wait_until(lambda: load.of(*UNKNOWN), 10, "a refusal")
        before = len(load.of(200))
        postgres.restart()
        began = time.monotonic()
        wait_until(lambda: len(load.of(200)) > before, 10, "marks again")
        recovered = time.monotonic() - began
    assert not load.faults
    assert recovered < 5 * PATIENCE
    assert {status for status, _ in load.seen.values()} <= {200, *UNKNOWN}
    assert {outcome for status, outcome in load.seen.values() if status == 200} == {"ok"}
    assert {f"stud{number}" for number in load.of(200)} <= set(lesson.stored())
    for number in load.of(*UNKNOWN):
        assert lesson.mark(number)[0] == 200
    assert lesson.stored() == sorted(f"stud{number}" for number in load.seen)
    assert lesson.count() == len(load.seen)
    assert lesson.kiosk.current()["attendance_count"] == len(load.seen)


@pytest.mark.fault(2)
def test_a_kiosk_follows_again_after_a_crash(traffic_place, postgres):
    lesson = Lesson(traffic_place, 2)
    with lesson.kiosk.events() as events:
        events.until(lambda data: data["session"])
        postgres.crash()
        assert lesson.mark(0)[0] in UNKNOWN
        postgres.restart()
        wait_until(lambda: lesson.mark(0)[0] == 200, 10, "a mark again")
        events.until(lambda data: data["session"]["attendance_count"] == 1)
    teacher = lesson.teacher
    with lesson.kiosk.events() as events:
        events.next()
        traffic_place.as_teacher(teacher, "DELETE", lesson.path)
        events.until(lambda data: data["session"] is None)


@pytest.mark.fault(4)
def test_a_frozen_database_is_waited_for_no_longer_than_the_deadline(traffic_place, postgres):
    place = traffic_place
    lesson = Lesson(place, 8)
    daemon = place.traffic
    postgres.freeze()
    try:
        began = time.monotonic()
        asked = crowd.together(8, lambda number: lesson.mark(number)[0])
        assert time.monotonic() - began < 12 * PATIENCE
        assert set(asked) <= set(UNKNOWN)
        assert daemon.get("/healthz").status == 200
        launch = {"token": lesson.tokens[0]}
        assert daemon.request("POST", "/api/auth/verify-launch", json_body=launch).status == 200
        not_ready = daemon.get("/readyz")
        assert not_ready.status == 503 and not_ready.json["checks"]["database"]["status"] != "ok"
    finally:
        postgres.thaw()
    wait_until(lambda: daemon.get("/readyz").status == 200, 10, "traffic-svc to be ready again")
    assert [lesson.mark(number)[0] for number in range(8)] == [200] * 8
    assert lesson.count() == 8


# --- a listener that is cut off ---


@pytest.fixture
def replica(traffic_place, start):
    first = traffic_place.traffic
    return start(traffic.Traffic(first.database, environment=first.environment))


def cut_listeners(database):
    database.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {LISTENERS}")


@pytest.mark.fault(8)
def test_no_change_is_lost_with_a_listener(traffic_place, replica):
    """What happens at one replica while the other's listener is away reaches the kiosks there all the same."""
    lesson = Lesson(traffic_place, 60)
    database = traffic_place.traffic.database
    database.await_value(f"SELECT count(*) FROM pg_stat_activity WHERE {LISTENERS}", "2")
    with lesson.kiosk.events(replica) as events:
        events.until(lambda data: data["session"])
        for number in range(60):
            if number % 10 == 0:
                cut_listeners(database)
            assert lesson.mark(number) == (200, "ok")
            if number % 20 == 19:  # not one of the later changes is needed to see this one
                events.until(lambda data: data["session"]["attendance_count"] == number + 1)
    database.await_value(f"SELECT count(*) FROM pg_stat_activity WHERE {LISTENERS}", "2")


@pytest.mark.fault(8)
def test_a_change_that_commits_late_is_seen_though_later_ones_came_first(traffic_place):
    """Changes have numbers in the order of their beginning, and become visible in that of their commits."""
    place = traffic_place
    early, late = Lesson(place, 1), Lesson(place, 1)
    database = place.traffic.database
    slow = (
        "BEGIN; UPDATE sessions SET attendance_count = 77 WHERE id = '{0.id}';"
        " INSERT INTO tablet_changes (tablet_id) VALUES ('{0.kiosk.id}'); SELECT pg_sleep(2.5); COMMIT"
    ).format(late)
    with late.kiosk.events() as events, crowd.Load(lambda: database.run(slow), threads=1):
        events.until(lambda data: data["session"])
        sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2.5)%' AND wait_event = 'PgSleep'"
        database.await_value(sleeping, "1")
        with early.kiosk.events() as others:
            others.next()
            assert early.mark(0) == (200, "ok")
            others.until(lambda data: data["session"]["attendance_count"] == 1)
        assert database.value(sleeping) == "1", "the slow one has to commit last"
        events.until(lambda data: data["session"]["attendance_count"] == 77)


RESTORED = """
CREATE FUNCTION public.pg_snapshot_xmin(pg_snapshot) RETURNS xid8 LANGUAGE sql AS $$ SELECT '5'::xid8 $$;
ALTER DATABASE {name} SET search_path = public, pg_catalog;
"""


@pytest.mark.fault(8)
def test_after_a_restore_every_kiosk_is_told_anew(traffic_place, replica):
    """Transactions begin at lower numbers then, and changes from before it do not say what is so now."""
    lesson = Lesson(traffic_place, 1)
    database = traffic_place.traffic.database
    with lesson.kiosk.events(replica) as events:
        events.until(lambda data: data["session"])
        database.run(f"UPDATE sessions SET attendance_count = 33 WHERE id = '{lesson.id}'")
        database.run("DELETE FROM tablet_changes")
        database.run(RESTORED.format(name=database.name))
        database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'traffic-svc'")
        events.until(lambda data: data["session"]["attendance_count"] == 33)


@pytest.mark.fault(13)
def test_a_kiosk_that_was_offline_shows_what_is_so_within_two_seconds(traffic_place):
    lesson = Lesson(traffic_place, 5)
    with lesson.kiosk.events() as events:
        events.until(lambda data: data["session"])
    for number in range(5):
        lesson.mark(number)
    began = time.monotonic()
    with lesson.kiosk.events() as events:
        assert events.next()[1]["session"]["attendance_count"] == 5
    assert time.monotonic() - began < 2 * PATIENCE
    traffic_place.as_teacher(lesson.teacher, "DELETE", lesson.path)
    with lesson.kiosk.events() as events:
        assert events.next()[1]["session"] is None


@pytest.mark.fault(2)
def test_teachers_who_race_through_a_crash_leave_one_session(traffic_place, postgres):
    place = traffic_place
    kiosk = place.kiosk()
    teachers = [place.teacher(), place.teacher()]
    turns = itertools.count()

    def start():
        body = {"tablet_id": kiosk.id, "discipline": "Физика"}
        return place.as_teacher(teachers[next(turns) % 2], "POST", "/api/sessions/", json_body=body).status

    with crowd.Load(start, threads=8) as load:
        wait_until(lambda: load.answers.count(200) > 30, 20, "some sessions")
        postgres.crash()
        wait_until(lambda: set(load.answers) & set(UNKNOWN), 10, "a refusal")
        before = load.answers.count(200)
        postgres.restart()
        wait_until(lambda: load.answers.count(200) > before + 10, 10, "sessions again")
    assert set(load.answers) <= {200, *UNKNOWN}
    database = place.traffic.database
    active = f"SELECT count(*) FROM sessions WHERE tablet_id = '{kiosk.id}' AND ended_at IS NULL"
    assert database.value(active) == "1"
    assert int(database.value("SELECT count(*) FROM sessions")) >= load.answers.count(200)
