# SPDX-License-Identifier: MIT
"""services-svc, sso-svc or PostgreSQL is killed at each step of making and deleting a department or an executor. Both
databases agree within half a minute: no entity without its user, no user without its entity, no login of a deleted one."""

import concurrent.futures
import time
import uuid

import pytest

import poly_http
import services
from blocker import Blocker
from interceptor import Interceptor
from poly_process import PATIENCE, wait_until
from services import DEPARTMENTS, EXECUTORS, PASSWORD

CONVERGED_SECONDS = 30
STEPS = ("noted", "asked", "made", "written", "answered")
VICTIMS = ("services-svc", "sso-svc", "postgresql")

# What each step needs last before it, by the table whose lock keeps it from going on.
LOCKS = {"noted": "outbox", "written": "departments, executors"}


class Place:
    """An office whose services-svc reaches sso-svc through an interceptor, and four acts to be interrupted."""

    def __init__(self, office, between, postgres):
        self.office = office
        self.between = between
        self.postgres = postgres
        self.staff = office.staff()
        self.doomed = office.staff()
        office.executor(self.doomed)
        self.executor = office.executor(self.staff)
        self.made = {name: f"{name}{uuid.uuid4().hex[:8]}" for name in ("department", "executor")}
        self.keys = {name: str(uuid.uuid4()) for name in self.made}

    def acts(self):
        return (self.make_department, self.make_executor, self.delete_department, self.delete_executor)

    def _ask(self, token, method, path, **options):
        """None when the connection broke."""
        try:
            return self.office.services.as_user(token, method, path, **options)
        except (OSError, poly_http.Broken):
            return None

    def make_department(self):
        body = {"name": "Новый", "username": self.made["department"], "password": PASSWORD}
        headers = {"Idempotency-Key": self.keys["department"]}
        return self._ask(self.office.admin(), "POST", DEPARTMENTS, json_body=body, headers=headers)

    def make_executor(self):
        body = {"name": "Новый", "username": self.made["executor"], "password": PASSWORD}
        headers = {"Idempotency-Key": self.keys["executor"]}
        return self._ask(self.staff["token"], "POST", EXECUTORS, json_body=body, headers=headers)

    def delete_department(self):
        return self._ask(self.office.admin(), "DELETE", DEPARTMENTS + self.doomed["department"]["id"])

    def delete_executor(self):
        return self._ask(self.staff["token"], "DELETE", EXECUTORS + self.executor["id"])

    # --- killing ---

    def kill(self, victim):
        if victim == "postgresql":
            self.postgres.crash()
        else:
            {"services-svc": self.office.services, "sso-svc": self.office.sso}[victim].kill()

    def revive(self, victim):
        if victim == "postgresql":
            self.postgres.restart()
        else:
            {"services-svc": self.office.services, "sso-svc": self.office.sso}[victim].start()
        for daemon in (self.office.sso, self.office.services):
            daemon.wait_ready()

    # --- what both sides have ---

    def entities(self):
        rows = self.office.services.database.run(
            "SELECT id FROM departments WHERE has_account AND deleted_at IS NULL"
            " UNION ALL SELECT id FROM executors WHERE deleted_at IS NULL"
        )
        return sorted(entity for (entity,) in rows)

    def users(self):
        rows = self.office.sso.database.run(
            "SELECT entity_id FROM users WHERE app = 'services' AND role IN ('staff', 'executor')"
        )
        return sorted(entity for (entity,) in rows)

    def is_settled(self):
        waiting = self.office.services.database.value("SELECT count(*) FROM outbox")
        return waiting == "0" and self.entities() == self.users()


@pytest.fixture
def place(start, postgres, tmp_path):
    databases = [postgres.new_database() for _ in range(2)]
    sso_svc = start(services.sso.Sso(databases[0], tmp_path / "sso-keys").migrate())
    main_svc = start(services.portal.Portal(services.NO_CAMPUS, tmp_path / "main-keys"))
    with Interceptor(sso_svc) as between:
        daemon = services.Services(databases[1], tmp_path, between.url, main_svc.url)
        office = services.Office(start(daemon.migrate()), sso_svc, main_svc)
        yield Place(office, between, postgres)
        between.release()
        postgres.mend()
        daemon.kill()
    for fresh in databases:
        fresh.drop()


