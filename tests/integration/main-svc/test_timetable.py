# SPDX-License-Identifier: MIT
"""GET /api/schedule and /api/schedule/resolve-group: relayed from schedule-svc, and given again for some seconds."""

import concurrent.futures

import pytest

from poly_process import LOOPBACK, wait_until

MONDAY = "2026-10-05"
GROUP = 41307
NOBODY = f"http://{LOOPBACK}:1"
NAMES = {"faculty_abbr": "ИКНК", "group_name": "5130904/20102"}


def test_ones_own_week(with_schedule, ask):
    main_svc, schedule_svc = with_schedule()
    answer = ask(main_svc, "/api/schedule", main_svc.token(), query={"date": MONDAY})
    assert answer.status == 200
    right = schedule_svc.get(f"/api/schedule/groups/{GROUP}/week", query={"date": MONDAY})
    assert answer.body == right.body


@pytest.mark.parametrize("query", [{"group_id": GROUP}, NAMES])
def test_another_groups_week(with_schedule, ask, query):
    main_svc, _ = with_schedule()
    token = main_svc.token("student1")
    for date in (MONDAY, "2026-10-11"):
        answer = ask(main_svc, "/api/schedule", token, query={**query, "date": date})
        assert answer.json["group_id"] == GROUP and answer.json["week"]["date_start"] == MONDAY
    assert ask(main_svc, "/api/schedule", token, query=query).status == 200  # today's


def test_resolve(with_schedule, ask, refused):
    main_svc, _ = with_schedule()
    token = main_svc.token()
    path = "/api/schedule/resolve-group"
    assert ask(main_svc, path, token, query=NAMES).json == {"faculty_id": 125, "group_id": GROUP}
    refused(main_svc, path, 404, "group_not_found", token=token, query={**NAMES, "group_name": "nothing"})
    refused(main_svc, path, 404, "group_not_found", token=token, query={**NAMES, "faculty_abbr": "НИЧТО"})
    assert ask(main_svc, path, token).status == 422
    long_name = {**NAMES, "group_name": "ж" * 129}
    assert ask(main_svc, path, token, query=long_name).status == 422


def test_names_are_not_cut_elsewhere(with_schedule, ask, refused):
    """A group's name has a slash: what is kept for it is not given for other names that look like it when they are joined."""
    main_svc, _ = with_schedule()
    token = main_svc.token()
    path = "/api/schedule/resolve-group"
    assert ask(main_svc, path, token, query=NAMES).status == 200
    left, right = NAMES["group_name"].split("/")
    query = {"faculty_abbr": f"{NAMES['faculty_abbr']}/{left}", "group_name": right}
    refused(main_svc, path, 404, "group_not_found", token=token, query=query)


def test_refusals(with_schedule, ask, refused):
    main_svc, _ = with_schedule()
    token = main_svc.token()
    path = "/api/schedule"
    refused(main_svc, path, 404, "group_not_found", token=token, query={"group_id": 999999})
    for query in ({"date": "2025-02-30"}, {"group_id": "x"}, {"group_id": 0}, {"faculty_abbr": "ИКНК"}, {"group_name": "1"}):
        assert ask(main_svc, path, token, query=query).status == 422, query
    for where in (path, path + "/resolve-group"):
        refused(main_svc, where, 401, "unauthenticated")


def test_one_fetch_for_many(with_schedule, campus_sim):
    main_svc, schedule_svc = with_schedule()
    token = main_svc.token()
    campus_sim.fault("/scheduler", delay_ms=300)
    asked = schedule_svc.metric("http_requests_total", route="/api/schedule/groups/{group_id}/week")
    with concurrent.futures.ThreadPoolExecutor(16) as clients:
        answers = list(
            clients.map(lambda _: main_svc.ask("/api/schedule", token, query={"group_id": GROUP, "date": MONDAY}), range(16))
        )
    assert {answer.status for answer in answers} == {200} and len({answer.body for answer in answers}) == 1
    assert schedule_svc.metric("http_requests_total", route="/api/schedule/groups/{group_id}/week") == asked + 1


def test_conditional_and_compressed(with_schedule):
    main_svc, _ = with_schedule()
    token = main_svc.token()
    query = {"group_id": GROUP, "date": MONDAY}
    zipped = main_svc.ask("/api/schedule", token, query=query, headers={"Accept-Encoding": "gzip"})
    plain = main_svc.ask("/api/schedule", token, query=query)
    assert zipped.header("content-encoding") == "gzip" and zipped.decoded == plain.body
    etag = {"If-None-Match": plain.header("etag")}
    assert main_svc.ask("/api/schedule", token, query=query, headers=etag).status == 304
    assert plain.header("cache-control").startswith("private")


def test_stale_answers_say_so(with_schedule, campus_sim):
    main_svc, schedule_svc = with_schedule(SCHEDULE_CACHE_SECONDS=0)
    token = main_svc.token()
    query = {"group_id": GROUP, "date": MONDAY}
    assert main_svc.ask("/api/schedule", token, query=query).header("x-schedule-stale") is None
    schedule_svc.restart()  # what a snapshot brings is never fresh
    campus_sim.fault(status=500)
    answer = main_svc.ask("/api/schedule", token, query=query)
    assert answer.status == 200 and answer.header("x-schedule-stale") == "true" and int(answer.header("age")) >= 0


def test_given_again(with_schedule):
    main_svc, schedule_svc = with_schedule(SCHEDULE_CACHE_SECONDS=600)
    token = main_svc.token()
    first = main_svc.ask("/api/schedule", token, query={"date": MONDAY})
    schedule_svc.stop()
    again = main_svc.ask("/api/schedule", token, query={"date": MONDAY})
    assert first.status == again.status == 200 and first.body == again.body
    assert main_svc.metric("main_schedule_cache_hits_total") > 0
    assert main_svc.ask("/api/schedule", token, query={"group_id": 40101}).status == 503


def test_schedule_svc_is_down(start_main_svc, campus_sim, refused):
    main_svc = start_main_svc(campus_sim, SCHEDULE_API_URL=NOBODY)
    token = main_svc.token()
    for _ in range(8):
        answer = main_svc.ask("/api/schedule", token)
        assert answer.status == 503 and int(answer.header("retry-after")) > 0


def test_memory_is_bounded(with_schedule):
    main_svc, _ = with_schedule(SCHEDULE_CACHE_MAX_BYTES=65536)
    token = main_svc.token()
    for group in range(40101, 40131):
        assert main_svc.ask("/api/schedule", token, query={"group_id": group, "date": MONDAY}).status == 200
    wait_until(lambda: main_svc.metric("main_schedule_cache_misses_total") >= 30, 5, "the misses")
    assert main_svc.metric("main_schedule_cache_bytes") <= 65536
