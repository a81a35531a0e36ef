# SPDX-License-Identifier: MIT
"""Groups asked for lately are kept fresh ahead of expiry, gently."""

import datetime

import pytest

from poly_process import wait_until
from timetable import API, FACULTY, is_stale

MOSCOW = datetime.timezone(datetime.timedelta(hours=3))
FAST = {"REFRESH_GROUPS": 5, "CACHE_WEEK_SECONDS": 2, "CACHE_STALE_SECONDS": 0, "REFRESH_PER_MINUTE": 6000}


def this_monday():
    today = datetime.datetime.now(MOSCOW).date()
    return today - datetime.timedelta(days=today.weekday())


MONDAYS = [(this_monday() + datetime.timedelta(days=7 * offset)).isoformat() for offset in (0, 1)]


@pytest.fixture
def groups(campus_sim):
    return [group["id"] for group in campus_sim.ruz(f"/faculties/{FACULTY}/groups")["groups"]]


def target(group, monday):
    return f"/api/v1/ruz/scheduler/{group}?date={monday}"


def counts(campus_sim):
    return campus_sim.requests("/scheduler")["paths"]


def test_both_weeks_are_kept_fresh(start_quiet, campus_sim, ask, groups):
    schedule_svc = start_quiet(campus_sim, **FAST)
    ask(schedule_svc, f"/groups/{groups[0]}/week", {"date": MONDAYS[0]})
    wait_until(
        lambda: all(counts(campus_sim).get(target(groups[0], monday), 0) >= 3 for monday in MONDAYS),
        20,
        "both weeks to be fetched again and again",
    )
    for _ in range(200):
        response = schedule_svc.get(f"{API}/groups/{groups[0]}/week?date={MONDAYS[0]}")
        assert response.status == 200 and not is_stale(response)
    assert set(counts(campus_sim)) == {target(groups[0], monday) for monday in MONDAYS}


def test_only_those_asked_for_last(start_quiet, campus_sim, ask, groups):
    schedule_svc = start_quiet(campus_sim, **{**FAST, "REFRESH_GROUPS": 2})
    for group in groups[:4]:
        ask(schedule_svc, f"/groups/{group}/week", {"date": MONDAYS[0]})
    campus_sim.reset_requests()
    wait_until(lambda: sum(counts(campus_sim).values()) >= 12, 20, "the hot ones to be fetched")
    assert set(counts(campus_sim)) == {target(group, monday) for group in groups[2:4] for monday in MONDAYS}
    assert schedule_svc.metric("schedule_hot_groups") == 2


def test_one_that_nobody_asks_for_any_more_is_left_alone(start_quiet, campus_sim, ask, groups):
    schedule_svc = start_quiet(campus_sim, **{**FAST, "REFRESH_WATCH_SECONDS": 2})
    ask(schedule_svc, f"/groups/{groups[0]}/week", {"date": MONDAYS[0]})
    wait_until(lambda: schedule_svc.metric("schedule_hot_groups") == 1, 10, "the group to be hot")
    wait_until(lambda: schedule_svc.metric("schedule_hot_groups") == 0, 10, "the group to cool down")


def test_past_and_far_weeks_are_left_alone(start_quiet, campus_sim, ask, groups):
    schedule_svc = start_quiet(campus_sim, **FAST)
    ask(schedule_svc, f"/groups/{groups[0]}/week", {"date": "2022-05-16"})
    ask(schedule_svc, f"/groups/{groups[1]}/week", {"date": MONDAYS[0]})
    wait_until(lambda: counts(campus_sim).get(target(groups[1], MONDAYS[0]), 0) >= 3, 20, "the present week to be fetched")
    assert counts(campus_sim)[target(groups[0], "2022-05-16")] == 1


def test_it_rests_while_ruz_is_down(start_quiet, campus_sim, ask, groups):
    schedule_svc = start_quiet(campus_sim, **FAST)
    for group in groups[:5]:
        ask(schedule_svc, f"/groups/{group}/week", {"date": MONDAYS[0]})
    campus_sim.fault(status=500)
    schedule_svc.wait_log("circuit breaker opened", seconds=20)
    campus_sim.reset_requests()
    wait_until(
        lambda: schedule_svc.get("/readyz").json["checks"]["upstream"]["status"] != "ok", 10, "the breaker to be seen"
    )
    opened = schedule_svc.log("circuit breaker opened")[0]
    assert opened and sum(counts(campus_sim).values()) <= 5  # those under way, and a trial call or two
    campus_sim.clear_faults()
    ask(schedule_svc, f"/groups/{groups[0]}/week", {"date": MONDAYS[0]})
    wait_until(
        lambda: schedule_svc.get(f"{API}/groups/{groups[0]}/week").header("x-schedule-stale") is None, 20, "RUZ to be asked again"
    )


def test_not_faster_than_it_may(start_quiet, campus_sim, ask, groups):
    schedule_svc = start_quiet(campus_sim, **{**FAST, "REFRESH_PER_MINUTE": 60})
    for group in groups[:5]:
        ask(schedule_svc, f"/groups/{group}/week", {"date": MONDAYS[0]})
    campus_sim.reset_requests()
    began = datetime.datetime.now()
    wait_until(lambda: sum(counts(campus_sim).values()) >= 4, 30, "four fetches")
    assert (datetime.datetime.now() - began).total_seconds() >= 2.5
