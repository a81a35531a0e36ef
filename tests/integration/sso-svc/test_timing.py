# SPDX-License-Identifier: MIT
"""A login that fails takes as long whether there is such a user or not."""

import statistics
import time

import pytest

import poly_http
from people import PASSWORD

WRONG = "не тот пароль"
TOLERANCE = 0.10
ROUNDS = 5


@pytest.fixture(scope="module")
def failures(people):
    """Bodies of logins that fail, by why."""
    disabled = people.provision()
    people.change(disabled, is_active=False)
    return {
        "wrong": {"username": people.provision().username, "password": WRONG},
        "unknown": {"username": "nobody.here", "password": WRONG},
        "disabled": {"username": disabled.username, "password": PASSWORD},
        "passwordless": {"username": people.provision(password=None).username, "password": WRONG},
        "impossible": {"username": "??", "password": WRONG},
    }


def time_one(client, body):
    begun = time.perf_counter()
    assert client.request("POST", "/api/auth/login", json_body=body).status == 401
    return time.perf_counter() - begun


def medians(svc, bodies, tries, times):
    """In turn, so that whatever else the machine does slows all of them."""
    with poly_http.Client(svc.url) as client:
        for _ in range(tries):
            for why, body in bodies.items():
                times.setdefault(why, []).append(time_one(client, body))
    return {why: statistics.median(each) for why, each in times.items()}


def compare(svc, bodies, tries):
    """Noise goes away with more tries; a difference does not."""
    times = {}
    for _ in range(ROUNDS):
        found = medians(svc, bodies, tries, times)
        if max(found.values()) <= min(found.values()) * (1 + TOLERANCE):
            return
    raise AssertionError(f"medians in ms: { {why: round(each * 1000, 1) for why, each in found.items()} }")


def test_wrong_password_and_unknown_user(svc, failures):
    compare(svc, {why: failures[why] for why in ("wrong", "unknown")}, tries=40)


@pytest.mark.slow
def test_every_failure(svc, failures):
    compare(svc, failures, tries=100)
