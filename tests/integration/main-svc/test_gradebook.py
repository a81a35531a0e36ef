# SPDX-License-Identifier: MIT
"""GET /api/gradebook: the record book by academic years, and what it needs."""

import re

import pytest

from campus import RECORD_BOOK
from poly_process import wait_until

BOOK = "/api/record-book/"
LOGIN = "/login/"


@pytest.fixture
def signed_in(main_svc):
    return main_svc, main_svc.token()


def gradebook(main_svc, ask, token):
    answer = ask(main_svc, "/api/gradebook", token)
    assert answer.status == 200, answer
    assert answer.header("cache-control") == "no-store"
    return answer.json


def pair_of(entry):
    return ((entry["semester"] or 0) + 1) // 2


@pytest.mark.parametrize("number", range(1, 7))
def test_students_of_every_year(main_svc, ask, number):
    book = gradebook(main_svc, ask, main_svc.token(f"student{number}"))
    assert book["orders_type_name"]
    pairs = []
    for year in book["academic_years"]:
        [pair] = {pair_of(entry) for entry in year["entries"]}
        pairs.append(pair)
        dates = [entry["date"] for entry in year["entries"] if entry["date"]]
        if pair == 0:
            assert year["label"] == "Другое"
        elif dates:
            first = int(min(dates)[:4]) - (min(dates)[5:7] < "09")
            assert year["label"] == f"{first}/{first + 1} уч. год"
        else:
            assert year["label"] == f"{pair} курс"
        order = [(-(entry["semester"] or 0), entry["date"] is None, entry["date"] or "") for entry in year["entries"]]
        semesters = [entry[0] for entry in order]
        assert semesters == sorted(semesters)
    assert pairs == sorted((pair for pair in pairs if pair), reverse=True) + [0] * (0 in pairs)


def test_what_the_demo_students_show(main_svc, ask):
    retakes = gradebook(main_svc, ask, main_svc.token("student2"))
    names = [(e["discipline"], e["semester"]) for year in retakes["academic_years"] for e in year["entries"]]
    assert len(names) > len(set(names))
    others = gradebook(main_svc, ask, main_svc.token("student3"))["academic_years"][-1]
    assert others["label"] == "Другое" and {e["date"] is None for e in others["entries"]} == {True, False}
    dateless = gradebook(main_svc, ask, main_svc.token("student6"))["academic_years"]
    assert "1 курс" in [year["label"] for year in dateless]


def test_other_ways_to_write_it(signed_in, ask, campus_sim):
    main_svc, token = signed_in
    marks = [
        {"discipline": "  Физика   атома ", "semester": "3", "date": "17.01.2025", "mark": None, "hours": "", "x": 1},
        {"discipline": "Химия", "semester": "", "date": ""},
        {"discipline": "Право", "semester": 4, "date": "2025-06-01", "credits": 3},
    ]
    campus_sim.override(BOOK, {"orders_type_name": None, "marks": marks}, site=RECORD_BOOK)
    book = gradebook(main_svc, ask, token)
    assert book["orders_type_name"] == ""
    assert [year["label"] for year in book["academic_years"]] == ["2024/2025 уч. год", "Другое"]
    law, physics = book["academic_years"][0]["entries"]
    assert law["credits"] == 3 and law["semester"] == 4
    assert physics == {
        "discipline": "Физика атома",
        "semester": 3,
        "control": "",
        "mark": "",
        "date": "2025-01-17",
        "teacher": "",
        "hours": None,
        "credits": None,
    }


def test_an_empty_one(signed_in, ask, campus_sim):
    main_svc, token = signed_in
    campus_sim.override(BOOK, {"orders_type_name": "", "marks": []}, site=RECORD_BOOK)
    assert gradebook(main_svc, ask, token) == {"orders_type_name": "", "academic_years": []}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"marks": {}},
        {"marks": [1]},
        {"marks": [{"discipline": ""}]},
        {"marks": [{"discipline": 1}]},
        {"marks": [{"discipline": "a", "semester": 41}]},
        {"marks": [{"discipline": "a", "semester": -1}]},
        {"marks": [{"discipline": "a", "semester": 1.5}]},
        {"marks": [{"discipline": "a", "semester": []}]},
        {"marks": [{"discipline": "a", "date": "2025-02-30"}]},
        {"marks": [{"discipline": "a", "date": "1.2.3"}]},
        {"marks": [{"discipline": "a", "date": 20250117}]},
        {"marks": [{"discipline": "a" * 3000}]},
        {"marks": [{"discipline": "a"}] * 2001},
    ],
)
def test_what_is_not_understood(signed_in, refused, campus_sim, body):
    main_svc, token = signed_in
    campus_sim.override(BOOK, body, site=RECORD_BOOK)
    refused(main_svc, "/api/gradebook", 502, "record_book_not_understood", token=token)


@pytest.mark.parametrize("path", [LOGIN, BOOK])
def test_a_changed_layout(signed_in, refused, campus_sim, path):
    main_svc, token = signed_in
    campus_sim.fault(path, site=RECORD_BOOK, mode="layout")
    refused(main_svc, "/api/gradebook", 502, "record_book_not_understood", token=token)
    main_svc.wait_log("a page of the record-book site is not understood")


def test_a_password_that_was_changed(signed_in, refused, campus_sim):
    """The site shows its form again; the password is forgotten, and the student told to sign in."""
    main_svc, token = signed_in
    form = campus_sim.get(RECORD_BOOK + LOGIN).text
    assert re.search("csrfmiddlewaretoken", form)
    campus_sim.override(LOGIN, site=RECORD_BOOK, text=form)
    refused(main_svc, "/api/gradebook", 409, "record_book_refused", token=token)
    campus_sim.clear_overrides()
    refused(main_svc, "/api/gradebook", 409, "password_needed", token=token)
    assert main_svc.ask("/api/gradebook", main_svc.token()).status == 200


def test_logout_wipes(main_svc, ask, refused):
    token, other = main_svc.token(), main_svc.token("student1")
    assert ask(main_svc, "/api/auth/logout", token, method="POST").json == {"status": "ok"}
    refused(main_svc, "/api/gradebook", 409, "password_needed", token=token)
    assert ask(main_svc, "/api/auth/logout", token, method="POST").status == 200
    assert ask(main_svc, "/api/gradebook", other).status == 200
    refused(main_svc, "/api/auth/logout", 401, "unauthenticated", method="POST")


def test_age(start_main_svc, campus_sim, refused):
    main_svc = start_main_svc(campus_sim, PASSWORD_KEEP_SECONDS=1)
    token = main_svc.token()
    wait_until(lambda: main_svc.ask("/api/gradebook", token).status == 409, 10, "the password to be too old")
    wait_until(lambda: main_svc.metric("main_kept_passwords") == 0, 10, "it to be swept")


def test_number(start_main_svc, campus_sim):
    main_svc = start_main_svc(campus_sim, PASSWORD_KEEP_MAX=2)
    tokens = [main_svc.token(f"student{number}") for number in (1, 2, 3)]
    assert sorted(main_svc.ask("/api/gradebook", token).status for token in tokens) == [200, 200, 409]
    assert main_svc.ask("/api/gradebook", tokens[2]).status == 200


def test_a_restart_forgets(signed_in, refused):
    main_svc, token = signed_in
    main_svc.restart()
    refused(main_svc, "/api/gradebook", 409, "password_needed", token=token)


def test_who_may(main_svc, refused):
    refused(main_svc, "/api/gradebook", 401, "unauthenticated")
