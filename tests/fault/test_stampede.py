# SPDX-License-Identifier: MIT
"""Ten thousand clients want the same timetable that nobody has asked for before."""

import pytest

from gateway import week_path
from poly_process import PATIENCE, load

pytestmark = pytest.mark.fault(11)

REQUESTS = 10000

# Long enough for the clients to be there before the first answer is, and short of the 10 s that a request may take.
RUZ_DELAY_MS = 2000 if PATIENCE == 1 else 6000


@pytest.fixture
def slow_ruz(campus_sim):
    campus_sim.fault("/scheduler", delay_ms=RUZ_DELAY_MS)
    campus_sim.reset_requests()
    return campus_sim


def stampede(schedule_svc, *options):
    return load(schedule_svc.url, "-n", REQUESTS, "-t", 30 * PATIENCE, "-p", week_path(), *options)


def test_all_who_wait_get_the_one_answer(slow_ruz, start_quiet):
    schedule_svc = start_quiet(slow_ruz)
    figures = stampede(schedule_svc, "-c", 1800)  # within the 1,024 that each of two loops works on at a time
    assert figures["statuses"] == {"200": REQUESTS}
    assert figures["errors"]["all"] == 0
    assert slow_ruz.requests("/scheduler")["total"] == 1
    assert schedule_svc.metric("schedule_cache_misses_total") > 1000


def test_more_at_once_than_can_wait(slow_ruz, start_quiet):
    """Who finds no place is told so at once, with 503; the others wait, and still RUZ is asked once."""
    schedule_svc = start_quiet(slow_ruz)
    figures = stampede(schedule_svc, "-c", REQUESTS)
    assert figures["errors"]["all"] == 0
    assert set(figures["statuses"]) <= {"200", "503"}
    assert figures["statuses"]["200"] > 1800
    assert schedule_svc.metric("http_shed_total") == figures["statuses"].get("503", 0)
    assert slow_ruz.requests("/scheduler")["total"] == 1
