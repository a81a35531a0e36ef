# SPDX-License-Identifier: MIT
"""services-svc when PostgreSQL crashes under load: what was acknowledged is there, and the rest is safe to repeat."""

import itertools
import time
import uuid

import pytest

import crowd
import poly_http
from poly_process import PATIENCE, wait_until
from services import DEPARTMENTS, PASSWORD, SERVICES

UNKNOWN = (503, 504)


class Making(crowd.Load):
    """Makes one service after the other, each with a key; `seen` is {name: status}, None when the connection broke."""

    def __init__(self, office, department, threads=4):
        self.seen = {}
        self._numbers = itertools.count()
        self._prefix = uuid.uuid4().hex[:8]
        self._office = office
        self._department = department
        super().__init__(self._next, threads)

    def make(self, name):
        body = {"department_id": self._department["id"], "name": name}
        try:
            return self._office.as_admin("POST", SERVICES, json_body=body, headers={"Idempotency-Key": name}).status
        except (OSError, poly_http.Broken):
            return None

    def _next(self):
        name = f"{self._prefix}-{next(self._numbers)}"
        self.seen[name] = self.make(name)
        if self.seen[name] in UNKNOWN:
            time.sleep(0.02)

    def of(self, *statuses):
        return [name for name, status in list(self.seen.items()) if status in statuses]


def stored(office):
    return [name for (name,) in office.services.database.run("SELECT name FROM services")]


@pytest.mark.fault(2)
def test_what_was_acknowledged_survives_a_crash_and_the_rest_can_be_repeated(office, postgres):
    department = office.department()
    with Making(office, department) as load:
        wait_until(lambda: len(load.of(201)) > 50, 20, "some services")
        postgres.crash()
        wait_until(lambda: load.of(*UNKNOWN), 10, "a refusal")
        before = len(load.of(201))
        postgres.restart()
        began = time.monotonic()
        wait_until(lambda: len(load.of(201)) > before, 10, "services again")
        recovered = time.monotonic() - began
    assert not load.faults
    assert recovered < 5 * PATIENCE
    assert set(load.seen.values()) <= {201, *UNKNOWN}
    assert set(load.of(201)) <= set(stored(office))
    for name in load.of(*UNKNOWN):
        assert load.make(name) == 201
    assert sorted(stored(office)) == sorted(load.seen)


@pytest.mark.fault(2)
def test_students_come_in_again_after_a_crash(office, postgres):
    """A launch whose answer was lost is repeated; the session outlasts the crash."""
    student = office.student()
    [launch] = office.launch_tokens()
    postgres.crash()
    assert office.verify_launch(launch).status in UNKNOWN
    postgres.restart()
    wait_until(lambda: office.services.get("/readyz").status == 200, 5, "services-svc to be ready again")
    assert office.verify_launch(launch).status == 200
    answer = office.services.as_student(student["token"], "GET", "/api/executors/")
    assert answer.status == 403  # known, and not staff


@pytest.mark.fault(4)
def test_a_frozen_database_is_waited_for_no_longer_than_the_deadline(office, postgres):
    token = office.admin()
    postgres.freeze()
    try:
        began = time.monotonic()
        ask = lambda _: office.services.as_user(token, "POST", DEPARTMENTS, json_body={"name": "Отдел"}).status
        assert set(crowd.together(6, ask)) <= set(UNKNOWN)
        assert time.monotonic() - began < 12 * PATIENCE
        assert office.services.get("/healthz").status == 200
        assert office.services.get("/readyz").status == 503
    finally:
        postgres.thaw()
    wait_until(lambda: office.services.get("/readyz").status == 200, 10, "services-svc to be ready again")


@pytest.mark.fault(1, 2)
def test_an_account_is_not_made_without_the_database(office, postgres):
    """Neither here nor at sso-svc, and the same key finishes it later."""
    body = {"name": "Позже", "username": f"later{uuid.uuid4().hex[:8]}", "password": PASSWORD}
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    ask = lambda: office.as_admin("POST", DEPARTMENTS, json_body=body, headers=headers)
    office.admin()
    postgres.crash()
    assert ask().status in UNKNOWN
    postgres.restart()
    wait_until(lambda: office.services.get("/readyz").status == 200, 5, "services-svc to be ready again")
    assert office.sso.database.value(f"SELECT count(*) FROM users WHERE username = '{body['username']}'") == "0"
    wait_until(lambda: ask().status == 201, 10, "the repeat")
    assert office.sso.log_in(body["username"], PASSWORD).status == 200
