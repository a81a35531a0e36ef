# SPDX-License-Identifier: MIT
"""campus-sim answers as RUZ does: paths, shapes, oddities, the same bytes for the same seed."""

import pytest

from campus import RUZ
from poly_process import PATIENCE, run

WEEK = {"date": "2026-10-05"}
DEMO_GROUP, DEMO_TEACHER, DEMO_BUILDING, DEMO_ROOM, DEMO_FACULTY = 41307, 9010, 25, 1236, 125


@pytest.mark.parametrize(
    "path, members",
    [
        ("/faculties", ["faculties"]),
        ("/faculties/125", ["id", "name", "abbr"]),
        ("/faculties/125/groups", ["groups", "faculty"]),
        ("/search/groups?q=5130904", ["groups"]),
        ("/search/teachers?q=иван", ["teachers"]),
        ("/search/rooms?q=215", ["rooms"]),
        ("/scheduler/41307", ["week", "days", "group"]),
        ("/scheduler/41307?date=2026-10-05", ["week", "days", "group"]),
        ("/teachers", ["teachers"]),
        ("/teachers/9010", ["id", "oid", "full_name", "first_name", "middle_name", "last_name", "grade", "chair"]),
        ("/teachers/9010/scheduler?date=2026-10-05", ["week", "days", "teacher"]),
        ("/buildings", ["buildings"]),
        ("/buildings/25/rooms", ["building", "rooms"]),
        ("/buildings/25/rooms/1236/scheduler?date=2026-10-05", ["week", "days", "room"]),
        ("/scheduler/999999", ["error", "text"]),
    ],
)
def test_paths_answer_json_with_status_200(campus_sim, path, members):
    answer = campus_sim.get(RUZ + path)
    assert answer.status == 200
    assert answer.header("content-type") == "application/json"
    assert list(answer.json) == members


def test_missing_things_are_errors_with_status_200(campus_sim):
    assert campus_sim.ruz("/scheduler/999999") == {"error": True, "text": "Группа: 999999 не найден"}
    assert campus_sim.ruz("/search/groups", {"q": "nothing like it"}) == {"groups": None}


def test_newcomers_ids(campus_sim):
    groups = campus_sim.ruz(f"/faculties/{DEMO_FACULTY}/groups")
    assert groups["faculty"]["abbr"] == "ИКНК"
    assert {"5130904/20102"} == {group["name"] for group in groups["groups"] if group["id"] == DEMO_GROUP}
    rooms = campus_sim.ruz(f"/buildings/{DEMO_BUILDING}/rooms")
    assert {"215"} == {room["name"] for room in rooms["rooms"] if room["id"] == DEMO_ROOM}
    week = campus_sim.ruz(f"/buildings/{DEMO_BUILDING}/rooms/{DEMO_ROOM}/scheduler", WEEK)
    lessons = [lesson for day in week["days"] for lesson in day["lessons"]]
    assert any(DEMO_TEACHER == teacher["id"] for lesson in lessons for teacher in lesson["teachers"] or [])
    assert any(DEMO_GROUP == group["id"] for lesson in lessons for group in lesson["groups"])


def lessons_of(week):
    """{(date, start, subject, groups): (teacher, rooms)}, repeats put together."""
    lessons = {}
    for day in week["days"]:
        for lesson in day["lessons"]:
            for group in lesson["groups"]:
                key = (day["date"], lesson["time_start"], lesson["time_end"], lesson["subject"], group["id"])
                teachers = frozenset(teacher["id"] for teacher in lesson["teachers"] or [])
                rooms = {room["id"] for room in lesson["auditories"] or []}
                lessons.setdefault(key, (teachers, set()))[1].update(rooms)
    return lessons


def test_three_views_tell_the_same(campus_sim):
    group = lessons_of(campus_sim.ruz(f"/scheduler/{DEMO_GROUP}", WEEK))
    assert len({key[:4] for key in group}) >= 15
    for key, (teachers, rooms) in group.items():
        for teacher in teachers:
            seen = lessons_of(campus_sim.ruz(f"/teachers/{teacher}/scheduler", WEEK))
            assert seen[key] == (teachers, rooms)
    room_week = lessons_of(campus_sim.ruz(f"/buildings/{DEMO_BUILDING}/rooms/{DEMO_ROOM}/scheduler", WEEK))
    own = {key for key, (_, rooms) in group.items() if DEMO_ROOM in rooms and key[4] == DEMO_GROUP}
    assert own and own == {key for key in room_week if key[4] == DEMO_GROUP}
    assert all(room_week[key][0] == group[key][0] for key in own)


SAMPLES = ["/teachers", "/faculties/125/groups", "/scheduler/41307?date=2026-10-05", "/scheduler/40001?date=2027-06-14"]


def test_same_seed_gives_the_same_bytes(start_campus_sim):
    one = start_campus_sim(SEED=7, WORKERS=1, TZ="Asia/Vladivostok", TODAY="2026-09-01")
    other = start_campus_sim(SEED=7, WORKERS=2, LC_ALL="C", TODAY="2027-05-01")
    different = start_campus_sim(SEED=8)
    for path in SAMPLES:
        assert one.get(RUZ + path).body == other.get(RUZ + path).body
    assert one.get(RUZ + SAMPLES[0]).body != different.get(RUZ + SAMPLES[0]).body
    assert one.get(RUZ + SAMPLES[2]).body != different.get(RUZ + SAMPLES[2]).body


def test_day_dates_can_be_dotted(start_campus_sim):
    dotted = start_campus_sim(RUZ_DAY_DATES="dotted").ruz(f"/scheduler/{DEMO_GROUP}", WEEK)
    assert dotted["days"][0]["date"] == "2026.10.05"
    assert dotted["week"]["date_start"] == "2026.10.05"


def test_today_and_the_term_can_be_set(start_campus_sim):
    july = start_campus_sim(TODAY="2026-07-15")
    assert july.ruz(f"/scheduler/{DEMO_GROUP}")["week"]["date_start"] == "2026.07.13"
    assert july.ruz(f"/scheduler/{DEMO_GROUP}")["days"] == []
    always = start_campus_sim(TODAY="2026-07-15", TERM_ALWAYS="true")
    assert len(always.ruz(f"/scheduler/{DEMO_GROUP}")["days"]) >= 4


@pytest.mark.parametrize("value", ["yesterday", "1999-01-01"])
def test_a_wrong_today_stops_the_start(value):
    ended = run("campus-sim", "serve", environment={"LISTEN": "127.0.0.1:0", "TODAY": value})
    assert ended.returncode == 1
    assert "TODAY" in ended.stdout and value in ended.stdout


def test_is_quick_and_small(campus_sim):
    for group in range(40001, 41501, 5):
        assert campus_sim.get(f"{RUZ}/scheduler/{group}", query=WEEK).status == 200
    for path in ("/teachers", "/buildings/33/rooms/967/scheduler?date=2026-10-05"):
        assert campus_sim.get(RUZ + path).status == 200
    route = RUZ + "/scheduler/{id}"
    seconds = campus_sim.metric("http_request_duration_seconds_sum", route=route)
    count = campus_sim.metric("http_request_duration_seconds_count", route=route)
    assert count == 300
    assert seconds / count < 0.001 * PATIENCE
    assert campus_sim.resident_bytes() < (64 << 20) * PATIENCE
