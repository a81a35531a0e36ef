# SPDX-License-Identifier: MIT
"""Thousands of clients that drip a head, drip a body, or do not read: nobody else suffers, and they are sent away."""

import json
import statistics
import subprocess

import pytest

from poly_process import INSTRUMENTED, PATIENCE, load, program, wait_until

pytestmark = pytest.mark.fault(14)

# The smaller crowd is more than two loops handle at a time (2 × 1,024); the larger is the goal.
CROWDS = [3000, pytest.param(10000, marks=pytest.mark.slow)]

LISTED = "/api/schedule/faculties"
LARGE = "/api/schedule/teachers"
CONTROL = "/control/faults"

# What the server gives them, and what it may be late by.
HEAD_SECONDS = BODY_SECONDS = 5
STALL_SECONDS = 10
LATE_SECONDS = 2 * PATIENCE

# Below this, a percentile says more about the machine than about the server.
NOISE_US = 2000 * PATIENCE

# A neighbour's burst spoils one attempt; harm that the crowd does shows in every one.
ATTEMPTS = 3

each_crowd = pytest.mark.parametrize("count", CROWDS)


class Crowd:
    def __init__(self, daemon, mode, path, count, seconds=0.0, patience=30):
        words = [program("slowloris"), "-c", count, "-m", mode, "-p", path, "-d", seconds, "-t", patience, daemon.url]
        self._process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True)

    def wait_ready(self):
        assert self._process.stdout.readline() == "ready\n"

    def finish(self):
        """The crowd's figures, once the server has ended all of them or the patience is over."""
        line = self._process.stdout.readline()
        assert self._process.wait(10) == 0
        return json.loads(line)

    def end(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def gather():
    """gather(daemon, mode, path, count, …): a crowd that is there."""
    crowds = []

    def start_crowd(*arguments, **options):
        crowds.append(Crowd(*arguments, **options))
        crowds[-1].wait_ready()
        return crowds[-1]

    yield start_crowd
    for crowd in crowds:
        crowd.end()


def p99_of_others(daemon, path):
    """The median of several short runs, in µs; every request of every run is answered."""
    figures = [load(daemon.url, "-c", 4, "-r", 800, "-d", 0.4, "-p", path) for _ in range(5)]
    for each in figures:
        assert each["errors"]["all"] == 0 and set(each["statuses"]) == {"200"}, each
    return statistics.median(each["latency_us"]["p99"] for each in figures)


def assert_unharmed(attempt):
    """Twice the worse of before and after at most, in one attempt of a few. All else must hold in each."""
    seen = []
    for _ in range(ATTEMPTS):
        before, during, after = attempt()
        seen.append(f"{before} before, {during} during, {after} after")
        print("p99 of the others, in µs:", seen[-1])
        if during <= 2 * max(before, after, NOISE_US):
            return
    raise AssertionError(f"others suffer, every time: {seen}")


def await_all_gone(daemon, seconds):
    wait_until(lambda: daemon.metric("http_connections") <= 2, seconds / PATIENCE, "their connections to be closed")


@pytest.fixture
def listed_svc(campus_sim, start_quiet):
    schedule_svc = start_quiet(campus_sim)
    for path in (LISTED, LARGE):
        assert schedule_svc.get(path).status == 200
    return schedule_svc


def drip(daemon, ordinary_path, crowd, count, limit):
    before = p99_of_others(daemon, ordinary_path)
    resident = daemon.resident_bytes()
    crowd = crowd()
    assert daemon.metric("http_connections") >= count
    during = p99_of_others(daemon, ordinary_path)
    held = daemon.resident_bytes() - resident
    figures = crowd.finish()
    await_all_gone(daemon, LATE_SECONDS)
    after = p99_of_others(daemon, ordinary_path)
    print(figures, f"{held / count / 1024:.1f} KiB each")
    assert figures["ended"] == figures["opened"] >= count and figures["held"] == 0
    assert figures["refused"] == 0
    assert figures["shortest_ms"] >= (limit - 0.1) * 1000
    assert figures["longest_ms"] <= (limit + LATE_SECONDS) * 1000
    assert INSTRUMENTED or held < count * 32 * 1024
    return before, during, after


@each_crowd
def test_heads(listed_svc, gather, count):
    def crowd():
        return gather(listed_svc, "head", LISTED, count)

    assert_unharmed(lambda: drip(listed_svc, LISTED, crowd, count, HEAD_SECONDS))


@each_crowd
def test_bodies(start_campus_sim, gather, count):
    """schedule-svc takes no bodies; campus-sim does, through the same library."""
    campus_sim = start_campus_sim(WORKERS=2)

    def crowd():
        return gather(campus_sim, "body", CONTROL, count)

    assert_unharmed(lambda: drip(campus_sim, CONTROL, crowd, count, BODY_SECONDS))


def leave_unread(daemon, gather, count):
    before = p99_of_others(daemon, LISTED)
    resident = daemon.resident_bytes()
    gather(daemon, "unread", LARGE, count, patience=60)
    during = p99_of_others(daemon, LISTED)
    stalled = daemon.metric("http_connections")
    assert 1000 < stalled <= 2 * 1024 + 50, "as many answers wait as requests may be handled"
    assert INSTRUMENTED or daemon.resident_bytes() - resident < count * 32 * 1024
    await_all_gone(daemon, STALL_SECONDS + LATE_SECONDS)
    return before, during, p99_of_others(daemon, LISTED)


@each_crowd
def test_answers_that_are_not_read(listed_svc, gather, count):
    assert_unharmed(lambda: leave_unread(listed_svc, gather, count))
