# SPDX-License-Identifier: MIT
"""A fixture bears a daemon that is too busy for a while, and hides nothing else."""

import pytest

import persistence
from poly_http import Response


class Busy:
    """Answers with these, one after another, and keeps the keys that it was sent."""

    def __init__(self, *statuses):
        self._statuses = list(statuses)
        self.keys = []

    def ask(self, headers):
        self.keys.append(headers["Idempotency-Key"])
        return Response(self._statuses.pop(0), [("Retry-After", "0")], b"")


def test_a_busy_daemon_is_asked_again_under_the_same_key():
    busy = Busy(503, 504, 201)
    assert persistence.made(busy.ask, 201).status == 201
    assert len(busy.keys) == 3 and len(set(busy.keys)) == 1


@pytest.mark.parametrize("status", [200, 400, 409, 500, 502])
def test_any_other_answer_is_what_it_is(status):
    busy = Busy(status, 201)
    with pytest.raises(AssertionError):
        persistence.made(busy.ask, 201)
    assert len(busy.keys) == 1


def test_a_daemon_that_stays_busy_is_found_out(monkeypatch):
    monkeypatch.setattr(persistence, "SECONDS", 0)
    with pytest.raises(AssertionError):
        persistence.made(Busy(503).ask, 201)
