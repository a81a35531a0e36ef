# SPDX-License-Identifier: MIT
"""One search over groups, teachers and rooms."""

import threading
import time

import pytest

from poly_process import wait_until
from timetable import BUILDING, FACULTY, first_group, most_in_flight


@pytest.fixture
def svc(start_quiet, campus_sim):
    """With the directory built."""
    schedule_svc = start_quiet(campus_sim, DICTIONARIES_PRELOAD="true")
    schedule_svc.wait_log("directory built", missing=0)
    return schedule_svc


def test_groups(svc, campus_sim, ask):
    group = first_group(campus_sim)
    page = ask(svc, "/search", {"q": group["name"], "kind": "group"}).json
    assert page["items"][0]["name"] == group["name"]
    found = next(item for item in page["items"] if item["id"] == group["id"])
    assert (found["kind"], found["faculty_id"]) == ("group", FACULTY)


def test_teachers_by_any_word(svc, campus_sim, ask):
    teacher = next(each for each in campus_sim.ruz("/teachers")["teachers"] if len(each["full_name"].split()) == 3)
    surname, name, patronymic = teacher["full_name"].split()
    for q in (surname.upper(), f"{name} {surname}", f"{surname} {name[0]} {patronymic[0]}", f"  {surname}   {name} "):
        page = ask(svc, "/search", {"q": q, "kind": "teacher", "page_size": 200}).json
        assert teacher["id"] in [item["id"] for item in page["items"]], q


def test_yo_is_ye(svc, campus_sim, ask):
    teacher = next(each for each in campus_sim.ruz("/teachers")["teachers"] if "ё" in each["full_name"])
    for q in (teacher["full_name"], teacher["full_name"].replace("ё", "е")):
        assert teacher["id"] in [item["id"] for item in ask(svc, "/search", {"q": q}).json["items"]]


def test_rooms_by_their_building(svc, campus_sim, ask):
    room = campus_sim.ruz(f"/buildings/{BUILDING}/rooms")["rooms"][0]
    page = ask(svc, "/search", {"q": f"{room['name']} 11-й учебный", "kind": "room"}).json
    assert (room["id"], BUILDING) in [(item["id"], item["building_id"]) for item in page["items"]]


def test_pages(svc, ask):
    whole = ask(svc, "/search", {"q": "ив", "page_size": 200}).json
    assert whole["total"] > 20
    pages = -(-whole["total"] // 7)
    collected = []
    for number in range(1, pages + 1):
        page = ask(svc, "/search", {"q": "ив", "page": number, "page_size": 7}).json
        assert (page["page"], page["page_size"], page["total_pages"]) == (number, 7, pages)
        collected += page["items"]
    assert collected[: len(whole["items"])] == whole["items"] and len(collected) == whole["total"]
    assert ask(svc, "/search", {"q": "ив", "page": pages + 1, "page_size": 7}).json["items"] == []


def test_nothing_found(svc, ask):
    page = ask(svc, "/search", {"q": "щщщщ"}).json
    assert page == {"items": [], "total": 0, "page": 1, "page_size": 20, "total_pages": 0}


@pytest.mark.parametrize(
    "query, field",
    [
        ({}, "q"),
        ({"q": "и"}, "q"),
        ({"q": " и "}, "q"),
        ({"q": "и" * 101}, "q"),
        ({"q": "а б в г д е ж з и"}, "q"),
        ({"q": "ив", "kind": "student"}, "kind"),
        ({"q": "ив", "page": 0}, "page"),
        ({"q": "ив", "page_size": 201}, "page_size"),
    ],
)
def test_bad_values(svc, ask, query, field):
    response = ask(svc, "/search", query)
    assert response.status == 422
    assert [error["field"] for error in response.json["errors"]] == [field]


def test_the_first_search_waits_for_the_directory(start_quiet, campus_sim, ask):
    campus_sim.fault(delay_ms=50)
    schedule_svc = start_quiet(campus_sim)
    campus_sim.reset_requests()
    pages = []
    most = most_in_flight(campus_sim, "", lambda: pages.append(ask(schedule_svc, "/search", {"q": "ив"})))
    assert pages[0].json["total"] > 20
    assert 2 <= most <= 4
    assert max(campus_sim.requests()["paths"].values()) == 1


def test_without_ruz_it_says_so(start_quiet, campus_sim, ask):
    campus_sim.fault(status=500)
    schedule_svc = start_quiet(campus_sim)
    response = ask(schedule_svc, "/search", {"q": "ив"})
    assert response.status == 503 and int(response.header("retry-after")) > 0
    campus_sim.clear_faults()
    wait_until(lambda: ask(schedule_svc, "/search", {"q": "ив"}).status == 200, 20, "the directory to be built after all")


def test_what_is_missing_comes_later(start_quiet, campus_sim, ask):
    """The teachers cannot be had at first: groups and rooms are searched all the same."""
    campus_sim.fault("/teachers", mode="html")
    schedule_svc = start_quiet(campus_sim)
    assert ask(schedule_svc, "/search", {"q": "5130"}).json["total"] > 0
    assert ask(schedule_svc, "/search", {"q": "иванов", "kind": "teacher"}).status == 503
    assert "missing" in schedule_svc.get("/readyz").json["checks"]["directory"]["detail"]
    campus_sim.clear_faults()
    wait_until(
        lambda: ask(schedule_svc, "/search", {"q": "иванов", "kind": "teacher"}).status == 200, 20, "the teachers to be there"
    )
    assert schedule_svc.get("/readyz").json["checks"]["directory"]["status"] == "ok"


def test_a_changed_dictionary_is_found(start_quiet, campus_sim, ask):
    schedule_svc = start_quiet(campus_sim, CACHE_TEACHERS_SECONDS=1, CACHE_DICTIONARY_SECONDS=1)
    assert ask(schedule_svc, "/search", {"q": "Новенький", "kind": "teacher"}).json["total"] == 0
    teachers = campus_sim.ruz("/teachers")
    teachers["teachers"].append({**teachers["teachers"][0], "id": 777777, "full_name": "Новенький Иван Петрович"})
    campus_sim.override("/teachers", teachers)
    wait_until(
        lambda: ask(schedule_svc, "/search", {"q": "новенький", "kind": "teacher"}).json["total"] == 1, 20, "the new teacher"
    )


def test_searching_goes_on_while_the_directory_is_rebuilt(start_quiet, campus_sim, ask):
    schedule_svc = start_quiet(campus_sim, CACHE_TEACHERS_SECONDS=1, CACHE_DICTIONARY_SECONDS=1)
    assert ask(schedule_svc, "/search", {"q": "ив"}).status == 200
    failures = []
    stop = threading.Event()

    def search():
        while not stop.is_set():
            response = schedule_svc.get("/api/schedule/search", query={"q": "ив"})
            if response.status != 200 or response.json["total"] < 20:
                failures.append(response)

    searcher = threading.Thread(target=search)
    searcher.start()
    try:
        teachers = campus_sim.ruz("/teachers")
        for number in range(3):
            built = len(schedule_svc.log("directory built"))
            teachers["teachers"][0]["full_name"] = f"Другой Иван {number}"
            campus_sim.override("/teachers", teachers)
            wait_until(lambda: len(schedule_svc.log("directory built")) > built, 20, "the directory to be rebuilt")
    finally:
        stop.set()
        searcher.join()
    assert not failures


def test_it_is_quick(svc, ask):
    began = time.monotonic()
    for _ in range(50):
        ask(svc, "/search", {"q": "иван", "page_size": 200})
    assert time.monotonic() - began < 10
