# SPDX-License-Identifier: MIT
"""The lists that RUZ keeps."""

import pytest

from timetable import BUILDING, FACULTY, NO_SUCH_ID


def squeezed(text):
    return " ".join((text or "").split())


def ids_and_names(items, name="name"):
    return [(item["id"], squeezed(item[name])) for item in items]


def test_faculties(quiet_svc, campus_sim, ask):
    ours = ask(quiet_svc, "/faculties").json["faculties"]
    theirs = campus_sim.ruz("/faculties")["faculties"]
    assert len(ours) > 5 and ids_and_names(ours) == ids_and_names(theirs)
    assert ids_and_names(ours, "abbr") == ids_and_names(theirs, "abbr")


def test_faculty_groups(quiet_svc, campus_sim, ask):
    answer = ask(quiet_svc, f"/faculties/{FACULTY}/groups").json
    theirs = campus_sim.ruz(f"/faculties/{FACULTY}/groups")["groups"]
    assert answer["faculty"]["id"] == FACULTY
    assert len(theirs) > 10 and sorted(ids_and_names(answer["groups"])) == sorted(ids_and_names(theirs))


def test_buildings(quiet_svc, campus_sim, ask):
    ours = ask(quiet_svc, "/buildings").json["buildings"]
    assert len(ours) > 5 and ids_and_names(ours) == ids_and_names(campus_sim.ruz("/buildings")["buildings"])


def test_building_rooms(quiet_svc, campus_sim, ask):
    answer = ask(quiet_svc, f"/buildings/{BUILDING}/rooms").json
    theirs = campus_sim.ruz(f"/buildings/{BUILDING}/rooms")["rooms"]
    assert answer["building"]["id"] == BUILDING
    assert len(theirs) > 10 and sorted(ids_and_names(answer["rooms"])) == sorted(ids_and_names(theirs))


def test_teachers(quiet_svc, campus_sim, ask):
    response = ask(quiet_svc, "/teachers")
    ours, theirs = response.json["teachers"], campus_sim.ruz("/teachers")["teachers"]
    assert len(ours) > 2000
    assert sorted(ids_and_names(ours, "full_name")) == sorted(ids_and_names(theirs, "full_name"))
    assert {teacher["id"]: teacher["oid"] for teacher in ours} == {teacher["id"]: teacher["oid"] for teacher in theirs}


@pytest.mark.parametrize(
    "path, code",
    [
        (f"/faculties/{NO_SUCH_ID}/groups", "faculty_not_found"),
        (f"/buildings/{NO_SUCH_ID}/rooms", "building_not_found"),
    ],
)
def test_unknown(quiet_svc, ask, path, code):
    response = ask(quiet_svc, path)
    assert (response.status, response.json["code"]) == (404, code)


@pytest.mark.parametrize("path", ["/faculties/x/groups", "/buildings/0/rooms"])
def test_bad_ids(quiet_svc, ask, path):
    assert ask(quiet_svc, path).status == 422


@pytest.mark.parametrize("path, name", [("/faculties", "faculties"), ("/buildings", "buildings"), ("/teachers", "teachers")])
def test_an_empty_list_is_ruz_s_trouble(start_quiet, campus_sim, ask, path, name):
    """A university always has some: nothing is taken from the list that was there."""
    schedule_svc = start_quiet(campus_sim, CACHE_STALE_SECONDS=0)
    campus_sim.override(path, {name: []})
    assert ask(schedule_svc, path).status == 502
    campus_sim.clear_overrides()
    schedule_svc.restart()
    full = ask(schedule_svc, path).json
    assert full[name]
    campus_sim.override(path, {name: []})
    schedule_svc.restart()
    response = ask(schedule_svc, path)
    assert response.json == full and response.header("x-schedule-stale") == "true"


def test_nulls_and_spaces(quiet_svc, campus_sim, ask):
    campus_sim.override(
        "/teachers",
        {
            "teachers": [
                {
                    "id": 1,
                    "oid": 2,
                    "full_name": " Иванов  Иван\t",
                    "first_name": "Иванов ",
                    "middle_name": None,
                    "grade": None,
                }
            ]
        },
    )
    [teacher] = ask(quiet_svc, "/teachers").json["teachers"]
    assert teacher == {
        "id": 1,
        "oid": 2,
        "full_name": "Иванов Иван",
        "first_name": "Иванов",
        "middle_name": "",
        "last_name": "",
        "grade": "",
        "chair": "",
    }
