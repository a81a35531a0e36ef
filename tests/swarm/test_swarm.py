# SPDX-License-Identifier: MIT
"""Two replicas of each daemon, and two PostgreSQL servers: what users notice of updates and failures is nothing."""

import json
import threading
import time

import pytest

import crowd
import poly_http
import smoke
import university
from poly_process import wait_until
from stack import DAEMONS, short


def test_the_smoke_scripts_pass(swarm):
    smoke.check_all({daemon: swarm.url(daemon) for daemon in DAEMONS}, swarm.secret("sso-admin"))


@pytest.mark.parametrize("daemon", DAEMONS)
def test_both_replicas_get_requests(swarm, people, daemon):
    replicas = swarm.containers(daemon)
    assert len(replicas) == 2
    mark = people.name("balanced")

    def both_have_logged():
        poly_http.get(f"{swarm.front}/{short(daemon)}/api/nothing", headers={"X-Request-ID": mark})
        return all(mark in swarm.engine.docker("logs", "--tail=50", replica) for replica in replicas)

    wait_until(both_have_logged, 20, "both to have logged a request")


def test_a_sync_runs_once_however_many_ask_for_it(swarm, people):
    """Of those who ask both replicas at once one starts it; the others hear that it runs, or start one that is over fast."""
    admin = people.app_admin("traffic")

    def status():
        return people.ask("GET", "traffic", "/api/teachers/sync/status", admin).json

    wait_until(lambda: not status()["running"], 60, "the first sync to end")
    before = status()
    answers = crowd.together(
        12, lambda _: people.ask("POST", "traffic", "/api/teachers/sync/run", admin, expect=(202, 409)).status
    )
    wait_until(lambda: not status()["running"], 60, "the sync to end")
    most = answers.count(202)
    after = status()
    assert 1 <= most < 12
    assert after["runs_total"] - before["runs_total"] == most
    assert after["runs_failed"] == before["runs_failed"]  # one may have met daemons that were still starting
    lines = [
        json.loads(line)
        for container in swarm.containers("traffic-svc")
        for line in swarm.engine.docker("logs", container).splitlines()
        if '"teachers synced"' in line
    ]
    assert sum(line["created"] for line in lines) == after["last_stats"]["fetched"] - after["last_stats"]["skipped"]


# --- rolling updates ---


class Visitors(crowd.Load):
    """Each round asks every daemon through the front, reading and writing; any answer but the right one is a fault."""

    def __init__(self, people, threads=3):
        self.people = people
        self.rounds = 0
        self._manager = people.app_admin("services")
        self._student = people.student()
        super().__init__(self._round, threads)

    def _round(self):
        people = self.people
        session = people.login("admin", people._admin_password)
        people.ask("POST", "sso", "/api/auth/refresh", json_body={"refresh_token": session["refresh_token"]})
        people.ask("GET", "main", "/api/schedule", self._student)
        people.ask("GET", "schedule", "/api/schedule/faculties")
        people.ask("POST", "services", "/api/departments/", self._manager, json_body={"name": people.name("Отдел")})
        people.ask("GET", "services", "/api/departments/?page=1")
        people.ask("POST", "traffic", "/api/auth/verify-launch", json_body={"token": people.launch(self._student, "traffic")})
        self.rounds += 1


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_rolling_update_fails_no_request(swarm, people, daemon):
    before = set(swarm.containers(daemon))
    with Visitors(people) as visitors:
        wait_until(lambda: visitors.rounds > 5, 30, "the visitors to be busy")
        swarm.update(daemon)
        enough = visitors.rounds + 5
        wait_until(lambda: visitors.rounds > enough, 30, "the visitors to go on")
    assert not visitors.faults, (len(visitors.faults), visitors.rounds, visitors.faults[:3])
    wait_until(lambda: swarm.running(daemon) == "2/2" and len(swarm.containers(daemon)) == 2, 30, "two replicas again")
    assert not before & set(swarm.containers(daemon))