def is_about_users(method, path):
    return method in ("POST", "DELETE") and path.startswith(("/api/provision/", "/api/users/by-entity/"))


def reach(place, step, threads):
    """All four acts under way and held at the step: (their futures, what lets them go on)."""
    if step in LOCKS:
        blocker = Blocker(place.office.services.database, LOCKS[step])
        futures = [threads.submit(act) for act in place.acts()]
        blocker.await_waiting(len(futures))
        return futures, lambda lose: blocker.release()
    if step in ("asked", "made"):
        place.between.hold(step, is_about_users)
        futures = [threads.submit(act) for act in place.acts()]
        wait_until(lambda: place.between.held >= len(futures), 10, f"all to be held at '{step}'")
        return futures, place.between.release
    futures = [threads.submit(act) for act in place.acts()]
    concurrent.futures.wait(futures)
    return futures, lambda lose: None


def log_in(place, username):
    return place.office.sso.log_in(username, PASSWORD).status


def assert_acknowledged_and_settled(place, answers):
    """What was answered is so; and so it is for everybody who logs in."""
    department, executor, no_department, no_executor = answers
    for answer, name in ((department, "department"), (executor, "executor")):
        exists = place.office.services.database.value(
            f"SELECT count(*) FROM {'departments' if name == 'department' else 'executors'} WHERE name = 'Новый'"
        )
        assert answer is None or answer.status in (201, 502, 503, 504), answer
        if answer is not None and answer.status == 201:
            assert exists == "1" and log_in(place, place.made[name]) == 200
        elif exists == "0":
            assert log_in(place, place.made[name]) == 401
    for answer in (no_department, no_executor):
        assert answer is None or answer.status in (204, 502, 503, 504), answer
    if no_department is not None and no_department.status == 204:
        assert log_in(place, place.doomed["username"]) == 401
    if no_executor is not None and no_executor.status == 204:
        assert log_in(place, place.executor["username"]) == 401


def succeeds(act, *statuses):
    """Repeated until it is answered by one of these: a client that does as Retry-After says."""

    def ask():
        answer = act()
        assert answer is None or answer.status in (*statuses, 502, 503, 504), answer
        return answer is not None and answer.status in statuses

    wait_until(ask, CONVERGED_SECONDS, f"the repeat of {act.__name__}")


def run(place, step, victim):
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        futures, go_on = reach(place, step, threads)
        place.kill(victim)
        go_on(lose=victim != "services-svc")
        answers = [future.result() for future in futures]
    place.revive(victim)
    began = time.monotonic()
    wait_until(place.is_settled, CONVERGED_SECONDS, "both sides to agree")
    assert time.monotonic() - began < CONVERGED_SECONDS * PATIENCE
    assert_acknowledged_and_settled(place, answers)
    # Repeats finish what was begun, once.
    succeeds(place.make_department, 201)
    succeeds(place.make_executor, 201)
    succeeds(place.delete_department, 204, 404)
    succeeds(place.delete_executor, 204, 404)
    wait_until(place.is_settled, CONVERGED_SECONDS, "both sides to agree again")
    assert place.office.services.database.value("SELECT count(*) FROM departments WHERE name = 'Новый'") == "1"
    assert place.office.services.database.value("SELECT count(*) FROM executors WHERE name = 'Новый'") == "1"
    assert [log_in(place, place.made[name]) for name in place.made] == [200, 200]
    assert [log_in(place, each["username"]) for each in (place.doomed, place.executor)] == [401, 401]


QUICK = {("made", "services-svc"), ("asked", "sso-svc"), ("written", "postgresql")}


@pytest.mark.parametrize(
    ("step", "victim"),
    [
        pytest.param(step, victim, marks=[] if (step, victim) in QUICK else pytest.mark.slow)
        for step in STEPS
        for victim in VICTIMS
    ],
)
@pytest.mark.fault(1)
def test_both_sides_agree_after(place, step, victim):
    run(place, step, victim)
