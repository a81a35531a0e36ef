# SPDX-License-Identifier: MIT
"""Groups: their weeks by id and by name, and the ways to find their ids."""

import datetime

import pytest

from timetable import (
    FACULTY,
    MONDAY,
    NO_SUCH_ID,
    first_group,
    lessons_of,
    rooms_by_slot,
    slots_of_ours,
    slots_of_ruz,
)


@pytest.fixture
def group(campus_sim):
    return first_group(campus_sim)


def abbr_of_faculty(campus_sim):
    return next(each["abbr"] for each in campus_sim.ruz("/faculties")["faculties"] if each["id"] == FACULTY)


def test_week(quiet_svc, campus_sim, ask, group):
    response = ask(quiet_svc, f"/groups/{group['id']}/week", {"date": MONDAY})
    assert response.status == 200
    week = response.json
    assert week["group_id"] == group["id"]
    assert week["week"]["date_start"] == MONDAY
    assert week["week"]["date_end"] == "2026-10-11"
    theirs = slots_of_ruz(campus_sim.ruz(f"/scheduler/{group['id']}", {"date": MONDAY}))
    assert len(theirs) > 3
    assert rooms_by_slot(slots_of_ours(week)) == rooms_by_slot(theirs)
    assert all("groups" not in lesson for lesson in lessons_of(week))


def test_every_group_of_a_faculty(quiet_svc, campus_sim, ask):
    """Many weeks, each with some of RUZ's oddities."""
    for group in campus_sim.ruz(f"/faculties/{FACULTY}/groups")["groups"][:40]:
        week = ask(quiet_svc, f"/groups/{group['id']}/week", {"date": MONDAY}).json
        theirs = slots_of_ruz(campus_sim.ruz(f"/scheduler/{group['id']}", {"date": MONDAY}))
        assert rooms_by_slot(slots_of_ours(week)) == rooms_by_slot(theirs)
        days = [day["date"] for day in week["days"]]
        assert days == sorted(days)
        for day in week["days"]:
            assert day["lessons"]
            assert datetime.date.fromisoformat(day["date"]).isoweekday() == day["weekday"]
            times = [(lesson["time_start"], lesson["time_end"]) for lesson in day["lessons"]]
            assert times == sorted(times)


def test_dotted_dates(start_campus_sim, start_quiet, ask):
    campus_sim = start_campus_sim(RUZ_DAY_DATES="dotted")
    schedule_svc = start_quiet(campus_sim)
    week = ask(schedule_svc, f"/groups/{first_group(campus_sim)['id']}/week", {"date": MONDAY}).json
    assert week["days"] and all(day["date"].startswith("2026-10-") for day in week["days"])


@pytest.mark.parametrize("date", ["2026-10-05", "2026-10-07", "2026-10-11", "2026-10-5"])
def test_any_day_selects_its_week(quiet_svc, ask, group, date):
    week = ask(quiet_svc, f"/groups/{group['id']}/week", {"date": date}).json["week"]
    assert week["date_start"] == MONDAY


def test_without_a_date_it_is_this_week(quiet_svc, ask, group):
    moscow = datetime.timezone(datetime.timedelta(hours=3))
    before = datetime.datetime.now(moscow).date()
    week = ask(quiet_svc, f"/groups/{group['id']}/week").json["week"]
    after = datetime.datetime.now(moscow).date()
    mondays = {(day - datetime.timedelta(days=day.weekday())).isoformat() for day in (before, after)}
    assert week["date_start"] in mondays


def test_a_week_without_lessons(quiet_svc, ask, group):
    response = ask(quiet_svc, f"/groups/{group['id']}/week", {"date": "2026-07-27"})
    assert response.status == 200 and response.json["days"] == []


def test_a_trailing_slash(quiet_svc, group):
    assert quiet_svc.get(f"/api/schedule/groups/{group['id']}/week/", query={"date": MONDAY}).status == 200


def test_head(quiet_svc, group):
    path = f"/api/schedule/groups/{group['id']}/week?date={MONDAY}"
    whole = quiet_svc.get(path)
    head = quiet_svc.request("HEAD", path)
    assert head.status == 200 and head.body == b""
    assert head.header("content-length") == str(len(whole.body))
    assert head.header("etag") == whole.header("etag")


@pytest.mark.parametrize("path", ["/groups/{}/week", "/groups/{}", "/groups/{}/calendar.ics"])
def test_an_unknown_group(quiet_svc, ask, path):
    response = ask(quiet_svc, path.format(NO_SUCH_ID), {"date": MONDAY})
    assert response.status == 404
    assert response.json["code"] == "group_not_found"
    assert response.json["detail"].startswith("Такой группы")


