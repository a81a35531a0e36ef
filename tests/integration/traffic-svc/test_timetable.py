# SPDX-License-Identifier: MIT
"""GET /api/schedule/…: buildings, rooms and their weeks, from a real schedule-svc."""

import pytest

import campus
import poly_process

BUILDINGS = "/api/schedule/buildings"


@pytest.fixture(scope="module")
def schedule(request):
    with campus.Campus() as ruz:
        environment = {"RUZ_BASE_URL": ruz.ruz_url, "WORKERS": 1}
        with poly_process.Daemon("schedule-svc", environment) as daemon:
            request.module.SETTINGS = {"SCHEDULE_API_URL": daemon.url}
            yield daemon


@pytest.fixture(scope="module")
def place(schedule, place):
    return place


@pytest.fixture(scope="module")
def building(place):
    return place.as_admin("GET", BUILDINGS).json["buildings"][0]["id"]


@pytest.fixture(scope="module")
def room(place, building):
    return place.as_admin("GET", f"{BUILDINGS}/{building}/rooms").json["rooms"][0]["id"]


def test_buildings_and_rooms_are_schedule_svcs(place, schedule, building):
    assert place.as_admin("GET", BUILDINGS).json == schedule.get(BUILDINGS).json
    rooms = place.as_admin("GET", f"{BUILDINGS}/{building}/rooms")
    assert rooms.status == 200 and rooms.json["rooms"]
    assert rooms.json["rooms"] == schedule.get(f"{BUILDINGS}/{building}/rooms").json["rooms"]


@pytest.mark.parametrize("query", ["", "?date=2026-10-07"])
def test_a_rooms_week_is_schedule_svcs(place, schedule, building, room, query):
    path = f"{BUILDINGS}/{building}/rooms/{room}/scheduler{query}"
    week = place.as_admin("GET", path)
    assert week.status == 200
    assert week.json == schedule.get(path).json


def test_teachers_may_and_others_may_not(place, problem_of, building, room):
    teacher = place.teacher()
    for path in (BUILDINGS, f"{BUILDINGS}/{building}/rooms", f"{BUILDINGS}/{building}/rooms/{room}/scheduler"):
        assert place.as_teacher(teacher, "GET", path).status == 200
        problem_of(place.traffic.request("GET", path), 401, "unauthenticated")
        problem_of(place.traffic.request("GET", path, headers=place.sso.admin()), 401, "unauthenticated")


def test_what_is_not_there_is_404(place, problem_of, building):
    problem_of(place.as_admin("GET", f"{BUILDINGS}/999999/rooms"), 404, "room_not_found")
    problem_of(place.as_admin("GET", f"{BUILDINGS}/{building}/rooms/999999/scheduler"), 404, "room_not_found")


def test_what_cannot_be_is_422(place, problem_of, building, room):
    problem_of(place.as_admin("GET", f"{BUILDINGS}/x/rooms"), 422, "validation_failed")
    problem_of(place.as_admin("GET", f"{BUILDINGS}/0/rooms/1/scheduler"), 422, "validation_failed")
    problem_of(
        place.as_admin("GET", f"{BUILDINGS}/{building}/rooms/{room}/scheduler?date=2026-02-30"), 422, "validation_failed"
    )


def test_without_schedule_svc(place, problem_of, schedule):
    """Last: it does not come back."""
    schedule.stop()
    answer = place.as_admin("GET", BUILDINGS)
    problem_of(answer, 503, "upstream_unavailable")
    assert answer.header("retry-after")
    schedule.start()
