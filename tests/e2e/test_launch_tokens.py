# SPDX-License-Identifier: MIT
"""A launch token that main-svc gives opens the app that it is for, and nothing else anywhere."""

import pytest

APPS = {"services": {"services"}, "traffic": {"traffic"}, None: {"services", "traffic"}}

# Everything that asks who is there, by its own way of asking.
ELSEWHERE = [
    ("main", "GET", "/api/auth/me"),
    ("main", "POST", "/api/auth/logout"),
    ("main", "GET", "/api/miniapps/launch-token"),
    ("main", "GET", "/api/gradebook"),
    ("main", "GET", "/api/schedule"),
    ("main", "GET", "/api/schedule/resolve-group"),
    ("sso", "GET", "/api/auth/me"),
    ("sso", "GET", "/api/auth/sessions"),
    ("sso", "GET", "/api/users/"),
    ("sso", "GET", "/api/audit"),
    ("services", "GET", "/api/applications/"),
    ("services", "GET", "/api/executors/"),
    ("traffic", "GET", "/api/sessions/"),
    ("traffic", "GET", "/api/teachers/"),
]


@pytest.fixture(scope="module")
def student(platform):
    return platform.student("student6")


def launch_token(platform, student, app):
    """`app` None: that of a portal which does not say for what."""
    query = {"app": app} if app else {}
    return platform.main.ask("GET", "/api/miniapps/launch-token", token=student, query=query)["launch_token"]


@pytest.mark.parametrize("app", APPS)
def test_it_opens_the_app_that_it_is_for(platform, student, app):
    who = platform.main.ask("GET", "/api/auth/me", token=student)
    for name in ("services", "traffic"):
        launch = launch_token(platform, student, app)
        answer = getattr(platform, name).request("POST", "/api/auth/verify-launch", json_body={"token": launch})
        assert answer.status == (200 if name in APPS[app] else 401), (name, answer)
        if answer.status == 200:
            assert (answer.json["student_external_id"], answer.json["student_email"]) == (who["sub"], who["email"])
    launch = launch_token(platform, student, app)
    for name in ("main", "sso"):
        answer = getattr(platform, name).request("POST", "/api/auth/verify-launch", json_body={"token": launch})
        assert answer.status == 404, (name, answer)


@pytest.mark.parametrize("app", APPS)
def test_it_opens_nothing_else(platform, student, app):
    launch = launch_token(platform, student, app)
    for name, method, path in ELSEWHERE:
        answer = getattr(platform, name).request(method, path, token=launch)
        assert answer.status == 401, (name, path, answer)
    applications = platform.services.request("GET", "/api/applications/", headers={"X-Student-Token": launch})
    assert applications.status == 401
    refresh = platform.sso.request("POST", "/api/auth/refresh", json_body={"refresh_token": launch})
    assert refresh.status == 422  # it is longer than any of them
    assert platform.main.request("GET", "/api/auth/me", token=student).status == 200


def test_what_it_was_exchanged_for_is_for_services_svc_alone(platform, student):
    launch = launch_token(platform, student, "services")
    session = platform.services.ask("POST", "/api/auth/verify-launch", json_body={"token": launch})["student_token"]
    assert platform.services.request("GET", "/api/applications/", headers={"X-Student-Token": session}).status == 200
    for name, path in (("main", "/api/auth/me"), ("sso", "/api/auth/me"), ("traffic", "/api/sessions/")):
        assert getattr(platform, name).request("GET", path, token=session).status == 401
    assert platform.traffic.request("POST", "/api/auth/verify-launch", json_body={"token": session}).status == 401


def test_a_students_token_is_for_main_svc_alone(platform, student):
    for name in ("services", "traffic"):
        assert getattr(platform, name).request("POST", "/api/auth/verify-launch", json_body={"token": student}).status == 401
    for name, path in (("sso", "/api/auth/me"), ("services", "/api/executors/"), ("traffic", "/api/sessions/")):
        assert getattr(platform, name).request("GET", path, token=student).status == 401
