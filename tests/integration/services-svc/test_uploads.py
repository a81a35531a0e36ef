# SPDX-License-Identifier: MIT
"""Files: which are taken, under which names, and that nothing is left of those that are not."""

import functools
import hashlib
import pathlib

import pytest

from applications import EXE, JPEG, PDF, PNG, TEXT, Scene, apply, doc, docx, download_path, pdf_of, stored_files
from refusals import check_refused

LIMIT = 300_000
SETTINGS = {"MAX_UPLOAD_FILE_BYTES": LIMIT}


@pytest.fixture(scope="module")
def scene(office):
    return Scene(office)


def send(scene, form, headers):
    return apply(scene.svc, scene.student, scene.service, form, headers)


def check_nothing_stays(scene, form, status, code):
    def count():
        return scene.svc.database.value("SELECT count(*) FROM applications"), stored_files(scene.svc.uploads)

    before = count()
    problem = check_refused(functools.partial(send, scene, form), status, code)
    assert count() == before
    return problem


# --- what is taken ---


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.PDF", PDF, "application/pdf"),
        ("a.jpg", JPEG, "image/jpeg"),
        ("a.jpeg", JPEG, "image/jpeg"),
        ("a.png", PNG, "image/png"),
        ("a.doc", doc(), "application/msword"),
        ("a.docx", docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.txt", TEXT, "text/plain; charset=utf-8"),
        ("a.txt", "Справка".encode("cp1251"), "text/plain; charset=utf-8"),
        ("a.txt", b"#!/bin/sh\nrm -rf /\n", "text/plain; charset=utf-8"),
        ("a.txt", b"xy", "text/plain; charset=utf-8"),
    ],
)
def test_a_file_of_each_kind(scene, name, content, kind):
    made = scene.apply(scene.form().file(name, content, kind="text/html"))
    [attachment] = made["attachments"]
    assert (attachment["file_name"], attachment["size"], attachment["content_type"]) == (name, len(content), kind)
    assert attachment["sha256"] == hashlib.sha256(content).hexdigest()
    answer = scene.as_student("GET", download_path(attachment))
    assert (answer.status, answer.body, answer.header("content-type")) == (200, content, kind)


@pytest.mark.parametrize("size", [65535, 65536, 131071, 131072, 131073, 262144, LIMIT])
def test_a_file_of_any_size(scene, size):
    content = pdf_of(size)
    [attachment] = scene.apply(scene.form().file("a.pdf", content))["attachments"]
    assert (attachment["size"], attachment["sha256"]) == (size, hashlib.sha256(content).hexdigest())
    assert scene.as_student("GET", download_path(attachment)).body == content


def test_ten_files(scene):
    form = scene.form()
    for number in range(10):
        form.file(f"{number}.txt", TEXT + str(number).encode())
    attachments = scene.apply(form)["attachments"]
    assert [each["file_name"] for each in attachments] == [f"{number}.txt" for number in range(10)]
    assert [scene.as_student("GET", download_path(each)).body for each in attachments] == [TEXT + str(number).encode() for number in range(10)]


def test_the_same_file_twice_is_two(scene):
    first, second = scene.apply(scene.form().file("a.txt", TEXT).file("a.txt", TEXT))["attachments"]
    assert first["id"] != second["id"]


# --- what is not ---


def test_eleven_files(scene):
    form = scene.form()
    for number in range(11):
        form.file(f"{number}.txt", TEXT)
    check_nothing_stays(scene, form, 422, "too_many_files")


@pytest.mark.parametrize("name", ["a.exe", "a.pdf.exe", "42.zip", "a.html", "a", "a.pdf.", "a.", "pdf", "a.svg", "a.php\\.pdf/x"])
def test_an_ending_that_is_not_allowed(scene, name):
    check_nothing_stays(scene, scene.form().file("good.txt", TEXT).file(name, PDF), 415, "file_type_not_allowed")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", EXE),
        ("a.pdf", b"<html><script>alert(1)</script></html>"),
        ("a.pdf", TEXT),
        ("a.png", JPEG),
        ("a.jpg", PNG),
        ("a.docx", PDF),
        ("a.doc", docx()),
        ("a.docx", b"PK\x03\x04" + bytes(26) + b"bomb"),
        ("a.txt", EXE),
        ("a.txt", PDF),
        ("a.txt", b"\0\1\2\3text"),
    ],
)
def test_content_that_is_not_what_the_name_says(scene, name, content):
    check_nothing_stays(scene, scene.form().file("good.txt", TEXT).file(name, content, kind="application/pdf"), 415, "file_content_mismatch")


def test_an_empty_file(scene):
    check_nothing_stays(scene, scene.form().file("good.txt", TEXT).file("a.pdf", b""), 422, "empty_file")


def test_a_file_that_is_too_large(scene):
    check_nothing_stays(scene, scene.form().file("good.txt", TEXT).file("a.pdf", pdf_of(LIMIT + 1)), 413, "file_too_large")


def test_a_body_that_is_no_form(scene):
    ask = functools.partial(scene.as_student, "POST", "/api/applications/", body=b"{}")
    check_refused(lambda headers: ask(headers={**headers, "Content-Type": "application/json"}), 415, "unsupported_media_type")


def test_a_form_that_ends_too_early(scene):
    before = stored_files(scene.svc.uploads)
    form = scene.form().file("a.pdf", pdf_of(200_000))
    body = form.body[:-50_000]
    answer = scene.as_student("POST", "/api/applications/", body=body, headers=form.headers)
    assert (answer.status, answer.json["code"]) == (400, "malformed_request")
    assert stored_files(scene.svc.uploads) == before


# --- names ---


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../../etc/passwd.txt", "passwd.txt"),
        ("..\\\\..\\\\boot.txt", "boot.txt"),
        ("/etc/cron.d/x.txt", "x.txt"),
        ("Справка о доходах.txt", "Справка о доходах.txt"),
        ("photo\u202egpj.txt", "photogpj.txt"),
        ("\u200fрезюме\u2066.txt", "резюме.txt"),
        ('say \\"hi\\".txt', 'say "hi".txt'),
        ("я" * 1900 + ".txt", "я" * 116 + ".txt"),
        (".txt", ".txt"),
        ("%2e%2e%2fetc.txt", "%2e%2e%2fetc.txt"),
    ],
)
def test_a_name_is_for_showing_only(scene, sent, shown):
    before = set(stored_files(scene.svc.uploads))
    [attachment] = scene.apply(scene.form().file(sent, TEXT))["attachments"]
    assert attachment["file_name"] == shown
    [path] = set(stored_files(scene.svc.uploads)) - before
    shelf, name = pathlib.PurePath(path).parts
    assert len(name) == 32 and set(name) <= set("0123456789abcdef") and name.startswith(shelf)
    answer = scene.as_student("GET", download_path(attachment))
    assert (answer.status, answer.body) == (200, TEXT)
    disposition = answer.header("content-disposition")
    assert disposition.startswith("attachment; filename=") and "/" not in disposition and "\\" not in disposition


@pytest.mark.parametrize("name", [b"a\0.txt", b"a.txt\0.exe", b"\xff\xfe.txt", b"a\x1b.txt"])
def test_a_name_that_is_no_text(scene, name):
    check_nothing_stays(scene, scene.form().file("good.txt", TEXT).file(name, TEXT), 400, "malformed_request")


def test_a_stored_file_is_for_the_daemon_alone(scene):
    scene.apply(scene.form().file("a.txt", TEXT))
    for path in scene.svc.uploads.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
