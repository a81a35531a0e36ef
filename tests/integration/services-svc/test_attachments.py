# SPDX-License-Identifier: MIT
"""GET /api/applications/attachments/{id}/download: whole or in parts, for whom it is meant."""

import functools
import urllib.parse
import uuid

import pytest

from applications import APPLICATIONS, Form, PDF, TEXT, Scene, download_path, path_of, pdf_of
from refusals import check_refused

CONTENT = pdf_of(200_000)[:-10] + b"0123456789"


@pytest.fixture(scope="module")
def scene(office):
    return Scene(office)


@pytest.fixture(scope="module")
def attachment(scene):
    [made] = scene.apply(scene.form().file("Справка \\\"1\\\".pdf", CONTENT))["attachments"]
    return made


def download(scene, attachment, method="GET", **headers):
    return scene.as_student(method, download_path(attachment), headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_the_whole_file(scene, attachment):
    answer = download(scene, attachment)
    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.header("content-length") == str(len(CONTENT))
    assert answer.header("content-type") == "application/pdf"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("accept-ranges") == "bytes"
    assert answer.header("cache-control") == "no-store"
    assert answer.header("etag") == f'"{attachment["sha256"]}"'
    assert answer.header("content-encoding") is None


def test_its_name(scene, attachment):
    disposition = download(scene, attachment).header("content-disposition")
    assert disposition.startswith('attachment; filename="_______ _1_.pdf"; filename*=UTF-8\'\'')
    assert urllib.parse.unquote(disposition.rpartition("''")[2]) == 'Справка "1".pdf'


def test_head(scene, attachment):
    answer = download(scene, attachment, method="HEAD")
    assert (answer.status, answer.body, answer.header("content-length")) == (200, b"", str(len(CONTENT)))


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=100000-150000", 100_000, 150_000),
        ("bytes=199990-", 199_990, 199_999),
        ("bytes=-10", 199_990, 199_999),
        ("bytes=199999-9999999", 199_999, 199_999),
        ("bytes=-9999999", 0, 199_999),
    ],
)
def test_a_part(scene, attachment, asked, first, last):
    answer = download(scene, attachment, Range=asked)
    assert (answer.status, answer.body) == (206, CONTENT[first : last + 1])
    assert answer.header("content-range") == f"bytes {first}-{last}/{len(CONTENT)}"
    assert answer.header("etag") == f'"{attachment["sha256"]}"'


@pytest.mark.parametrize("asked", ["bytes=200000-", "bytes=-0", "bytes=99999999999999999999-"])
def test_a_part_that_there_is_not(scene, attachment, asked):
    problem = functools.partial(download_with, scene, attachment, asked)
    check_refused(problem, 416, "range_not_satisfiable")
    assert problem(headers={}).header("content-range") == f"bytes */{len(CONTENT)}"


def download_with(scene, attachment, asked, headers):
    return scene.as_student("GET", download_path(attachment), headers={"Range": asked, **headers})


@pytest.mark.parametrize("asked", ["bytes=5-4", "bytes=0-1,5-6", "lines=1-2", "bytes", "bytes=a-b"])
def test_what_is_no_range_is_left_unheeded(scene, attachment, asked):
    answer = download(scene, attachment, Range=asked)
    assert (answer.status, len(answer.body)) == (200, len(CONTENT))


def test_if_range(scene, attachment):
    tag = f'"{attachment["sha256"]}"'
    assert download(scene, attachment, Range="bytes=0-0", If_Range=tag).status == 206
    for other in ('"other"', "W/" + tag, "Tue, 01 Sep 2026 08:00:00 GMT"):
        answer = download(scene, attachment, Range="bytes=0-0", If_Range=other)
        assert (answer.status, len(answer.body)) == (200, len(CONTENT))


def test_what_the_caller_has(scene, attachment):
    answer = download(scene, attachment, If_None_Match=f'"{attachment["sha256"]}"')
    assert (answer.status, answer.body) == (304, b"")
    assert download(scene, attachment, If_None_Match='"other"').status == 200


# --- who may ---


def test_it_is_unknown_to_others(office, scene, attachment):
    stranger = office.staff()
    ask = functools.partial(scene.as_student, "GET", download_path(attachment), student=office.student())
    check_refused(ask, 404, "attachment_not_found")
    for token in (stranger["token"], office.executor(stranger)["token"], office.executor(scene.staff)["token"]):
        check_refused(functools.partial(scene.svc.as_user, token, "GET", download_path(attachment)), 404, "attachment_not_found")
    check_refused(functools.partial(scene.svc.request, "GET", download_path(attachment)), 401, "unauthenticated")


def test_those_whom_it_concerns_get_it(office, scene):
    made = scene.apply(scene.form().file("a.pdf", PDF))
    [attachment] = made["attachments"]
    executor = office.executor(scene.staff)
    scene.assign(made, executor)
    for token in (scene.staff["token"], executor["token"], office.admin()):
        assert scene.svc.as_user(token, "GET", download_path(attachment)).body == PDF
    scene.assign(made, None)
    check_refused(functools.partial(scene.as_executor, executor, "GET", download_path(attachment)), 404, "attachment_not_found")


def test_a_file_of_an_internal_comment(office, scene):
    made = scene.apply()
    form = Form(message="Проверить", internal="true").file("note.txt", TEXT)
    comment = scene.as_staff("POST", path_of(made, "/comments"), **form.sent()).json
    [attachment] = comment["attachments"]
    assert scene.as_staff("GET", download_path(attachment)).body == TEXT
    check_refused(functools.partial(scene.as_student, "GET", download_path(attachment)), 404, "attachment_not_found")


def test_a_file_of_a_response(scene):
    made = scene.apply()
    [attachment] = scene.respond(made, Form(message="Готово").file("a.pdf", PDF)).json["attachments"]
    assert scene.as_student("GET", download_path(attachment)).body == PDF


@pytest.mark.parametrize("name", ["5", str(uuid.uuid4()), "..%2F..%2Fetc%2Fpasswd"])
def test_a_file_that_there_is_not(scene, name):
    check_refused(functools.partial(scene.as_student, "GET", f"{APPLICATIONS}attachments/{name}/download"), 404, "attachment_not_found")


def test_a_file_that_the_store_has_lost(scene):
    [attachment] = scene.apply(scene.form().file("a.pdf", PDF))["attachments"]
    stored = scene.svc.database.value(f"SELECT stored_name FROM attachments WHERE id = '{attachment['id']}'")
    (scene.svc.uploads / stored[:2] / stored).unlink()
    check_refused(functools.partial(scene.as_student, "GET", download_path(attachment)), 503, "storage_unavailable")


def test_a_name_in_the_database_that_is_none(scene):
    """Whatever the database says: nothing outside the store is opened."""
    [attachment] = scene.apply(scene.form().file("a.pdf", PDF))["attachments"]
    scene.svc.database.run(f"UPDATE attachments SET stored_name = '../../../../etc/passwd' WHERE id = '{attachment['id']}'")
    assert scene.as_student("GET", download_path(attachment)).status == 503
