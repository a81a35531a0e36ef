# SPDX-License-Identifier: MIT
"""GET /api/applications/ and export.csv: whose they are, by status, by words, in pages."""

import csv
import datetime
import functools
import io

import pytest

from applications import APPLICATIONS, Scene, application_form, apply
from refusals import check_refused


@pytest.fixture(scope="module")
def scene(office):
    return Scene(office, name="Справка об обучении", required_fields=[])


@pytest.fixture(scope="module")
def made(scene):
    """Five of the scene's student, in each status, and one of another; oldest first."""
    other = scene.office.student()
    applications = [scene.apply(application_form(scene.service)) for _ in range(5)]
    for application, statuses in zip(applications[1:], (["in_progress"], ["in_progress", "completed"], ["in_progress", "rejected"])):
        scene.set_status(application, *statuses)
    applications.append(scene.apply(application_form(scene.service), student=other))
    return applications


def ids(items):
    return [each["id"] for each in items]


def staff_list(scene, **query):
    answer = scene.as_staff("GET", APPLICATIONS, query=query)
    assert answer.status == 200, answer
    return answer.json


def test_newest_first(scene, made):
    listed = scene.as_staff("GET", APPLICATIONS)
    assert ids(listed.json) == ids(reversed(made))
    assert (listed.header("x-total-count"), listed.header("link")) == ("6", None)
    assert "form_data" not in listed.json[0]


def test_each_sees_only_their_own(office, scene, made):
    assert ids(scene.as_student("GET", APPLICATIONS).json) == ids(reversed(made[:5]))
    stranger, executor = office.staff(), office.executor(scene.staff)
    assert scene.svc.as_user(stranger["token"], "GET", APPLICATIONS).json == []
    assert scene.as_executor(executor, "GET", APPLICATIONS).json == []
    assert scene.as_student("GET", APPLICATIONS, student=office.student()).json == []
    scene.assign(made[0], executor)
    scene.assign(made[4], executor)
    assert ids(scene.as_executor(executor, "GET", APPLICATIONS).json) == ids([made[4], made[0]])
    scene.assign(made[4], None)
    assert ids(scene.as_executor(executor, "GET", APPLICATIONS, query={"page": 1}).json["items"]) == ids([made[0]])
    everything = office.as_admin("GET", APPLICATIONS, query={"page": 1, "page_size": 200}).json
    assert set(ids(made)) <= set(ids(everything["items"])) and everything["total"] == len(everything["items"])


@pytest.mark.parametrize(("status", "indexes"), [("pending", [5, 4, 0]), ("in_progress", [1]), ("completed", [2]), ("rejected", [3])])
def test_by_status(scene, made, status, indexes):
    assert ids(staff_list(scene, status=status)) == [made[index]["id"] for index in indexes]
    page = staff_list(scene, status=status, page=1)
    assert (page["total"], ids(page["items"])) == (len(indexes), [made[index]["id"] for index in indexes])
    own = scene.as_student("GET", APPLICATIONS, query={"status": status, "page": 1}).json
    assert ids(own["items"]) == [made[index]["id"] for index in indexes if index != 5]


def test_pages(scene, made):
    first = staff_list(scene, page=1, page_size=4)
    second = staff_list(scene, page=2, page_size=4)
    third = staff_list(scene, page=3, page_size=4)
    assert [(page["total"], page["total_pages"], len(page["items"])) for page in (first, second, third)] == [(6, 2, 4), (6, 2, 2), (6, 2, 0)]
    assert ids(first["items"] + second["items"]) == ids(reversed(made))


def test_search(office, scene, made):
    student = scene.student
    surname = student["name"].split()[0]
    other = office.service(scene.staff["department"], name="Пропуск в бассейн")
    newest = apply(scene.svc, student, other, application_form(other)).json
    try:
        assert ids(staff_list(scene, search="бассейн")) == [newest["id"]]
        assert ids(staff_list(scene, search="ПРОПУСК басс")) == [newest["id"]]
        assert ids(staff_list(scene, search="бассейн обучении")) == []
        assert ids(staff_list(scene, search="ассейн")) == []
        assert len(staff_list(scene, search=surname)) == 7
        assert ids(staff_list(scene, search=student["id"], status="completed")) == [made[2]["id"]]
        assert ids(staff_list(scene, search=student["email"], page=1)["items"]) == ids([newest, *reversed(made[:5])])
        assert ids(scene.as_student("GET", APPLICATIONS, query={"search": "басс"}).json) == [newest["id"]]
        found = scene.as_staff("GET", APPLICATIONS, query={"search": "справка", "page": 2, "page_size": 4}).json
        assert (found["total"], found["total_pages"], len(found["items"])) == (6, 2, 2)
        stranger = office.staff()
        assert scene.svc.as_user(stranger["token"], "GET", APPLICATIONS, query={"search": surname}).json == []
        assert newest["id"] in ids(office.as_admin("GET", APPLICATIONS, query={"search": "бассейн"}).json)
    finally:
        scene.svc.database.run(f"DELETE FROM application_history WHERE application_id = '{newest['id']}'")
        scene.svc.database.run(f"DELETE FROM applications WHERE id = '{newest['id']}'")


