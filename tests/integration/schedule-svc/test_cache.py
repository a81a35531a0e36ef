# SPDX-License-Identifier: MIT
"""What clients and RUZ see of the cache."""

import re

import pytest

from gateway import ask_at_once
from poly_process import wait_until
from timetable import API, MONDAY, NO_SUCH_ID, first_group, is_stale


@pytest.fixture
def week(campus_sim):
    return f"/groups/{first_group(campus_sim)['id']}/week?date={MONDAY}"


def asked(campus_sim):
    return campus_sim.requests("/scheduler")["total"]


def test_a_fresh_answer_costs_ruz_nothing(quiet_svc, campus_sim, ask, week):
    first = ask(quiet_svc, week)
    for _ in range(10):
        again = ask(quiet_svc, week)
        assert again.body == first.body and not is_stale(again)
        assert again.header("age") is None
    assert asked(campus_sim) == 1
    assert quiet_svc.metric("schedule_cache_hits_total") == 10
    assert quiet_svc.metric("schedule_cache_misses_total") == 1


def test_cache_control_is_short_and_public(start_quiet, campus_sim, ask, week):
    schedule_svc = start_quiet(campus_sim, CACHE_OTHER_WEEK_SECONDS=3600)
    assert ask(schedule_svc, week).header("cache-control") == "public, max-age=60"
    brief = start_quiet(campus_sim, CACHE_WEEK_SECONDS=10, CACHE_OTHER_WEEK_SECONDS=10, SNAPSHOT_DIR="")
    max_age = int(re.fullmatch(r"public, max-age=(\d+)", ask(brief, week).header("cache-control"))[1])
    assert 0 < max_age <= 11


def test_not_modified(quiet_svc, campus_sim, ask, week):
    first = ask(quiet_svc, week)
    tag = first.header("etag")
    for sent in (tag, f'"other", {tag}', "*", "W/" + tag):
        again = ask(quiet_svc, week, headers={"If-None-Match": sent})
        assert again.status == 304 and again.header("etag") == tag
        assert again.header("cache-control") == first.header("cache-control")
    assert ask(quiet_svc, week, headers={"If-None-Match": '"other"'}).status == 200


def test_gzip(quiet_svc, campus_sim, ask, week):
    plain = ask(quiet_svc, week)
    packed = ask(quiet_svc, week, headers={"Accept-Encoding": "gzip"})
    assert packed.header("content-encoding") == "gzip" and plain.header("content-encoding") is None
    assert packed.decoded == plain.body and len(packed.body) < len(plain.body) / 3
    assert "Accept-Encoding" in packed.header("vary") and "Accept-Encoding" in plain.header("vary")
    assert packed.header("etag") != plain.header("etag")
    for tag in (packed.header("etag"), plain.header("etag")):
        assert ask(quiet_svc, week, headers={"Accept-Encoding": "gzip", "If-None-Match": tag}).status == 304


def test_gzip_first(quiet_svc, campus_sim, ask, week):
    """The plain form is made from the packed one when a client comes who needs it."""
    packed = ask(quiet_svc, week, headers={"Accept-Encoding": "gzip"})
    assert ask(quiet_svc, week).body == packed.decoded
    assert asked(campus_sim) == 1


def test_a_large_list_in_both_forms(start_quiet, campus_sim, ask):
    schedule_svc = start_quiet(campus_sim)
    plain = ask(schedule_svc, "/teachers")
    schedule_svc.restart()  # a snapshot has the packed form only
    assert ask(schedule_svc, "/teachers").body == plain.body
    assert ask(schedule_svc, "/teachers", headers={"Accept-Encoding": "gzip"}).decoded == plain.body


def test_one_fetch_for_all_who_wait(quiet_svc, campus_sim, week):
    campus_sim.fault("/scheduler", delay_ms=300)
    campus_sim.reset_requests()
    answers = ask_at_once(quiet_svc, [API + week] * 40)
    assert {response.status for response, _ in answers} == {200}
    assert len({response.body for response, _ in answers}) == 1
    assert asked(campus_sim) == 1


def test_stale_is_given_at_once_and_fetched_anew(start_quiet, campus_sim, ask, week):
    schedule_svc = start_quiet(campus_sim, CACHE_WEEK_SECONDS=1, CACHE_OTHER_WEEK_SECONDS=1, CACHE_STALE_SECONDS=1000)
    first = ask(schedule_svc, week)
    campus_sim.fault("/scheduler", mode="hang", count=1)
    stale = wait_until(lambda: stale_one(ask(schedule_svc, week)), 10, "the answer to get stale")
    assert stale.body == first.body
    assert int(stale.header("age")) >= 1
    assert stale.header("cache-control") == "public, max-age=0, must-revalidate"
    campus_sim.clear_faults()
    wait_until(lambda: not is_stale(ask(schedule_svc, week)), 10, "a fresh answer")


def stale_one(response):
    return response if is_stale(response) else None


def test_expired_waits(start_quiet, campus_sim, ask, week):
    schedule_svc = start_quiet(campus_sim, CACHE_WEEK_SECONDS=1, CACHE_OTHER_WEEK_SECONDS=1, CACHE_STALE_SECONDS=0)
    ask(schedule_svc, week)
    while asked(campus_sim) < 2:
        assert not is_stale(ask(schedule_svc, week))


