# SPDX-License-Identifier: MIT
"""Two replicas of sso-svc: restarted one by one, and with a new signing key, under load. No request fails."""

import base64
import json
import time

import pytest

import crowd
import poly_http
import sso
from poly_process import PATIENCE, run, wait_until

pytestmark = pytest.mark.fault(24)


class Clients(crowd.Load):
    """Each in turn refreshes, asks for its claims, and provisions a user; `statuses` is what they saw."""

    def __init__(self, url, tokens):
        self.statuses = set()
        self.rounds = 0
        self._url = url
        self._tokens = tokens  # a refresh token for each thread
        super().__init__(self._round, len(tokens))

    def _ask(self, method, path, headers, body=None):
        response = poly_http.request(method, self._url + path, headers=headers, json_body=body)
        self.statuses.add(response.status)
        return response

    def _round(self):
        token = self._tokens.pop()
        answer = self._ask("POST", "/api/auth/refresh", {}, {"refresh_token": token})
        if answer.status != 200:
            raise AssertionError(answer)
        self._tokens.append(answer.json["refresh_token"])
        self._ask("GET", "/api/auth/me", sso.bearer(answer.json["access_token"]))
        self._ask("GET", "/api/users/?app_filter=traffic&page=1", sso.service("traffic"))
        entity = f"{id(answer)}-{self.rounds}"
        body = {"entity_id": entity, "full_name": "Иванов Иван"}
        self._ask("POST", "/api/provision/traffic/teacher", sso.service("traffic"), body)
        self.rounds += 1


@pytest.fixture
def replicas(start_sso_svc):
    return start_sso_svc(DRAIN_SECONDS=10), start_sso_svc(DRAIN_SECONDS=10)


def logins(daemon, count):
    return [daemon.login()["refresh_token"] for _ in range(count)]


def assert_nothing_failed(load):
    assert not load.faults, load.faults[:3]
    assert load.statuses <= {200, 201}, load.statuses


def test_rolling_restart_fails_no_request(replicas, balance):
    url = balance(*replicas)
    with Clients(url, logins(replicas[0], 4)) as load:
        wait_until(lambda: load.rounds > 20, 20, "the clients to be busy")
        for replica in replicas:
            before = load.rounds
            replica.restart()
            wait_until(lambda: load.rounds > before + 20, 20, "the clients to go on")
    assert_nothing_failed(load)


@pytest.mark.slow
def test_a_new_key_fails_no_request(replicas, balance):
    url = balance(*replicas)
    old = replicas[0].login()["access_token"]
    with Clients(url, logins(replicas[0], 4)) as load:
        answer = run("sso-svc", "keys", "rotate", environment=replicas[0].environment)
        assert answer.returncode == 0, answer.stderr
        new = wait_for_a_new_key(replicas, key_of(old), 60)
        assert key_of(new) != key_of(old)
        before = load.rounds
        wait_until(lambda: load.rounds > before + 40, 20, "the clients to go on")
    assert_nothing_failed(load)
    for replica in replicas:
        for token in (old, new):
            assert replica.get("/api/auth/me", headers=sso.bearer(token)).status == 200


def key_of(token):
    head = token.partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]


def wait_for_a_new_key(replicas, old_key, seconds):
    """A token of the first replica that signs with another key. By refreshing: a user's logins end their oldest sessions."""
    ends = time.monotonic() + seconds * PATIENCE
    session = replicas[0].login()
    while time.monotonic() < ends:
        for replica in replicas:
            session = replica.refresh(session["refresh_token"]).json
            if key_of(session["access_token"]) != old_key:
                return session["access_token"]
        time.sleep(0.5)
    raise AssertionError("no replica signs with the new key")
