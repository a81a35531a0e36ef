# SPDX-License-Identifier: MIT
"""GET /api/sessions/start-options: today's lessons in the kiosk's room that are the teacher's, from the real timetable."""

import datetime

import pytest

BUILDING = 25
MONDAY = "2026-10-05"  # lessons are given in this week
MOSCOW = datetime.timezone(datetime.timedelta(hours=3))


def lessons_of(week):
    return [lesson for day in week["days"] for lesson in day["lessons"]]


class Room:
    """A room whose lessons of some week are given today."""

    def __init__(self, campus_sim):
        for room in campus_sim.ruz(f"/buildings/{BUILDING}/rooms")["rooms"]:
            self.id = room["id"]
            self.path = f"/buildings/{BUILDING}/rooms/{self.id}/scheduler"
            week = campus_sim.ruz(self.path, {"date": MONDAY})
            self.lessons = [lesson for lesson in lessons_of(week) if lesson["teachers"]]
            if self.teachers_number() > 1:
                break
        today = datetime.datetime.now(MOSCOW).date()
        monday = today - datetime.timedelta(days=today.weekday())
        dates = [monday, monday + datetime.timedelta(days=6)]
        week["week"].update(zip(("date_start", "date_end"), (date.strftime("%Y.%m.%d") for date in dates)))
        week["days"] = [{"weekday": today.isoweekday(), "date": today.isoformat(), "lessons": self.lessons}]
        campus_sim.override(self.path, week)

    def teachers_number(self):
        return len({teacher["id"] for lesson in self.lessons for teacher in lesson["teachers"]})

    def teacher(self):
        return self.lessons[0]["teachers"][0]


@pytest.fixture
def room(campus_sim):
    return Room(campus_sim)


@pytest.fixture
def place(start_traffic_place, schedule_svc):
    return start_traffic_place(SCHEDULE_API_URL=schedule_svc.url)


@pytest.fixture
def kiosk(place, room):
    kiosk = place.kiosk(registered=False)
    body = {"building_id": BUILDING, "building_name": "11-й корпус", "room_id": room.id, "room_name": "Ауд."}
    assert place.as_admin("POST", f"/api/tablets/{kiosk.id}/register", json_body=body).status == 200
    return kiosk


def options(place, teacher, pin):
    return place.as_teacher(teacher, "GET", "/api/sessions/start-options", query={"pin": pin})


def test_the_teachers_lessons_of_today_may_be_started(place, room, kiosk, schedule_svc, problem_of):
    ruz = room.teacher()
    listed = schedule_svc.get("/api/schedule/teachers").json["teachers"]
    assert ruz["id"] in [teacher["id"] for teacher in listed]
    teacher = place.teacher(ruz["full_name"], ruz_teacher_id=ruz["id"])
    answer = options(place, teacher, kiosk.display_pin)
    assert answer.status == 200
    assert answer.json["tablet"] == {"tablet_id": kiosk.id, "building_name": "11-й корпус", "room_name": "Ауд."}
    expected = {
        (lesson["time_start"], lesson["time_end"], lesson["typeObj"]["abbr"])
        for lesson in room.lessons
        if ruz["id"] in [one["id"] for one in lesson["teachers"]]
    }
    found = {(lesson["time_start"], lesson["time_end"], lesson["type_abbr"]) for lesson in answer.json["lessons"]}
    assert found == expected and len(found) < len(room.lessons)
    assert all(lesson["subject"] and lesson["groups"][0]["name"] for lesson in answer.json["lessons"])
    started = place.start_session(teacher, kiosk, answer.json["lessons"][0]["subject"])
    assert started["room_name"] == "Ауд."

    namesake = place.teacher(ruz["full_name"], ruz_teacher_id=2147483000)
    assert options(place, namesake, kiosk.display_pin).json["lessons"] == []

    by_hand = place.teacher(ruz["full_name"])
    problem_of(options(place, by_hand, kiosk.display_pin), 400, "no_ruz_teacher_id")


def test_what_cannot_be_offered_is_said(place, kiosk, schedule_svc, problem_of):
    teacher = place.teacher(ruz_teacher_id=71)
    unregistered = place.kiosk(registered=False)
    problem_of(options(place, teacher, unregistered.display_pin), 400, "tablet_not_registered")
    wrong = "000000" if kiosk.display_pin != "000000" else "000001"
    problem_of(options(place, teacher, wrong), 404, "pin_not_found")
    problem_of(options(place, teacher, "12"), 422, "validation_failed")

    elsewhere = place.kiosk("Ауд. 0")  # a room that the timetable does not know
    assert options(place, teacher, elsewhere.display_pin).json["lessons"] == []

    schedule_svc.kill()
    answer = options(place, teacher, kiosk.display_pin)
    problem_of(answer, 503, "upstream_unavailable")
    assert answer.header("retry-after")
