# SPDX-License-Identifier: MIT
"""Rooms: their weeks in RUZ's names, one day of them, and which of them are free."""

import pytest

from timetable import (
    BUILDING,
    MONDAY,
    NO_SUCH_ID,
    lessons_of,
    most_in_flight,
    rooms_of,
    ruz_room_week,
    slots_of_ours,
    slots_of_ruz,
)

DAY = "2026-10-06"
FREE = {"building_id": BUILDING, "date": DAY, "time_start": "10:00", "time_end": "11:40"}
SPORTS = "Спорткомплекс"


@pytest.fixture
def busy_room(campus_sim):
    """A room with lessons on the day."""
    for room in rooms_of(campus_sim):
        week = ruz_room_week(campus_sim, room["id"])
        if any(day["date"] == DAY for day in week["days"]):
            return room
    raise AssertionError("no room has lessons")


# --- a week in RUZ's names ---


def test_scheduler(quiet_svc, campus_sim, ask, busy_room):
    response = ask(quiet_svc, f"/buildings/{BUILDING}/rooms/{busy_room['id']}/scheduler", {"date": MONDAY})
    assert response.status == 200
    theirs = ruz_room_week(campus_sim, busy_room["id"])
    assert slots_of_ours(response.json) == slots_of_ruz(theirs)
    assert response.json["room"]["building"]["id"] == BUILDING
    teachers = {teacher["id"]: teacher["oid"] for lesson in lessons_of(theirs) for teacher in lesson["teachers"] or []}
    ours = {teacher["id"]: teacher["oid"] for lesson in lessons_of(response.json) for teacher in lesson["teachers"]}
    assert ours == teachers


@pytest.mark.parametrize("path", [f"/buildings/{BUILDING}/rooms/{NO_SUCH_ID}/scheduler", f"/buildings/{NO_SUCH_ID}/rooms/1/scheduler"])
def test_scheduler_of_an_unknown_room(quiet_svc, ask, path):
    response = ask(quiet_svc, path)
    assert (response.status, response.json["code"]) == (404, "room_not_found")


def test_scheduler_of_a_bad_room(quiet_svc, ask):
    response = ask(quiet_svc, "/buildings/x/rooms/y/scheduler", {"date": "z"})
    assert [error["field"] for error in response.json["errors"]] == ["building_id", "room_id", "date"]


# --- one day ---


def test_day(quiet_svc, campus_sim, ask, busy_room):
    response = ask(quiet_svc, f"/rooms/{busy_room['id']}/day", {"date": DAY})
    assert response.status == 200
    day = response.json
    assert (day["room_id"], day["building_id"], day["date"], day["weekday"]) == (busy_room["id"], BUILDING, DAY, 2)
    theirs = {
        key: slot for key, slot in slots_of_ruz(ruz_room_week(campus_sim, busy_room["id"])).items() if key[0] == DAY
    }
    assert theirs and slots_of_ours({"days": [day]}) == theirs


def test_day_without_lessons(quiet_svc, ask, busy_room):
    response = ask(quiet_svc, f"/rooms/{busy_room['id']}/day", {"date": "2026-10-11"})
    assert response.status == 200 and response.json["lessons"] == []


def test_day_of_an_unknown_room(quiet_svc, ask):
    response = ask(quiet_svc, f"/rooms/{NO_SUCH_ID}/day")
    assert (response.status, response.json["code"]) == (404, "room_not_found")


def test_day_while_the_buildings_are_not_known(start_quiet, campus_sim, ask, busy_room):
    """Nobody can say that there is no such room."""
    campus_sim.fault(f"/buildings/{BUILDING}/rooms", status=500)
    schedule_svc = start_quiet(campus_sim)
    assert ask(schedule_svc, f"/rooms/{busy_room['id']}/day").status == 503


# --- free rooms ---


def is_free(week, begin, end):
    return all(
        lesson["time_end"] <= begin or end <= lesson["time_start"]
        for day in week["days"]
        if day["date"] == DAY
        for lesson in day["lessons"]
    )


