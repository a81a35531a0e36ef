# SPDX-License-Identifier: MIT
"""Changes of timetables are noticed when they are fetched anew."""

import copy
import datetime

import pytest

from poly_process import wait_until
from timetable import first_group, lessons_of

MOSCOW = datetime.timezone(datetime.timedelta(hours=3))


def this_monday():
    today = datetime.datetime.now(MOSCOW).date()
    return today - datetime.timedelta(days=today.weekday())


# The next week is all in the future, so that nothing in it is past.
WEEK = (this_monday() + datetime.timedelta(days=7)).isoformat()


@pytest.fixture
def campus_sim(start_campus_sim):
    return start_campus_sim(TERM_ALWAYS="true")


@pytest.fixture
def svc(start_quiet, campus_sim):
    """Fetches at each request that comes a second later."""
    return start_quiet(campus_sim, CACHE_WEEK_SECONDS=1, CACHE_OTHER_WEEK_SECONDS=1, CACHE_STALE_SECONDS=0)


class Watched:
    """A group's next week, and the means to change it."""

    def __init__(self, svc, campus_sim, ask):
        self.svc, self.campus_sim, self.ask = svc, campus_sim, ask
        self.group = first_group(campus_sim)
        self.path = f"/groups/{self.group['id']}/week"
        self.week = campus_sim.ruz(f"/scheduler/{self.group['id']}", {"date": WEEK})
        assert len(lessons_of(self.week)) > 2
        self.fetch()

    def fetch(self):
        return self.ask(self.svc, self.path, {"date": WEEK})

    def change(self, edit):
        """Changes the week at RUZ, and waits until that has been fetched."""
        before = self.changes()["last_sequence"]
        self.week = copy.deepcopy(self.week)
        edit(self.week)
        self.campus_sim.override(f"/scheduler/{self.group['id']}?date={WEEK}", self.week)
        wait_until(
            lambda: self.fetch() and self.changes()["last_sequence"] > before, 10, "the change to be noticed"
        )
        return self.changes(after=before)["items"]

    def changes(self, **query):
        return self.ask(self.svc, "/changes", query).json


@pytest.fixture
def watched(svc, campus_sim, ask):
    return Watched(svc, campus_sim, ask)


def first_with_room(week):
    return next(lesson for lesson in lessons_of(week) if lesson["auditories"])


def test_a_lesson_is_cancelled_and_given_again(watched):
    day = watched.week["days"][0]
    lesson = copy.deepcopy(day["lessons"][0])
    [change] = watched.change(lambda week: week["days"][0]["lessons"].pop(0))
    assert change["kind"] == "cancelled" and change["after"] is None
    assert change["timetable"]["kind"] == "group" and change["timetable"]["id"] == watched.group["id"]
    assert change["before"]["lesson"]["time_start"] == lesson["time_start"]
    assert change["before"]["date"] == day["date"].replace(".", "-")
    [change] = watched.change(lambda week: week["days"][0]["lessons"].insert(0, lesson))
    assert change["kind"] == "added" and change["before"] is None


def test_a_lesson_moves(watched):
    def move(week):
        first_with_room(week)["auditories"][0].update(id=4242, name="новая")

    [change] = watched.change(move)
    assert change["kind"] == "moved" and change["fields"] == ["rooms"]
    assert change["after"]["lesson"]["auditories"][0]["name"] == "новая"


def test_newest_first_and_in_pages(watched):
    for number in range(3):
        watched.change(lambda week: first_with_room(week)["auditories"][0].update(id=5000 + number, name=f"н{number}"))
    page = watched.changes()
    assert [item["sequence"] for item in page["items"]] == [3, 2, 1]
    assert (page["total"], page["last_sequence"]) == (3, 3)
    second = watched.changes(page=2, page_size=2)
    assert [item["sequence"] for item in second["items"]] == [1] and second["total_pages"] == 2
    assert [item["sequence"] for item in watched.changes(after=2)["items"]] == [3]


def test_since(watched):
    [change] = watched.change(lambda week: week["days"][0]["lessons"].pop(0))
    moment = datetime.datetime.fromisoformat(change["time"])
    later = moment + datetime.timedelta(seconds=1)
    assert watched.changes(since=change["time"])["total"] == 1
    assert watched.changes(since=later.strftime("%Y-%m-%dT%H:%M:%SZ"))["total"] == 0
    assert watched.changes(since=moment.astimezone(MOSCOW).isoformat())["total"] == 1
    assert watched.changes(since=moment.astimezone(MOSCOW).date().isoformat())["total"] == 1
    response = watched.svc.get("/api/schedule/changes?since=" + moment.astimezone(MOSCOW).isoformat())
    assert response.status == 200 and response.json["total"] == 1  # the plus not encoded, as people write it


def test_by_timetable(watched):
    watched.change(lambda week: week["days"][0]["lessons"].pop(0))
    assert watched.changes(kind="group", id=watched.group["id"])["total"] == 1
    assert watched.changes(kind="group", id=1)["total"] == 0
    assert watched.changes(kind="teacher")["total"] == 0


def test_they_survive_a_restart(watched):
    [change] = watched.change(lambda week: week["days"][0]["lessons"].pop(0))
    watched.svc.restart()
    assert watched.changes()["items"] == [change]
    assert [item["sequence"] for item in watched.change(lambda week: week["days"][0]["lessons"].pop(0))] == [2]


def test_a_change_while_the_daemon_was_down_is_noticed(watched):
    watched.svc.stop()
    week = copy.deepcopy(watched.week)
    week["days"][0]["lessons"].pop(0)
    watched.campus_sim.override(f"/scheduler/{watched.group['id']}?date={WEEK}", week)
    watched.svc.start()
    wait_until(lambda: watched.fetch() and watched.changes()["total"] == 1, 10, "the change to be noticed")


def test_ruz_s_failures_are_no_changes(watched):
    watched.campus_sim.fault("/scheduler", mode="html")
    fetched = watched.campus_sim.requests("/scheduler")["total"]
    wait_until(
        lambda: watched.fetch() and watched.campus_sim.requests("/scheduler")["total"] > fetched, 10, "a failing fetch"
    )
    watched.campus_sim.clear_faults()
    wait_until(lambda: watched.fetch().header("x-schedule-stale") is None, 10, "a right fetch")
    assert watched.changes()["total"] == 0


@pytest.mark.parametrize(
    "query, field",
    [
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-13-01T00:00:00Z"}, "since"),
        ({"after": "-1"}, "after"),
        ({"kind": "student"}, "kind"),
        ({"id": "x"}, "id"),
        ({"page": "0"}, "page"),
    ],
)
def test_bad_values(svc, ask, query, field):
    response = ask(svc, "/changes", query)
    assert [error["field"] for error in response.json["errors"]] == [field]
