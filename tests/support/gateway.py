# SPDX-License-Identifier: MIT
"""One timetable to ask schedule-svc for, and many clients who ask at the same time."""

import concurrent.futures
import time

GROUP = 40101
MONDAY = "2026-10-05"


def week_path(group=GROUP):
    return f"/api/schedule/groups/{group}/week?date={MONDAY}"


def ruz_path(group=GROUP):
    """What RUZ is asked for then."""
    return f"/scheduler/{group}?date={MONDAY}"


def lesson_times(week):
    """{(date, start)}: the same in RUZ's answer and in ours."""
    return {(day["date"], lesson["time_start"]) for day in week["days"] for lesson in day["lessons"]}


def is_stale(response):
    return response.header("x-schedule-stale") == "true"


def ask_at_once(daemon, paths):
    """A client for each path, all at the same time: [(response, seconds)]."""

    def ask(path):
        began = time.monotonic()
        return daemon.get(path), time.monotonic() - began

    with concurrent.futures.ThreadPoolExecutor(len(paths)) as clients:
        return list(clients.map(ask, paths))


def assert_served(figures, patience=1):
    """What the load generator saw: every request answered with 200, none held up for long."""
    assert figures["errors"]["all"] == 0, figures
    assert set(figures["statuses"]) == {"200"}, figures
    assert figures["latency_us"]["p99"] < 200_000 * patience, figures
    assert figures["latency_us"]["max"] < 1_000_000 * patience, figures


def output_to(path):
    """A wrapper for Daemon: the log goes to `path` and nobody reads it along."""
    return ["sh", "-c", 'exec "$@" >"$0"', path]