@pytest.mark.parametrize("search", ["%", "_", "\\", "'", '"', "-", ".", "@", "ё", "a" * 200, "*", "((((", "-- x"])
def test_search_for_odd_things(scene, made, search):
    assert isinstance(staff_list(scene, search=search), list)


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"status": "done"}, ("status", "choice")),
        ({"page": 0}, ("page", "out_of_range")),
        ({"page_size": 201}, ("page_size", "out_of_range")),
        ({"search": "a" * 201}, ("search", "too_long")),
    ],
)
def test_a_list_that_there_is_not(scene, query, fault):
    answer = scene.as_staff("GET", APPLICATIONS, query=query)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, fault[0])


def test_the_counts_are_right(scene, made):
    """What the triggers keep is what there is."""
    wrong = scene.svc.database.value(
        "SELECT count(*) FROM application_counts c WHERE c.reader = 'department' AND c.total <> (SELECT count(*) FROM applications a"
        " WHERE a.department_id::text = c.reader_id AND a.status = c.status)"
    )
    assert wrong == "0"


# --- export ---


def export(scene, token=None, **query):
    answer = scene.svc.as_user(token or scene.staff["token"], "GET", APPLICATIONS + "export.csv", query=query)
    assert answer.status == 200, answer
    assert answer.header("content-type") == "text/csv; charset=utf-8"
    assert answer.header("content-disposition") == 'attachment; filename="applications.csv"'
    assert answer.decoded.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""))
    assert len({len(row) for row in (head, *rows)}) == 1
    return [dict(zip(head, row)) for row in rows]


def test_export_is_oldest_first(scene, made):
    rows = export(scene)
    assert [row["Номер"] for row in rows] == ids(made)
    assert rows[0]["Студент"] == scene.student["name"]
    assert rows[0]["Услуга"] == "Справка об обучении"
    assert [row["Статус"] for row in rows] == ["Ожидает", "В работе", "Выполнена", "Отклонена", "Ожидает", "Ожидает"]


def test_export_by_status_and_day(scene, made):
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=3))).date()
    tomorrow, yesterday = (str(today + datetime.timedelta(days=days)) for days in (1, -1))
    assert [row["Номер"] for row in export(scene, status="completed")] == [made[2]["id"]]
    assert len(export(scene, **{"from": yesterday, "to": tomorrow})) == 6
    assert len(export(scene, to=tomorrow)) == 6
    assert export(scene, **{"from": tomorrow}) == []
    assert export(scene, to=yesterday) == []
    assert len(export(scene, **{"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00+03:00"})) == 6


def test_export_of_each_department(office, scene, made):
    stranger = office.staff()
    assert export(scene, stranger["token"]) == []
    assert set(ids(made)) <= {row["Номер"] for row in export(scene, office.admin())}


def test_a_cell_is_no_formula(office, scene):
    service = office.service(scene.staff["department"], name="=HYPERLINK(\"http://evil\";\"x\")", required_fields=[{"name": "a", "label": "A", "type": "text"}])
    made = apply(scene.svc, scene.student, service, application_form(service, {"a": "+1"})).json
    try:
        [row] = [row for row in export(scene) if row["Номер"] == made["id"]]
        assert row["Услуга"].startswith("'=")
        assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") for cell in row.values())
    finally:
        scene.svc.database.run(f"DELETE FROM application_history WHERE application_id = '{made['id']}'")
        scene.svc.database.run(f"DELETE FROM applications WHERE id = '{made['id']}'")


def test_export_of_more_than_a_portion(office):
    scene = Scene(office, required_fields=[])
    first = scene.apply(application_form(scene.service))
    scene.svc.database.run(
        "INSERT INTO applications (id, service_id, department_id, student_id, student_name, student_email, search_text, created_at)"
        " SELECT gen_random_uuid(), service_id, department_id, 'many', 'Много', '', 'много', created_at + interval '1 second' * (n / 700)"
        f" FROM applications, generate_series(1, 1600) n WHERE id = '{first['id']}'"
    )
    rows = export(scene)
    assert len(rows) == 1601 == len({row["Номер"] for row in rows})
    assert [row["Подана"] for row in rows] == sorted(row["Подана"] for row in rows)
    listed = scene.as_staff("GET", APPLICATIONS)
    assert (len(listed.json), listed.header("x-total-count")) == (1000, "1601")
    assert 'rel="first"' in listed.header("link")


@pytest.mark.parametrize("who", ["student", "executor"])
def test_who_may_not_export(office, scene, who):
    if who == "student":
        ask = functools.partial(scene.as_student, "GET", APPLICATIONS + "export.csv")
    else:
        ask = functools.partial(scene.as_executor, office.executor(scene.staff), "GET", APPLICATIONS + "export.csv")
    check_refused(ask, 403, "forbidden")


@pytest.mark.parametrize(("query", "field"), [({"status": "x"}, "status"), ({"from": "yesterday"}, "from"), ({"to": "2026-13-01"}, "to")])
def test_an_export_that_there_is_not(scene, query, field):
    answer = scene.as_staff("GET", APPLICATIONS + "export.csv", query=query)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, field)