@pytest.mark.parametrize("begin, end", [("10:00", "11:40"), ("11:40", "12:00"), ("00:00", "23:59"), ("21:00", "22:00")])
def test_free(quiet_svc, campus_sim, ask, begin, end):
    response = ask(quiet_svc, "/rooms/free", {**FREE, "time_start": begin, "time_end": end})
    assert response.status == 200
    expected = {room["id"] for room in rooms_of(campus_sim) if is_free(ruz_room_week(campus_sim, room["id"]), begin, end)}
    assert {room["id"] for room in response.json["rooms"]} == expected
    assert response.json["unknown"] == []


def test_free_says_until_when(quiet_svc, campus_sim, ask):
    for room in ask(quiet_svc, "/rooms/free", FREE).json["rooms"]:
        lessons = [
            lesson
            for day in ruz_room_week(campus_sim, room["id"])["days"]
            if day["date"] == DAY
            for lesson in day["lessons"]
        ]
        later = [lesson["time_start"] for lesson in lessons if lesson["time_start"] >= FREE["time_end"]]
        earlier = [lesson["time_end"] for lesson in lessons if lesson["time_end"] <= FREE["time_start"]]
        assert room["free_until"] == min(later, default=None)
        assert room["free_from"] == max(earlier, default=None)


def test_free_asks_gently_and_once(quiet_svc, campus_sim, ask):
    campus_sim.fault("/buildings", delay_ms=50)
    campus_sim.reset_requests()
    assert 2 <= most_in_flight(campus_sim, "/buildings", lambda: ask(quiet_svc, "/rooms/free", FREE)) <= 8
    total = campus_sim.requests("/buildings")["total"]
    assert total == len(rooms_of(campus_sim)) + 1
    campus_sim.reset_requests()
    assert ask(quiet_svc, "/rooms/free", {**FREE, "time_start": "12:00", "time_end": "13:00"}).status == 200
    assert campus_sim.requests("/buildings")["total"] == 0


def test_free_names_the_rooms_that_nobody_knows_of(quiet_svc, campus_sim, ask):
    first, second, *_ = rooms_of(campus_sim)
    campus_sim.fault(f"/buildings/{BUILDING}/rooms/{first['id']}/scheduler", mode="html")
    campus_sim.fault(f"/buildings/{BUILDING}/rooms/{second['id']}/scheduler", mode="wrong_schema")
    answer = ask(quiet_svc, "/rooms/free", {**FREE, "time_start": "21:30", "time_end": "22:00"}).json
    assert answer["unknown"] == [{"id": first["id"], "name": first["name"]}, {"id": second["id"], "name": second["name"]}]
    assert len(answer["rooms"]) == len(rooms_of(campus_sim)) - 2


def test_free_when_nothing_is_known(quiet_svc, campus_sim, ask):
    campus_sim.fault(f"/buildings/{BUILDING}/rooms/", mode="html")
    assert ask(quiet_svc, "/rooms/free", FREE).status in (502, 503)


def test_free_in_a_pseudo_building(quiet_svc, campus_sim, ask):
    sports = next(each for each in campus_sim.ruz("/buildings")["buildings"] if each["name"] == SPORTS)
    answer = ask(quiet_svc, "/rooms/free", {**FREE, "building_id": sports["id"]}).json
    assert rooms_of(campus_sim, sports["id"]) and answer["rooms"] == [] and answer["unknown"] == []
    assert campus_sim.requests(f"/buildings/{sports['id']}/rooms/")["total"] == 0


def test_free_in_an_unknown_building(quiet_svc, ask):
    response = ask(quiet_svc, "/rooms/free", {**FREE, "building_id": NO_SUCH_ID})
    assert (response.status, response.json["code"]) == (404, "building_not_found")


@pytest.mark.parametrize(
    "change, field",
    [
        ({"building_id": None}, "building_id"),
        ({"building_id": "x"}, "building_id"),
        ({"date": None}, "date"),
        ({"date": "2026-13-01"}, "date"),
        ({"time_start": None}, "time_start"),
        ({"time_start": "25:00"}, "time_start"),
        ({"time_end": "soon"}, "time_end"),
        ({"time_end": "10:00"}, "time_end"),
        ({"time_start": "12:00", "time_end": "11:00"}, "time_end"),
    ],
)
def test_free_needs_a_window(quiet_svc, ask, change, field):
    response = ask(quiet_svc, "/rooms/free", {**FREE, **change})
    assert response.status == 422
    assert field in [error["field"] for error in response.json["errors"]]
