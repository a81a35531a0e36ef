# SPDX-License-Identifier: MIT
"""Mini-apps and launch tokens."""

import base64
import json

import pytest

from poly_process import run
from portal import claims_of

APPS = [
    {"id": "services", "name": "Заявки", "description": "d", "icon": "i", "url": "https://a.example/", "color": "#0f7b43"},
    {"id": "library", "name": "Библиотека", "url": "https://library.example"},
]


def test_the_registry(main_svc, ask):
    for path in ("/api/miniapps", "/api/miniapps/"):
        answer = ask(main_svc, path)
        assert [app["id"] for app in answer.json] == ["services", "traffic"]
    assert [app["url"] for app in answer.json] == ["http://services.example", "http://traffic.example"]
    etag = answer.header("etag")
    assert main_svc.get("/api/miniapps", headers={"If-None-Match": etag}).status == 304


def test_only_what_is_configured(start_main_svc, campus_sim):
    main_svc = start_main_svc(campus_sim, SERVICES_URL="", TRAFFIC_URL="")
    assert main_svc.get("/api/miniapps").json == []


def test_a_file(start_main_svc, campus_sim, tmp_path, ask):
    file = tmp_path / "apps.json"
    file.write_text(json.dumps(APPS), encoding="utf-8")
    main_svc = start_main_svc(campus_sim, MINIAPPS_FILE=file)
    apps = ask(main_svc, "/api/miniapps").json
    assert apps == [APPS[0], {**dict.fromkeys(APPS[0], ""), **APPS[1]}]
    token = main_svc.launch_token(main_svc.token(), app="library")
    assert claims_of(token)["aud"] == "library"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '[{"id":"a"}]',
        '[{"id":"A b","name":"n","url":"https://a"}]',
        '[{"id":"main","name":"n","url":"https://a"}]',
        '[{"id":"sso","name":"n","url":"https://a"}]',
        '[{"id":"a","name":"n","url":"javascript:alert(1)"}]',
        '[{"id":"a","name":"n","url":"https://a","color":"red"}]',
        '[{"id":"a","name":"n","url":"https://a"},{"id":"a","name":"n","url":"https://a"}]',
    ],
)
def test_bad_files_stop_the_start(campus_sim, tmp_path, main_svc, text):
    file = tmp_path / "apps.json"
    file.write_text(text, encoding="utf-8")
    done = run("main-svc", "serve", environment={**main_svc.environment, "MINIAPPS_FILE": file, "LISTEN": "127.0.0.1:0"})
    assert done.returncode == 1 and "MINIAPPS_FILE" in done.stdout + done.stderr


def test_a_launch_token(main_svc, ask):
    session = main_svc.login()
    answer = ask(main_svc, "/api/miniapps/launch-token", session["token"])
    assert answer.header("cache-control") == "no-store"
    claims = claims_of(answer.json["launch_token"])
    assert claims["aud"] == ["services", "traffic"] and claims["iss"] == "main-svc"
    assert claims["exp"] - claims["iat"] == 300
    assert (claims["student_id"], claims["student_name"], claims["student_email"]) == (
        session["student_id"],
        session["student_name"],
        session["student_email"],
    )
    assert main_svc.metric("main_launch_tokens_total") == 1


@pytest.mark.parametrize("app", ["services", "traffic"])
def test_for_one_app(main_svc, app):
    assert claims_of(main_svc.launch_token(main_svc.token(), app=app))["aud"] == app


@pytest.mark.parametrize("app, status", [("nothing", 404), ("main", 404), ("SERVICES", 404), ("a" * 65, 422)])
def test_for_what_is_no_app(main_svc, ask, app, status):
    assert ask(main_svc, "/api/miniapps/launch-token", main_svc.token(), query={"app": app}).status == status


def test_it_opens_nothing_here(main_svc, refused):
    launch = main_svc.launch_token(main_svc.token())
    for path in ("/api/auth/me", "/api/miniapps/launch-token", "/api/gradebook", "/api/schedule"):
        refused(main_svc, path, 401, "unauthenticated", token=launch)


def test_who_may(main_svc, refused):
    refused(main_svc, "/api/miniapps/launch-token", 401, "unauthenticated")


def test_the_keys(main_svc, ask):
    answer = ask(main_svc, "/.well-known/jwks.json")
    assert answer.header("cache-control").startswith("public, max-age=")
    [key] = answer.json["keys"]
    header = main_svc.token().split(".")[0]
    assert key["kid"] == json.loads(base64.urlsafe_b64decode(header + "=="))["kid"]
    assert "d" not in key
