# SPDX-License-Identifier: MIT
"""Twice as many cold requests as RUZ can answer: RUZ is kept busy, the rest is told to come back, memory is bounded."""

import datetime
import itertools
import threading
import time

import pytest

from gateway import GROUP, MONDAY, week_path
from poly_process import INSTRUMENTED, PATIENCE, load

pytestmark = pytest.mark.fault(25)

AT_ONCE = 8
RUZ_DELAY_MS = 50
MEBIBYTE = 1 << 20
CACHE_BYTES = 4 * MEBIBYTE

# As many as the gateway holds: those who wait for RUZ, and those who are told off at the moment.
CONNECTIONS = 1500


class ColdPaths:
    """Paths that nobody has asked for before: groups of campus-sim, in weeks from MONDAY on."""

    def __init__(self, directory):
        first = datetime.date.fromisoformat(MONDAY)
        weeks = (first + datetime.timedelta(weeks=number) for number in itertools.count(1))
        groups = range(40001, 41500)
        self._paths = (f"/api/schedule/groups/{group}/week?date={week}" for week in weeks for group in groups)
        self._directory = directory
        self._files = 0

    def one(self):
        return next(self._paths)

    def file(self, count):
        self._files += 1
        path = self._directory / f"paths-{self._files}"
        path.write_text("".join(f"{line}\n" for line in itertools.islice(self._paths, count)), encoding="ascii")
        return path


class Visitor(threading.Thread):
    """Asks for a cold and for a cached timetable now and then while the load runs."""

    def __init__(self, daemon, paths):
        super().__init__(daemon=True)
        self.cold, self.cached = [], []
        self._daemon = daemon
        self._paths = [paths.one() for _ in range(2000)]
        self._done = threading.Event()

    def run(self):
        for path in self._paths:
            self.cold.append(self._ask(path))
            self.cached.append(self._ask(week_path()))
            if self._done.wait(0.02):
                return

    def _ask(self, path):
        began = time.monotonic()
        return self._daemon.get(path), time.monotonic() - began

    def finish(self):
        self._done.set()
        self.join(30 * PATIENCE)
        assert not self.is_alive()


@pytest.fixture
def slow_campus(campus_sim):
    campus_sim.fault("/scheduler", delay_ms=RUZ_DELAY_MS)
    return campus_sim


def goodput(figures):
    return figures["statuses"].get("200", 0) / figures["seconds"]


@pytest.mark.parametrize("seconds", [4, pytest.param(90, marks=pytest.mark.slow)])
def test_twice_the_peak(slow_campus, start_quiet, tmp_path, seconds):
    schedule_svc = start_quiet(slow_campus, UPSTREAM_MAX_IN_FLIGHT=AT_ONCE, CACHE_MAX_BYTES=CACHE_BYTES)
    paths = ColdPaths(tmp_path)
    assert schedule_svc.get(week_path(GROUP)).status == 200

    calm = load(schedule_svc.url, "-c", 4 * AT_ONCE, "-d", 2, "-P", paths.file(2000))
    assert set(calm["statuses"]) == {"200"} and calm["errors"]["all"] == 0, calm
    peak = goodput(calm)
    resident = schedule_svc.resident_bytes()

    slow_campus.reset_requests()
    visitor = Visitor(schedule_svc, paths)
    rate = 2 * peak
    cold = paths.file(int(rate * seconds) + 100)
    visitor.start()
    options = ("-c", CONNECTIONS, "-r", rate, "-d", seconds, "-t", 12)
    figures = load(schedule_svc.url, *options, "-P", cold, seconds=seconds + 60)
    visitor.finish()
    print(f"peak {peak:.0f}/s, goodput {goodput(figures):.0f}/s, {figures}")

    assert figures["errors"]["all"] == 0 and figures["unsent"] == 0, figures
    assert set(figures["statuses"]) == {"200", "503"}, figures
    assert goodput(figures) >= 0.9 * peak, (figures, peak)
    assert figures["latency_us"]["max"] < 10_000_000 * PATIENCE, figures
    assert slow_campus.requests("/scheduler")["max_in_flight"] <= AT_ONCE

    shed = [(answer, took) for answer, took in visitor.cold if answer.status == 503]
    assert shed or seconds < 10, "the visitor came never at a bad moment"
    for answer, took in shed:
        assert int(answer.header("retry-after")) > 0
        assert answer.json["code"] and took < 1 * PATIENCE
    assert all(answer.status in (200, 503) for answer, _ in visitor.cold)
    assert all(answer.status == 200 for answer, _ in visitor.cached)
    if not INSTRUMENTED:
        assert schedule_svc.resident_bytes() - resident < CACHE_BYTES + 24 * MEBIBYTE

    after = load(schedule_svc.url, "-c", 4 * AT_ONCE, "-d", 1, "-P", paths.file(1000))
    assert set(after["statuses"]) == {"200"}, after
