# SPDX-License-Identifier: MIT
"""On an empty database: a schema, an administrator, a key, and the services that it knows."""

import sso


def test_the_first_administrator(sso_svc):
    session = sso_svc.login(app="traffic")
    assert (session["app"], session["role"]) == ("sso", "admin")
    me = sso_svc.get("/api/auth/me", headers=sso.bearer(session["access_token"]))
    assert me.status == 200
    assert me.json["username"] == sso.ADMIN["username"]


def test_is_made_once(sso_svc, database):
    sso_svc.restart()
    sso_svc.login()
    assert database.value("SELECT count(*) FROM users") == "1"
    assert database.value("SELECT count(*) FROM audit WHERE event = 'first_admin_created'") == "1"


def test_services_provision_their_own(sso_svc, database):
    for number, kind in enumerate(sso.PROVISIONED):
        assert sso_svc.provision(kind, f"entity-{number}").status == 201
        assert sso_svc.provision(kind, f"entity-{number}").status == 200
    response = sso_svc.as_service("bot", "POST", sso.PROVISIONED["teacher"][1], json_body={})
    assert response.status == 403
    assert database.value("SELECT count(*) FROM users") == "4"
    assert sso_svc.as_admin("GET", "/api/users").status == 200


def test_replicas_share_database_and_keys(start_sso_svc):
    one, other = start_sso_svc(), start_sso_svc()
    token = one.login()["access_token"]
    assert other.get("/api/auth/me", headers=sso.bearer(token)).status == 200


def test_survives_its_database(sso_svc, postgres, database):
    user = sso_svc.provisioned("teacher", "entity-1")
    postgres.crash()
    assert sso_svc.get("/healthz").status == 200
    postgres.restart()
    sso_svc.wait_ready()
    assert database.value("SELECT id FROM users WHERE entity_id = 'entity-1'") == user["id"]
    assert sso_svc.login()["role"] == "admin"
