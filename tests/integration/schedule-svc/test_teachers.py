# SPDX-License-Identifier: MIT
"""Teachers' weeks."""

from timetable import MONDAY, NO_SUCH_ID, first_teacher, slots_of_ours, slots_of_ruz


def test_week(quiet_svc, campus_sim, ask):
    teacher = first_teacher(campus_sim)
    response = ask(quiet_svc, f"/teachers/{teacher['id']}/week", {"date": MONDAY})
    assert response.status == 200
    week = response.json
    assert week["teacher_id"] == teacher["id"] and week["teacher"]["oid"] == teacher["oid"]
    theirs = slots_of_ruz(campus_sim.ruz(f"/teachers/{teacher['id']}/scheduler", {"date": MONDAY}))
    assert theirs and slots_of_ours(week) == theirs


def test_it_is_the_id_and_not_the_oid(quiet_svc, campus_sim, ask):
    teacher = first_teacher(campus_sim)
    response = ask(quiet_svc, f"/teachers/{teacher['oid']}/week", {"date": MONDAY})
    assert response.status == 404 or response.json["teacher_id"] != teacher["id"]


def test_unknown(quiet_svc, ask):
    response = ask(quiet_svc, f"/teachers/{NO_SUCH_ID}/week")
    assert (response.status, response.json["code"]) == (404, "teacher_not_found")


def test_bad_values(quiet_svc, ask):
    response = ask(quiet_svc, "/teachers/x/week", {"date": "y"})
    assert [error["field"] for error in response.json["errors"]] == ["teacher_id", "date"]
