# SPDX-License-Identifier: MIT
"""SIGTERM at full load, and two replicas of services-svc restarted one by one: no request fails."""

import signal
import uuid

import pytest

import crowd
import poly_http
import services
from poly_process import wait_until
from services import DEPARTMENTS, EXECUTORS, SERVICES, bearer


class Clients(crowd.Load):
    """Each in turn comes in as a student, reads lists, and makes a service; `statuses` is what they saw."""

    def __init__(self, url, office, staff, threads=4):
        self.statuses = {}
        self.rounds = 0
        self.made = []
        self._url = url
        self._staff = staff
        self._launches = office.launch_tokens(4000)
        super().__init__(self._round, threads)

    def _ask(self, method, path, headers=None, body=None):
        answer = poly_http.request(method, self._url + path, headers=headers, json_body=body)
        self.statuses.setdefault(answer.status, answer)
        return answer

    def _round(self):
        name = str(uuid.uuid4())
        self._ask("POST", "/api/auth/verify-launch", body={"token": self._launches.pop()})
        self._ask("GET", DEPARTMENTS)
        self._ask("GET", EXECUTORS, bearer(self._staff["token"]))
        if self._ask("POST", SERVICES, {**bearer(self._staff["token"]), "Idempotency-Key": name}, {"name": name}).status == 201:
            self.made.append(name)
        self.rounds += 1


@pytest.fixture
def replicas(office, start, tmp_path):
    second = services.Services(office.services.database, tmp_path, office.sso.url, office.main.url)
    return office.services, start(second)


@pytest.mark.fault(24)
def test_rolling_restart_fails_no_request(office, replicas, balance):
    staff = office.staff()
    url = balance(*replicas)
    with Clients(url, office, staff) as load:
        wait_until(lambda: load.rounds > 20, 20, "the clients to be busy")
        for replica in replicas:
            before = load.rounds
            replica.restart()
            wait_until(lambda: load.rounds > before + 20, 20, "the clients to go on")
    assert not load.faults, load.faults[:3]
    assert set(load.statuses) <= {200, 201}, load.statuses
    stored = {name for (name,) in office.services.database.run("SELECT name FROM services")}
    assert stored == set(load.made)


@pytest.mark.fault(24)
def test_a_session_of_one_replica_is_good_at_the_other(office, replicas):
    """They share their keys, and a launch is spent for both."""
    first, second = replicas
    [launch] = office.launch_tokens()
    answers = [each.request("POST", "/api/auth/verify-launch", json_body={"token": launch}) for each in replicas]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    for replica in replicas:
        assert replica.as_student(answers[0].json["student_token"], "GET", EXECUTORS).status == 403
    office.services.database.run("UPDATE launch_exchanges SET exchanged_at = exchanged_at - interval '11 seconds'")
    assert [each.request("POST", "/api/auth/verify-launch", json_body={"token": launch}).status for each in replicas] == [401, 401]


@pytest.mark.fault(24)
def test_sigterm_at_full_load_finishes_what_was_taken(office):
    """What was answered is there; what came too late was refused or not taken, never half done."""
    staff = office.staff()
    daemon = office.services
    with Clients(daemon.url, office, staff, threads=8) as load:
        wait_until(lambda: load.rounds > 20, 20, "the clients to be busy")
        daemon.signal(signal.SIGTERM)
        assert daemon.wait_exit() == 0
    assert set(load.statuses) <= {200, 201, 503}, load.statuses
    stored = {name for (name,) in office.services.database.run("SELECT name FROM services")}
    assert set(load.made) <= stored
    daemon.start()
