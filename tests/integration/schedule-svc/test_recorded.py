# SPDX-License-Identifier: MIT
"""Real answers of RUZ, replayed."""

import pytest
import recordings

from timetable import lessons_of, rooms_by_slot, slots_of_ours, slots_of_ruz

pytestmark = pytest.mark.skipif(not recordings.present(), reason="there are no recorded answers here")

GROUP = 32369
TEACHER = 13445


@pytest.fixture
def svc(start_campus_sim, start_quiet):
    return start_quiet(start_campus_sim(RUZ_REPLAY_DIR=recordings.DIRECTORY))


@pytest.mark.parametrize("monday", ["2022-05-16", "2022-05-23", "2022-05-30", "2022-06-06"])
def test_group_week(svc, ask, monday):
    week = ask(svc, f"/groups/{GROUP}/week", {"date": monday}).json
    recorded = recordings.document(f"/scheduler/{GROUP}?date={monday}")
    assert week["week"]["date_start"] == monday
    assert week["week"]["is_odd"] == recorded["week"]["is_odd"]
    assert rooms_by_slot(slots_of_ours(week)) == rooms_by_slot(slots_of_ruz(recorded))
    assert len(lessons_of(week)) <= len(lessons_of(recorded))


def test_teacher_week(svc, ask):
    week = ask(svc, f"/teachers/{TEACHER}/week", {"date": "2025-03-17"}).json
    recorded = recordings.document(f"/teachers/{TEACHER}/scheduler?date=2025-03-17")
    assert week["teacher"]["oid"] == recorded["teacher"]["oid"]
    assert slots_of_ours(week) == slots_of_ruz(recorded)


def test_dictionaries(svc, ask):
    faculties = ask(svc, "/faculties").json["faculties"]
    assert {each["id"]: each["abbr"] for each in faculties} == {
        each["id"]: each["abbr"] for each in recordings.document("/faculties")["faculties"]
    }
    groups = ask(svc, "/faculties/122/groups").json["groups"]
    assert len(groups) == len(recordings.document("/faculties/122/groups")["groups"])


def test_resolve(svc, ask):
    answer = ask(svc, "/groups/resolve", {"faculty_abbr": "икизи", "group_name": "4831001/10003"}).json
    assert answer == {"faculty_id": 122, "group_id": 32398}
