# SPDX-License-Identifier: MIT
"""GET /api/sessions/{id}/export.csv and .xlsx: what a spreadsheet makes of them."""

import csv
import io
import urllib.parse
import uuid

import openpyxl
import pytest

KINDS = ["csv", "xlsx"]
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
HEAD = ["№", "Студент", "Идентификатор", "Статус", "Время (Москва)", "Отмечен"]
# What somebody might call himself.
NASTY = ["=1+1", "+7(921)", "-5", "@SUM(A1)", "\t=1", "=HYPERLINK(\"http://x\";\"y\")", "a\"b,c;d", "<b>&amp;", "Ёжиков Ёж"]


@pytest.fixture(scope="module")
def teacher(place):
    return place.teacher("Каверин Лев Ильич")


def session_with(place, teacher, names, discipline="Физика"):
    """A session on whose list these are, put there by hand."""
    session = place.start_session(teacher, place.kiosk(), discipline)
    for number, name in enumerate(names):
        body = {"student_external_id": f"id{number:03}", "student_name": name, "status": "late" if number % 2 else "present"}
        answer = place.as_teacher(teacher, "POST", f"/api/sessions/{session['id']}/attendees", json_body=body)
        assert answer.status == 200, answer
    return session["id"]


def export(place, teacher, session_id, kind, **options):
    return place.as_teacher(teacher, "GET", f"/api/sessions/{session_id}/export.{kind}", **options)


def rows_of(answer, kind):
    """What a reader makes of it, as text."""
    if kind == "csv":
        return list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    [sheet] = openpyxl.load_workbook(io.BytesIO(answer.body)).worksheets
    for row in sheet.rows:
        assert all(cell.data_type in ("s", "n", "inlineStr") for cell in row), "a formula"
    return [["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.rows]


@pytest.mark.parametrize("kind", KINDS)
def test_the_attendees_are_in_it(place, teacher, kind):
    session = session_with(place, teacher, ["Яковлева Яна", "Андреев Антон"], "Высшая математика: лекция / 2")
    answer = export(place, teacher, session, kind)
    assert (answer.status, answer.header("content-type")) == (200, TYPES[kind])
    assert answer.header("cache-control") == "no-store"
    rows = rows_of(answer, kind)
    assert rows[0] == HEAD
    assert [row[:4] for row in rows[1:]] == [
        ["1", "Андреев Антон", "id001", "опоздал"],
        ["2", "Яковлева Яна", "id000", "присутствовал"],
    ]
    assert [row[5] for row in rows[1:]] == ["вручную", "вручную"]
    moscow = place.traffic.database.value(
        "SELECT to_char(marked_at AT TIME ZONE 'Europe/Moscow', 'YYYY-MM-DD HH24:MI:SS') FROM attendance"
        f" WHERE session_id = '{session}' AND student_external_id = 'id001'"
    )
    assert rows[1][4] == moscow
    name = answer.header("content-disposition").partition("filename*=UTF-8''")[2]
    assert urllib.parse.unquote(name) == f"Посещаемость, Высшая математика лекция 2, {moscow[:10]}.{kind}"
    assert answer.header("content-disposition").startswith(f'attachment; filename="attendance-{moscow[:10]}.{kind}"')


def test_csv_says_that_it_is_utf8(place, teacher):
    session = session_with(place, teacher, ["Ёжиков Ёж"])
    assert export(place, teacher, session, "csv").body.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("kind", KINDS)
def test_no_cell_is_a_formula(place, teacher, kind):
    session = session_with(place, teacher, NASTY, "=cmd|' /C calc'!A0")
    rows = rows_of(export(place, teacher, session, kind), kind)
    cells = [cell for row in rows[1:] for cell in row]
    assert len(rows) == len(NASTY) + 1
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    assert "'=1+1" in cells and "<b>&amp;" in cells and 'a"b,c;d' in cells


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_came(place, teacher, kind):
    assert rows_of(export(place, teacher, session_with(place, teacher, []), kind), kind) == [HEAD]


@pytest.mark.parametrize("kind", KINDS)
def test_in_english(place, teacher, kind):
    session = session_with(place, teacher, ["Андреев Антон"])
    rows = rows_of(export(place, teacher, session, kind, headers={"Accept-Language": "en"}), kind)
    assert (rows[0][1], rows[1][3], rows[1][5]) == ("Student", "present", "by hand")


@pytest.mark.parametrize("kind", KINDS)
def test_many(place, teacher, kind):
    session = session_with(place, teacher, [])
    place.traffic.database.run(
        "INSERT INTO attendance (session_id, student_external_id, student_name)"
        f" SELECT '{session}', 'st' || n, 'Студент ' || n FROM generate_series(1, 20001) n"
    )
    rows = rows_of(export(place, teacher, session, kind), kind)
    assert len(rows) == 20001  # the bound


@pytest.mark.parametrize("kind", KINDS)
def test_whose_session_it_is_not_may_not(place, teacher, problem_of, kind):
    session = session_with(place, teacher, [])
    problem_of(export(place, place.teacher(), session, kind), 403, "session_of_other_teacher")
    problem_of(place.as_admin("GET", f"/api/sessions/{session}/export.{kind}"), 403, "forbidden")
    problem_of(place.traffic.request("GET", f"/api/sessions/{session}/export.{kind}"), 401, "unauthenticated")
    for nobody in (uuid.uuid4(), "x"):
        problem_of(export(place, teacher, nobody, kind), 404, "session_not_found")