def test_too_old_is_not_given(start_quiet, campus_sim, ask, week):
    """Beyond stale-if-error an answer is none any more."""
    schedule_svc = start_quiet(
        campus_sim,
        CACHE_WEEK_SECONDS=1,
        CACHE_OTHER_WEEK_SECONDS=1,
        CACHE_STALE_SECONDS=0,
        CACHE_STALE_IF_ERROR_SECONDS=2,
    )
    ask(schedule_svc, week)
    campus_sim.fault("/scheduler", mode="html")
    seen = []
    wait_until(lambda: seen.append(ask(schedule_svc, week)) or seen[-1].status == 502, 10, "the answer to be too old")
    assert any(is_stale(response) for response in seen)


def test_a_failure_is_not_repeated_at_once(quiet_svc, campus_sim, week):
    campus_sim.fault("/scheduler", mode="error")
    assert [quiet_svc.get(API + week).status for _ in range(5)] == [502] * 5
    assert asked(campus_sim) <= 2  # a second may have passed


def test_what_is_not_there_is_remembered(start_quiet, campus_sim, ask):
    schedule_svc = start_quiet(campus_sim, CACHE_NEGATIVE_SECONDS=1)
    path = f"/groups/{NO_SUCH_ID}/week?date={MONDAY}"
    before = asked(campus_sim)
    assert [ask(schedule_svc, path).status for _ in range(5)] == [404] * 5
    assert asked(campus_sim) - before <= 2
    assert schedule_svc.metric("schedule_cache_negative_total") >= 3
    campus_sim.override(f"/scheduler/{NO_SUCH_ID}?date={MONDAY}", week_of(NO_SUCH_ID))
    wait_until(lambda: ask(schedule_svc, path).status == 200, 10, "the group to be there")


def week_of(group_id):
    group = {"id": group_id, "name": "новая", "level": 1, "type": "common", "kind": 0, "spec": "", "year": 2026}
    week = {"date_start": "2026.10.05", "date_end": "2026.10.11", "is_odd": True}
    return {"week": week, "days": [], "group": group}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: answer.update(days={}),
        lambda answer: answer["week"].update(date_start="2026.10.12", date_end="2026.10.18"),
        lambda answer: answer["group"].update(id=1),
        lambda answer: answer.pop("week"),
        lambda answer: answer.update(days=[{"weekday": 1, "date": "2026-10-05", "lessons": [{"subject": "?"}]}]),
    ],
    ids=["no list", "another week", "another group", "no week", "half a lesson"],
)
def test_an_answer_that_is_not_what_was_asked_for(quiet_svc, campus_sim, ask, week, spoil):
    group_id = int(week.split("/")[2])
    answer = week_of(group_id)
    campus_sim.override(f"/scheduler/{group_id}?date={MONDAY}", answer)
    spoil(answer)
    campus_sim.override(f"/scheduler/{group_id}?date={MONDAY}", answer)
    assert ask(quiet_svc, week).status == 502
    campus_sim.clear_overrides()
    wait_until(lambda: ask(quiet_svc, week).status == 200, 10, "the right answer")


def test_too_many_at_once(start_quiet, campus_sim):
    """What finds no place in the queue for RUZ is told so; what is cached is served meanwhile."""
    schedule_svc = start_quiet(campus_sim, UPSTREAM_MAX_IN_FLIGHT=2, UPSTREAM_MAX_WAITING=3)
    groups = [group["id"] for group in campus_sim.ruz("/faculties/125/groups")["groups"][:20]]
    paths = [f"{API}/groups/{group}/week?date={MONDAY}" for group in groups]
    assert schedule_svc.get(paths[0]).status == 200
    campus_sim.fault("/scheduler", delay_ms=500)
    answers = [response for response, _ in ask_at_once(schedule_svc, paths)]
    assert answers[0].status == 200
    statuses = [response.status for response in answers[1:]]
    assert statuses.count(200) >= 5 and set(statuses) == {200, 503}
    assert all(response.header("retry-after") for response in answers if response.status == 503)


def test_the_bound_is_kept(start_quiet, campus_sim, ask):
    bound = 1 << 20
    schedule_svc = start_quiet(campus_sim, CACHE_MAX_BYTES=bound)
    largest = 0
    for faculty in campus_sim.ruz("/faculties")["faculties"]:
        for group in campus_sim.ruz(f"/faculties/{faculty['id']}/groups")["groups"]:
            assert schedule_svc.get(f"{API}/groups/{group['id']}/week?date={MONDAY}").status == 200
        largest = max(largest, schedule_svc.metric("schedule_cache_bytes"))
    assert bound * 0.8 < largest <= bound
    assert schedule_svc.metric("schedule_cache_evictions_total") > 100
    assert schedule_svc.metric("schedule_cache_entries") < 1000


def test_the_request_id_goes_to_ruz(quiet_svc, campus_sim, ask, week):
    response = ask(quiet_svc, week, headers={"X-Request-ID": "question-42"})
    assert response.header("x-request-id") == "question-42"
    campus_sim.wait_log("request", request_id="question-42")
