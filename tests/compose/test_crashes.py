# SPDX-License-Identifier: MIT
"""Containers that are killed in the middle of things, and started again: nothing that was acknowledged is lost."""

import threading

import pytest

import crowd
import university
from poly_process import wait_until
from stack import DAEMONS, PATIENCE


@pytest.fixture
def people(stack):
    return university.University(stack.front, stack.secret("sso-admin"))


def restarts(stack, service):
    return int(stack.engine.inspect(stack.container(service), "{{.RestartCount}}"))


@pytest.mark.parametrize("service", (*DAEMONS, "postgres", "nginx"))
def test_a_killed_container_comes_back_by_itself(stack, service):
    before = restarts(stack, service)
    stack.engine.crash(stack.container(service))
    wait_until(lambda: restarts(stack, service) == before + 1, PATIENCE, f"{service} to be restarted")
    stack.wait_ready()


class Office(crowd.Load):
    """A department that takes executors on and lets every other go; knows those that it was told of."""

    def __init__(self, people, threads=3):
        self.people = people
        self.made = set()
        self.removed = set()
        self.admin = people.app_admin("services")
        self.department, self.staff = people.department(self.admin)
        self._lock = threading.Lock()
        super().__init__(self._round, threads)

    def _round(self):
        name = self.people.name("executor")
        body = {"name": "Орлов Пётр Ильич", "username": name, "password": university.PASSWORD}
        made = self.people.insist("POST", "services", "/api/executors/", token=self.staff, json_body=body).json["id"]
        with self._lock:
            self.made.add(made)
            goes = len(self.made) % 2 == 0
        if goes:
            self.people.insist("DELETE", "services", f"/api/executors/{made}", token=self.staff, expect=(204, 404))
            with self._lock:
                self.removed.add(made)

    def listed(self):
        answer = self.people.ask("GET", "services", "/api/executors/", self.staff).json
        return {executor["id"] for executor in answer}

    def users(self):
        path = "/api/users/?app_filter=services&role_filter=executor"
        users = self.people.ask("GET", "sso", path, self.people.sso_admin()).json
        return {user["entity_id"] for user in users}


def test_both_sides_agree_after_crashes_in_the_middle(stack, people):
    with Office(people) as office:
        for service in ("services-svc", "sso-svc", "postgres"):
            enough = len(office.made) + 4
            wait_until(lambda: len(office.made) >= enough, PATIENCE, "executors to be made")
            stack.engine.crash(stack.container(service))
            stack.wait_ready()
        enough = len(office.made) + 4
        wait_until(lambda: len(office.made) >= enough, PATIENCE, "executors to be made after the last crash")
    assert not office.faults, office.faults[:3]
    kept = office.made - office.removed
    wait_until(lambda: office.listed() == kept, PATIENCE, "exactly those to be listed who were kept")
    wait_until(lambda: kept <= office.users() and not office.removed & office.users(), PATIENCE, "their users at sso-svc, and no other's")


def test_a_restart_of_everything_keeps_everything(stack, people):
    department, _ = people.department(people.app_admin("services"))
    session = people.login("admin", stack.secret("sso-admin"))
    student = people.student()
    keys = people.ask("GET", "sso", "/.well-known/jwks.json").json
    stack.compose("down", "--timeout", "20")
    stack.up()
    people.ask("GET", "services", f"/api/departments/{department}")
    assert people.ask("GET", "sso", "/.well-known/jwks.json").json == keys
    people.ask("POST", "sso", "/api/auth/refresh", json_body={"refresh_token": session["refresh_token"]})
    people.ask("GET", "main", "/api/auth/me", student)
    people.ask("GET", "main", "/api/gradebook", student)  # the password was kept, encrypted