class Follower:
    """Follows an application's events, whoever ends the stream: from Last-Event-ID on."""

    def __init__(self, people, application, session):
        self.events = []
        self.connections = 0
        self._people = people
        self._path = f"/api/applications/{application}/events"
        self._session = session
        self._last = None
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def _follow(self):
        while not self._ends.is_set():
            headers = {**self._session, **({"Last-Event-ID": self._last} if self._last else {})}
            try:
                with university.EventStream(self._people.url("services", self._path), headers, timeout=5) as events:
                    self.connections += 1
                    while not self._ends.is_set():
                        self._take(*events.next())
            except (OSError, EOFError, AssertionError):
                time.sleep(0.1)

    def _take(self, identity, _, data):
        self._last = identity or self._last
        self.events.append((identity, json.dumps(data, ensure_ascii=False)))

    def changes(self):
        """Those that it was told of, the same one twice not counted."""
        return len({identity for identity, text in self.events if '"in_progress"' in text or '"completed"' in text})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join(10)


def test_event_streams_come_back_and_miss_nothing(swarm, people):
    department, staff = people.department(people.app_admin("services"))
    service = people.service(staff, department)
    session = people.services_session(people.student("student5"))
    application = people.apply(session, service)["id"]
    path = f"/api/applications/{application}/status"
    with Follower(people, application, session) as follower:
        wait_until(lambda: follower.events, 20, "the stream's beginning")
        updating = threading.Thread(target=swarm.update, args=("services-svc",))
        updating.start()
        steps = 0
        while updating.is_alive():
            people.ask("PATCH", "services", path, staff, json_body={"status": ("in_progress", "completed")[steps % 2]})
            steps += 1
            time.sleep(0.2)
        updating.join()
        wait_until(lambda: follower.connections > 1, 30, "the stream to be opened again")
        history = people.ask("GET", "services", f"/api/applications/{application}", headers=session).json["history"]
        assert len(history) >= steps
        wait_until(lambda: follower.changes() >= steps, 30, f"{steps} changes to be told of")


# --- PostgreSQL ---


def is_standby(swarm, server):
    if not swarm.containers(server):
        return "away"
    answer = swarm.execute(
        server, "psql", "-X", "-A", "-t", "-h", "/tmp", "-U", "postgres", "-c", "SELECT pg_is_in_recovery()", check=False,
    )
    return answer.stdout.strip()


def test_the_standby_takes_over_and_the_old_primary_follows(swarm, people):
    wait_until(lambda: is_standby(swarm, "postgres-2") == "t", 60, "postgres-2 to be a standby")
    department, _ = people.department(people.app_admin("services"))
    swarm.scale("postgres-1", 0)
    wait_until(lambda: not swarm.containers("postgres-1"), 60, "postgres-1 to be gone")
    answer = people.ask("POST", "sso", "/api/auth/login", expect=(503, 504), json_body={"username": "nobody", "password": "nothing"})
    assert answer.header("retry-after") or answer.status == 504
    assert swarm.execute("postgres-2", "postgres.sh", "promote") == "t"
    wait_until(lambda: all(swarm.is_ready(daemon) for daemon in DAEMONS), 30, "the daemons to find the new primary")
    people.ask("GET", "services", f"/api/departments/{department}")
    later, _ = people.department(people.app_admin("services"))
    swarm.scale("postgres-1", 1)
    wait_until(lambda: is_standby(swarm, "postgres-1") == "t", 90, "postgres-1 to follow")
    people.ask("GET", "services", f"/api/departments/{later}")
    replicated = ("psql", "-X", "-A", "-t", "-h", "/tmp", "-U", "postgres", "-d", "services", "-c")
    statement = f"SELECT count(*) FROM departments WHERE id = '{later}'"
    wait_until(lambda: swarm.execute("postgres-1", *replicated, statement, check=False).stdout.strip() == "1", 30, "its copy")