@pytest.mark.parametrize(
    "path, query, field, shown",
    [
        ("/groups/abc/week", {}, "group_id", "abc"),
        ("/groups/0/week", {}, "group_id", "0"),
        ("/groups/99999999999/week", {}, "group_id", "99999999999"),
        ("/groups/-1", {}, "group_id", "-1"),
        ("/groups/7/week", {"date": "2026-02-30"}, "date", "2026-02-30"),
        ("/groups/7/week", {"date": "05.10.2026"}, "date", "05.10.2026"),
        ("", {"group_id": "x"}, "group_id", "x"),
        ("", {"group_id": "7", "date": "soon"}, "date", "soon"),
        ("/groups/7/calendar.ics", {"weeks": "17"}, "weeks", "17"),
    ],
)
def test_bad_values_are_named(quiet_svc, campus_sim, ask, path, query, field, shown):
    response = ask(quiet_svc, path, query)
    assert response.status == 422
    [error] = response.json["errors"]
    assert error["field"] == field
    assert f"«{field}»" in error["message"] and shown in error["message"]
    assert response.json["detail"]
    assert campus_sim.requests()["total"] == 0


def test_every_fault_is_told_at_once(quiet_svc, ask):
    response = ask(quiet_svc, "/groups/abc/week", {"date": "never"}, headers={"Accept-Language": "en"})
    assert [error["field"] for error in response.json["errors"]] == ["group_id", "date"]
    assert "must be" in response.json["detail"]


# --- by name ---


@pytest.mark.parametrize("path", ["/groups/resolve", "/resolve-group"])
def test_resolve(quiet_svc, campus_sim, ask, group, path):
    names = {"faculty_abbr": abbr_of_faculty(campus_sim), "group_name": group["name"]}
    assert ask(quiet_svc, path, names).json == {"faculty_id": FACULTY, "group_id": group["id"]}


@pytest.mark.parametrize("preload", ["false", "true"])
def test_resolve_without_regard_to_case(start_quiet, campus_sim, ask, group, preload):
    schedule_svc = start_quiet(campus_sim, DICTIONARIES_PRELOAD=preload)
    if preload == "true":
        schedule_svc.wait_log("directory built")
    names = {"faculty_abbr": abbr_of_faculty(campus_sim).lower(), "group_name": "  " + group["name"] + " "}
    assert ask(schedule_svc, "/groups/resolve", names).json == {"faculty_id": FACULTY, "group_id": group["id"]}
    unknown = ask(schedule_svc, "/groups/resolve", {**names, "group_name": "0000000/00000"})
    assert (unknown.status, unknown.json["code"]) == (404, "group_not_found")
    unknown = ask(schedule_svc, "/groups/resolve", {**names, "faculty_abbr": "НЕТ"})
    assert (unknown.status, unknown.json["code"]) == (404, "faculty_not_found")


def test_every_group_resolves(start_quiet, campus_sim, ask):
    schedule_svc = start_quiet(campus_sim, DICTIONARIES_PRELOAD="true")
    schedule_svc.wait_log("directory built", missing=0)
    for faculty in campus_sim.ruz("/faculties")["faculties"]:
        for group in campus_sim.ruz(f"/faculties/{faculty['id']}/groups")["groups"][:5]:
            names = {"faculty_abbr": faculty["abbr"], "group_name": group["name"]}
            assert ask(schedule_svc, "/groups/resolve", names).json["group_id"] == group["id"]


@pytest.mark.parametrize("query", [{}, {"faculty_abbr": "ИКНК"}, {"group_name": "1"}, {"faculty_abbr": "", "group_name": " "}])
def test_resolve_needs_both_names(quiet_svc, ask, query):
    assert ask(quiet_svc, "/groups/resolve", query).status == 422


def test_week_by_group_id(quiet_svc, ask, group):
    by_path = ask(quiet_svc, f"/groups/{group['id']}/week", {"date": MONDAY})
    by_query = ask(quiet_svc, "", {"group_id": group["id"], "date": MONDAY})
    assert by_query.status == 200 and by_query.body == by_path.body


def test_week_by_name(quiet_svc, campus_sim, ask, group):
    names = {"faculty_abbr": abbr_of_faculty(campus_sim), "group_name": group["name"], "date": MONDAY}
    assert ask(quiet_svc, "", names).json["group_id"] == group["id"]
    assert ask(quiet_svc, "", {**names, "group_name": "нет"}).status == 404
    assert ask(quiet_svc, "", {"faculty_abbr": names["faculty_abbr"]}).status == 422
    assert ask(quiet_svc, "").status == 422


@pytest.mark.parametrize("preload", ["false", "true"])
def test_group(start_quiet, campus_sim, ask, group, preload):
    """By the directory or, before it is there, by the group's timetable."""
    schedule_svc = start_quiet(campus_sim, DICTIONARIES_PRELOAD=preload)
    if preload == "true":
        schedule_svc.wait_log("directory built", missing=0)
    campus_sim.reset_requests()
    answer = ask(schedule_svc, f"/groups/{group['id']}").json
    assert answer["name"] == group["name"] and answer["level"] == group["level"]
    assert answer["faculty"]["id"] == FACULTY
    assert campus_sim.requests()["total"] == (0 if preload == "true" else 1)
