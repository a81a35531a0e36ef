# SPDX-License-Identifier: MIT
"""Every route of applications refuses whoever brings no token, a bad one, or one that is meant for others."""

import functools

import pytest

from applications import APPLICATIONS, Form, PDF, Scene, download_path, path_of, stored_files
from refusals import check_refused
from services import bearer, student_header

STUDENT, STAFF, EXECUTOR, ADMIN = "student", "staff", "executor", "admin"
PARTY = {STUDENT, STAFF, EXECUTOR, ADMIN}

# Method, path behind the application's, whom it serves, whether it takes a form.
ROUTES = [
    ("GET", None, PARTY, False),
    ("POST", None, {STUDENT}, True),
    ("GET", "export.csv", {STAFF, ADMIN}, False),
    ("GET", "download", PARTY, False),
    ("GET", "", PARTY, False),
    ("PATCH", "/assign", {STAFF}, False),
    ("PATCH", "/status", {STAFF, ADMIN}, False),
    ("POST", "/respond", {STAFF, EXECUTOR, ADMIN}, True),
    ("GET", "/comments", PARTY, False),
    ("POST", "/comments", PARTY, True),
    ("GET", "/events", PARTY, False),
]


@pytest.fixture(scope="module")
def scene(office):
    return Scene(office)


@pytest.fixture(scope="module")
def made(scene):
    return scene.apply(scene.form().file("a.pdf", PDF))


@pytest.fixture(scope="module")
def tokens(office, scene, made):
    executor = office.executor(scene.staff)
    scene.assign(made, executor)
    return {
        STUDENT: student_header(scene.student["token"]),
        STAFF: bearer(scene.staff["token"]),
        EXECUTOR: bearer(executor["token"]),
        ADMIN: bearer(office.admin()),
    }


@pytest.fixture(scope="module")
def strangers(office, scene):
    """Who is refused at every route, and with what."""
    [launch] = office.launch_tokens()
    student = scene.student["token"]
    head, body, signature = scene.staff["token"].split(".")
    return {
        "nobody": ({}, 401, "unauthenticated"),
        "rubbish": (bearer("rubbish"), 401, "unauthenticated"),
        "a broken signature": (bearer(f"{head}.{body}.{signature[::-1]}"), 401, "unauthenticated"),
        "no signature": (bearer(f"{head}.{body}."), 401, "unauthenticated"),
        "a launch token": (student_header(launch), 401, "unauthenticated"),
        "a launch token as a bearer's": (bearer(launch), 401, "unauthenticated"),
        "a student's session as a bearer's": (bearer(student), 401, "unauthenticated"),
        "an access token as a student's": (student_header(scene.staff["token"]), 401, "unauthenticated"),
        "an administrator of traffic": (bearer(office.sso_admin("traffic")), 401, "unauthenticated"),
    }


def ask(scene, made, method, rest, takes_form, token, headers):
    path = {None: APPLICATIONS, "export.csv": APPLICATIONS + "export.csv", "download": download_path(made["attachments"][0])}.get(rest)
    path = path or path_of(made, rest or "")
    headers = {**token, **headers}
    if takes_form:
        return scene.svc.request(method, path, **Form(message="x").file("a.pdf", PDF).sent(headers))
    return scene.svc.request(method, path, headers=headers, **({"json_body": {}} if method == "PATCH" else {}))


@pytest.mark.parametrize(("method", "rest", "serves", "takes_form"), ROUTES)
def test_who_brings_no_good_token(scene, made, strangers, method, rest, serves, takes_form):
    before = stored_files(scene.svc.uploads)
    for name, (token, status, code) in strangers.items():
        check_refused(functools.partial(named, name, scene, made, method, rest, takes_form, token), status, code)
    assert stored_files(scene.svc.uploads) == before


def named(name, *arguments, headers):
    answer = ask(*arguments, headers)
    print(name, answer)  # shown when it fails
    return answer


@pytest.mark.parametrize(("method", "rest", "serves", "takes_form"), ROUTES)
def test_whom_the_route_does_not_serve(scene, made, tokens, method, rest, serves, takes_form):
    before = stored_files(scene.svc.uploads)
    for who in PARTY - serves:
        check_refused(functools.partial(named, who, scene, made, method, rest, takes_form, tokens[who]), 403, "forbidden")
    assert stored_files(scene.svc.uploads) == before
