# SPDX-License-Identifier: MIT
"""The teacher sync from RUZ to sso-svc's users, started at sso-svc: every daemon is the real one."""

import time

import pytest

import poly_process
import sso
import traffic
from poly_process import PATIENCE, wait_until

STATUS = ("GET", "/api/integrations/traffic/teacher-sync/status")
RUN = ("POST", "/api/integrations/traffic/teacher-sync/run")
PAIRS = "SELECT {}, ruz_teacher_id, full_name FROM {} WHERE ruz_teacher_id IS NOT NULL ORDER BY ruz_teacher_id"


class Way:
    """RUZ, schedule-svc, traffic-svc and sso-svc."""

    def __init__(self, campus, schedule_svc, sso_svc, traffic_svc):
        self.campus = campus
        self.schedule = schedule_svc
        self.sso = sso_svc
        self.traffic = traffic_svc

    def status(self):
        answer = self.sso.as_admin(*STATUS)
        assert answer.status == 200, answer
        return answer.json

    def sync(self):
        """(seconds, status at the end)."""
        began = time.monotonic()
        answer = self.sso.as_admin(*RUN)
        assert answer.status == 202, answer
        wait_until(lambda: not self.status()["running"], 30, "the sync to end")
        return time.monotonic() - began, self.status()

    def lists(self, teachers):
        """RUZ does from now on, and schedule-svc has seen it."""
        self.campus.override("/teachers", {"teachers": teachers})

        def names_of(entries):
            return {entry["id"]: entry["full_name"].split() for entry in entries}

        def is_seen():
            return names_of(self.schedule.get("/api/schedule/teachers").json["teachers"]) == names_of(teachers)

        wait_until(is_seen, 10, "schedule-svc to see the list")

    def await_failure(self):
        wait_until(lambda: self.schedule.get("/api/schedule/teachers").status >= 500, 10, "schedule-svc to notice")

    def check_both_sides(self):
        ours = self.traffic.database.run(PAIRS.format("id", "teachers"))
        theirs = self.sso.database.run(PAIRS.format("entity_id", "users"))
        assert ours == theirs
        return len(ours)


@pytest.fixture
def way(start, start_schedule_svc, campus_sim, postgres, tmp_path):
    databases = [postgres.new_database() for _ in range(2)]
    port = poly_process.free_port()
    schedule_svc = start_schedule_svc(
        campus_sim, CACHE_TEACHERS_SECONDS=1, CACHE_STALE_SECONDS=0, CACHE_STALE_IF_ERROR_SECONDS=0
    )
    environment = {"TRAFFIC_API_URL": f"http://{poly_process.LOOPBACK}:{port}"}
    sso_svc = start(sso.Sso(databases[0], tmp_path / "sso-keys", environment).migrate())
    traffic_svc = traffic.Traffic(databases[1], sso_svc.url, schedule_url=schedule_svc.url, port=port).migrate()
    yield Way(campus_sim, schedule_svc, sso_svc, start(traffic_svc))
    postgres.mend()
    for database in databases:
        database.drop()


def teachers_of(campus):
    return campus.ruz("/teachers")["teachers"]


def is_mark(name):
    return any(word in name.lower() for word in ("удалить", "гэк", "вакансия", "преподаватель", "кафедра")) or name == "-"


def test_all_of_ruz(way):
    """4,000 new ones, then nothing new, then 40 new names; and their times, which the bench takes exactly."""
    listed = teachers_of(way.campus)
    people = [teacher for teacher in listed if not is_mark(teacher["full_name"])]
    took, end = way.sync()
    assert end["last_error"] is None, end
    assert end["last_stats"]["fetched"] == len(listed)
    assert end["last_stats"]["created_local"] == end["last_stats"]["created_or_linked_sso"] == len(people)
    assert way.check_both_sides() == len(people) > 3900
    print(f"new: {took:.2f} s")
    assert took < 20 * PATIENCE

    took, end = way.sync()
    assert end["last_stats"]["updated_local"] == end["last_stats"]["created_or_linked_sso"] == 0
    print(f"unchanged: {took:.2f} s")
    assert took < 6 * PATIENCE

    for teacher in people[:40]:
        teacher["full_name"] = teacher["full_name"].replace(" ", "-Новый ", 1)
    way.lists(listed)
    took, end = way.sync()
    assert end["last_stats"]["updated_local"] == end["last_stats"]["created_or_linked_sso"] == 40
    print(f"40 changed: {took:.2f} s")
    way.check_both_sides()
    assert took < 6 * PATIENCE


@pytest.mark.parametrize("mode", ["truncated", "html", "wrong_schema", "error", "reset"])
def test_ruz_is_wrong(way, mode):
    """Whatever RUZ sends, nobody is lost by it."""
    few = [teacher for teacher in teachers_of(way.campus) if not is_mark(teacher["full_name"])][:30]
    way.lists(few)
    assert way.sync()[1]["last_stats"]["created_local"] == 30
    way.campus.clear_overrides()
    way.campus.fault("/teachers", mode=mode)
    way.await_failure()
    _, end = way.sync()
    assert end["last_error"].startswith("Список преподавателей"), end
    assert way.check_both_sides() == 30
    assert way.traffic.database.value("SELECT count(*) FROM teachers WHERE is_active AND missing_since IS NULL") == "30"


def test_it_runs_by_itself(way, start):
    """On the timer, from the first start on."""
    few = [teacher for teacher in teachers_of(way.campus) if not is_mark(teacher["full_name"])][:30]
    way.lists(few)
    way.traffic.stop()
    way.traffic.environment.update(TRAFFIC_TEACHER_SYNC_ENABLED="true", TRAFFIC_TEACHER_SYNC_INTERVAL_SECONDS=60)
    way.traffic.start()
    wait_until(lambda: way.status()["last_success_at"], 20, "the first sync")
    end = way.status()
    assert (end["last_source"], end["enabled"], end["interval_seconds"]) == ("timer", True, 60)
    assert way.check_both_sides() == 30
    way.traffic.database.run("UPDATE sync_state SET last_started_at = last_started_at - interval '60 seconds'")
    wait_until(lambda: way.status()["runs_total"] == 2, 20, "the second sync")
