# SPDX-License-Identifier: MIT
"""iCalendar feeds, read with a calendar library of others."""

import datetime

import icalendar
import pytest

from timetable import API, BUILDING, first_group, first_teacher, is_stale, lessons_of, most_in_flight, rooms_of, slots_of_ours

MOSCOW = datetime.timezone(datetime.timedelta(hours=3))


def mondays(weeks):
    today = datetime.datetime.now(MOSCOW).date()
    this = today - datetime.timedelta(days=today.weekday())
    return [(this + datetime.timedelta(days=7 * offset)).isoformat() for offset in range(-1, weeks)]


@pytest.fixture
def campus_sim(start_campus_sim):
    """Taught through, whatever the date."""
    return start_campus_sim(TERM_ALWAYS="true")


def events_of(response):
    calendar = icalendar.Calendar.from_ical(response.body)
    return [part for part in calendar.walk() if part.name == "VEVENT"]


def starts_of(events):
    return sorted(event["DTSTART"].dt.strftime("%Y-%m-%d %H:%M") for event in events)


def expected_starts(schedule_svc, path, weeks):
    """By the week's own answers, which other tests hold against RUZ."""
    slots = {}
    for monday in mondays(weeks):
        slots.update(slots_of_ours(schedule_svc.get(API + path, query={"date": monday}).json))
    return sorted(f"{key[0]} {key[1]}" for key in slots)


@pytest.mark.parametrize("query, weeks", [({}, 9), ({"weeks": 1}, 1), ({"weeks": 16}, 16)])
def test_group(quiet_svc, campus_sim, ask, query, weeks):
    group = first_group(campus_sim)
    response = ask(quiet_svc, f"/groups/{group['id']}/calendar.ics", query)
    assert response.status == 200
    assert response.header("content-type") == "text/calendar; charset=utf-8"
    assert response.header("content-disposition") == f'inline; filename="group-{group["id"]}.ics"'
    calendar = icalendar.Calendar.from_ical(response.body)
    assert calendar["VERSION"] == "2.0" and str(calendar["X-WR-CALNAME"]) == group["name"]
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Moscow"]
    events = events_of(response)
    assert len(events) >= weeks
    assert starts_of(events) == expected_starts(quiet_svc, f"/groups/{group['id']}/week", weeks)
    assert len({event["UID"] for event in events}) == len(events)


def test_teacher(quiet_svc, campus_sim, ask):
    teacher = first_teacher(campus_sim)
    response = ask(quiet_svc, f"/teachers/{teacher['id']}/calendar.ics", {"weeks": 3})
    assert starts_of(events_of(response)) == expected_starts(quiet_svc, f"/teachers/{teacher['id']}/week", 3)
    assert str(icalendar.Calendar.from_ical(response.body)["X-WR-CALNAME"]) == " ".join(teacher["full_name"].split())


def test_room(quiet_svc, campus_sim, ask):
    room = rooms_of(campus_sim)[3]
    response = ask(quiet_svc, f"/rooms/{room['id']}/calendar.ics", {"weeks": 3})
    path = f"/buildings/{BUILDING}/rooms/{room['id']}/scheduler"
    assert starts_of(events_of(response)) == expected_starts(quiet_svc, path, 3)


def test_it_stays_the_same_while_the_weeks_do(start_quiet, campus_sim, ask):
    """Fetching anew what has not changed makes no new feed."""
    schedule_svc = start_quiet(campus_sim, CACHE_WEEK_SECONDS=1, CACHE_OTHER_WEEK_SECONDS=1, CACHE_STALE_SECONDS=0)
    path = f"/groups/{first_group(campus_sim)['id']}/calendar.ics"
    first = ask(schedule_svc, path, {"weeks": 2})
    fetched = campus_sim.requests("/scheduler")["total"]
    while campus_sim.requests("/scheduler")["total"] < fetched + 3:
        again = ask(schedule_svc, path, {"weeks": 2})
        assert again.body == first.body
    assert again.header("etag") == first.header("etag")
    same = schedule_svc.get(API + path, query={"weeks": 2}, headers={"If-None-Match": first.header("etag")})
    assert same.status == 304 and same.body == b""


def test_a_moved_lesson_keeps_its_uid(start_quiet, campus_sim, ask):
    schedule_svc = start_quiet(campus_sim, CACHE_WEEK_SECONDS=1, CACHE_STALE_SECONDS=0)
    group = first_group(campus_sim)["id"]
    this_week = mondays(1)[1]
    path = f"/groups/{group}/calendar.ics"
    before = ask(schedule_svc, path, {"weeks": 1})
    week = campus_sim.ruz(f"/scheduler/{group}", {"date": this_week})
    next(lesson for lesson in lessons_of(week) if lesson["auditories"])["auditories"][0]["name"] = "новая"
    campus_sim.override(f"/scheduler/{group}?date={this_week}", week)
    after = ask(schedule_svc, path, {"weeks": 1})
    while after.body == before.body:
        after = ask(schedule_svc, path, {"weeks": 1})
    assert {event["UID"] for event in events_of(before)} == {event["UID"] for event in events_of(after)}
    assert after.header("etag") != before.header("etag")


def test_all_weeks_or_none(quiet_svc, campus_sim, ask):
    """A hole would look like lessons that were cancelled."""
    group = first_group(campus_sim)["id"]
    campus_sim.fault(f"/scheduler/{group}", status=500, count=1)
    campus_sim.override(f"/scheduler/{group}?date={mondays(9)[5]}", text="<html>")
    response = ask(quiet_svc, f"/groups/{group}/calendar.ics")
    assert response.status in (502, 503)
    assert response.header("content-type") == "application/problem+json"


def test_an_old_week_will_do(start_quiet, campus_sim, ask):
    schedule_svc = start_quiet(campus_sim)
    group = first_group(campus_sim)["id"]
    path = f"/groups/{group}/calendar.ics"
    before = ask(schedule_svc, path)
    schedule_svc.restart()
    campus_sim.fault("/scheduler", status=500)
    after = ask(schedule_svc, path)
    assert after.status == 200 and after.body == before.body
    assert is_stale(after) and not is_stale(before)


def test_weeks_are_fetched_side_by_side(quiet_svc, campus_sim, ask):
    path = f"/groups/{first_group(campus_sim)['id']}/calendar.ics"
    campus_sim.fault("/scheduler", delay_ms=200)
    campus_sim.reset_requests()
    most = most_in_flight(campus_sim, "/scheduler", lambda: ask(quiet_svc, path, {"weeks": 16}))
    assert 2 <= most <= 4
    assert max(campus_sim.requests("/scheduler")["paths"].values()) == 1


@pytest.mark.parametrize("weeks", ["0", "17", "x"])
def test_bad_weeks(quiet_svc, ask, weeks):
    response = ask(quiet_svc, "/groups/7/calendar.ics", {"weeks": weeks})
    assert [error["field"] for error in response.json["errors"]] == ["weeks"]
