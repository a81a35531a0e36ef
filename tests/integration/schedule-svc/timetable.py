# SPDX-License-Identifier: MIT
"""RUZ's weeks as campus-sim answers them, in the form that ours are compared in."""

import concurrent.futures

API = "/api/schedule"
FACULTY = 125  # ИКНК
BUILDING = 25  # 11-й учебный корпус
MONDAY = "2026-10-05"  # lessons are given in this week
NO_SUCH_ID = 999999


def first_group(campus_sim):
    return campus_sim.ruz(f"/faculties/{FACULTY}/groups")["groups"][0]


def first_teacher(campus_sim):
    """One who teaches in the week: the first of a group's."""
    week = campus_sim.ruz(f"/scheduler/{first_group(campus_sim)['id']}", {"date": MONDAY})
    return next(teacher for lesson in lessons_of(week) for teacher in lesson["teachers"] or [])


def rooms_of(campus_sim, building=BUILDING):
    return campus_sim.ruz(f"/buildings/{building}/rooms")["rooms"]


def ruz_room_week(campus_sim, room_id, building=BUILDING):
    return campus_sim.ruz(f"/buildings/{building}/rooms/{room_id}/scheduler", {"date": MONDAY})


def lessons_of(week):
    return [lesson for day in week["days"] for lesson in day["lessons"]]


def _links(lesson):
    return tuple(lesson[name] if lesson[name].startswith("http") else "" for name in ("webinar_url", "lms_url"))


def slots_of_ruz(week):
    """{what makes a lesson one: {"rooms", "groups"}}, copies joined."""
    slots = {}
    for day in week["days"]:
        for lesson in day["lessons"]:
            key = (
                day["date"].replace(".", "-"),
                lesson["time_start"],
                lesson["time_end"],
                " ".join(lesson["subject"].split()),
                lesson["typeObj"]["abbr"],
                tuple(sorted(teacher["id"] for teacher in lesson["teachers"] or [])),
            )
            slot = slots.setdefault(key, {"rooms": set(), "groups": set()})
            slot["rooms"] |= {room["id"] for room in lesson["auditories"] or []}
            slot["groups"] |= {group["id"] for group in lesson["groups"] or []}
    return slots


def slots_of_ours(week):
    slots = {}
    for day in week["days"]:
        for lesson in day["lessons"]:
            key = (
                day["date"],
                lesson["time_start"],
                lesson["time_end"],
                lesson["subject"],
                lesson["type_abbr"] if "type_abbr" in lesson else lesson["typeObj"]["abbr"],
                tuple(sorted(teacher["id"] for teacher in lesson["teachers"])),
            )
            slot = slots.setdefault(key, {"rooms": set(), "groups": set()})
            slot["rooms"] |= {room["id"] for room in lesson["auditories"]}
            slot["groups"] |= {group["id"] for group in lesson.get("groups", [])}
    return slots


def rooms_by_slot(slots):
    return {key: slot["rooms"] for key, slot in slots.items()}


def is_stale(response):
    return response.header("x-schedule-stale") == "true"


def most_in_flight(campus_sim, path_prefix, work):
    """The most requests that were seen to wait at RUZ at one time while `work()` ran."""
    most = 0
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        while not working.done():
            most = max(most, campus_sim.requests(path_prefix)["in_flight"])
        working.result()
    return most
