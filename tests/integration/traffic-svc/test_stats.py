# SPDX-License-Identifier: MIT
"""GET /api/stats/attendance."""

import pytest

STATS = "/api/stats/attendance"
COUNTS = ("present", "late", "excused", "absent")


@pytest.fixture(scope="module")
def teacher(place):
    return place.teacher("Счётчиков Пётр Ильич")


@pytest.fixture(scope="module")
def other(place):
    return place.teacher("Чужой Иван Ильич")


def lesson(place, teacher, discipline, started, marks):
    """A session of that time, with marks {student: status}."""
    session = place.start_session(teacher, place.kiosk(), discipline)["id"]
    place.traffic.database.run(
        f"UPDATE sessions SET started_at = '{started}', ended_at = '{started}' WHERE id = '{session}'"
    )
    for student, status in marks.items():
        place.traffic.database.run(
            "INSERT INTO attendance (session_id, student_external_id, student_name, status)"
            f" VALUES ('{session}', '{student}', 'Студент {student}', '{status}')"
        )
    return session


@pytest.fixture(scope="module")
def lessons(place, teacher, other):
    first = lesson(place, teacher, "Физика", "2026-09-01T08:00:00Z", {"a": "present", "b": "late", "c": "absent"})
    second = lesson(place, teacher, "Физика", "2026-09-08T08:00:00Z", {"a": "present", "b": "excused"})
    third = lesson(place, teacher, "Оптика", "2026-09-09T21:30:00Z", {"a": "late"})
    strange = lesson(place, other, "Физика", "2026-09-02T08:00:00Z", {"z": "present"})
    return first, second, third, strange


def stats(place, teacher, **query):
    answer = place.as_teacher(teacher, "GET", STATS, query=query)
    assert answer.status == 200, answer
    return answer.json


def ids(figures):
    return [session["session_id"] for session in figures["sessions"]]


AUTUMN = {"from": "2026-09-01", "to": "2026-10-01"}


def test_by_session_and_by_student(place, teacher, lessons):
    first, second, third, _ = lessons
    figures = stats(place, teacher, **AUTUMN)
    assert ids(figures) == [third, second, first]
    assert (figures["from"], figures["to"]) == ("2026-08-31T21:00:00Z", "2026-09-30T21:00:00Z")
    assert (figures["truncated"], figures["discipline"]) == (False, None)
    last = figures["sessions"][-1]
    assert [last[count] for count in COUNTS] == [1, 1, 0, 1] and last["attended"] == 2
    assert (last["discipline"], last["teacher_name"]) == ("Физика", teacher["full_name"])
    students = {student["student_external_id"]: student for student in figures["students"]}
    assert list(students) == ["a", "b", "c"]
    assert {name: [student[count] for count in COUNTS] for name, student in students.items()} == {
        "a": [2, 1, 0, 0],
        "b": [0, 1, 1, 0],
        "c": [0, 0, 0, 1],
    }
    assert [students[name]["attended"] for name in "abc"] == [3, 1, 0]


def test_of_one_subject(place, teacher, lessons):
    assert ids(stats(place, teacher, discipline="Физика", **AUTUMN)) == [lessons[1], lessons[0]]
    nothing = stats(place, teacher, discipline="Химия", **AUTUMN)
    assert nothing["sessions"] == nothing["students"] == []


def test_days_are_moscows_and_the_last_is_not_included(place, teacher, lessons):
    assert ids(stats(place, teacher, **{"from": "2026-09-08", "to": "2026-09-10"})) == [lessons[1]]
    assert ids(stats(place, teacher, **{"from": "2026-09-10", "to": "2026-09-11"})) == [lessons[2]]
    assert ids(stats(place, teacher, **{"from": "2026-09-01T08:00:00Z", "to": "2026-09-08T08:00:00Z"})) == [lessons[0]]


def test_without_bounds_it_is_the_last_year(place, teacher, lessons):
    now = place.start_session(teacher, place.kiosk(), "Сейчас")["id"]
    assert now in ids(stats(place, teacher))


def test_an_administrator_sees_everybodys(place, lessons):
    answer = place.as_admin("GET", STATS, query=AUTUMN)
    assert answer.status == 200 and set(ids(answer.json)) == set(lessons)


def test_a_teacher_sees_only_their_own(place, other, lessons):
    figures = stats(place, other, **AUTUMN)
    assert ids(figures) == [lessons[3]]
    assert [student["student_external_id"] for student in figures["students"]] == ["z"]


def many_lessons(place, teacher, first, last):
    """One a minute."""
    kiosk = place.kiosk().id
    place.traffic.database.run(
        "INSERT INTO sessions (id, tablet_id, teacher_id, teacher_name, building_name, room_name, discipline, qr_secret,"
        " rotate_seconds, started_at, ends_at, ended_at)"
        f" SELECT gen_random_uuid(), '{kiosk}', '{teacher['id']}', 'x', 'x', 'x', 'Много', 'x', 10, t, t, t"
        f" FROM generate_series(timestamptz '{first}', '{last}', '1 minute') t"
    )


def test_it_is_bounded(place, teacher):
    many_lessons(place, teacher, "2025-01-01", "2025-01-01 10:00")
    figures = stats(place, teacher, **{"from": "2025-01-01", "to": "2025-02-01"})
    assert (len(figures["sessions"]), figures["truncated"]) == (500, True)


def test_a_rare_subject_is_found_behind_thousands_of_others(place, teacher):
    rare = lesson(place, teacher, "Палеография", "2024-03-01T08:00:00Z", {"a": "present"})
    many_lessons(place, teacher, "2024-03-02", "2024-03-05 18:00")
    asked = {"from": "2024-03-01", "to": "2024-04-01", "discipline": "Палеография"}
    everybodys = place.as_admin("GET", STATS, query=asked)
    for figures in (stats(place, teacher, **asked), everybodys.json):
        assert (ids(figures), figures["truncated"]) == ([rare], False)


@pytest.mark.parametrize(
    "query", [{"from": "x"}, {"to": "2026-13-01"}, {"from": "2026-02-01", "to": "2026-01-01"}, {"discipline": "x" * 301}]
)
def test_wrong_questions_are_refused(place, teacher, problem_of, query):
    problem_of(place.as_teacher(teacher, "GET", STATS, query=query), 422, "validation_failed")


def test_others_may_not(place, problem_of):
    problem_of(place.traffic.request("GET", STATS), 401, "unauthenticated")
