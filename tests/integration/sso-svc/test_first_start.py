# SPDX-License-Identifier: MIT
"""On an empty database: a schema, an administrator, a key, and the services that it knows."""

import pytest

import sso
from poly_process import wait_until
from refusals import check_problem


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


# --- the administrator ---


def readiness(svc):
    """The administrator's check."""
    response = svc.get("/readyz")
    return response.status, response.json["checks"]["administrator"]


def wait_for_refusal(svc, detail):
    svc.wait_listening()
    wait_until(lambda: detail in readiness(svc)[1].get("detail", ""), 10, f"not to be ready: {detail}")
    assert readiness(svc)[0] == 503
    check_problem(svc.log_in(sso.ADMIN["username"], sso.ADMIN["password"]), 401)


@pytest.mark.parametrize(
    "missing",
    [
        {"SSO_ADMIN_USERNAME": "", "SSO_ADMIN_PASSWORD": ""},
        pytest.param({"SSO_ADMIN_PASSWORD": ""}, marks=pytest.mark.slow),
        pytest.param({"SSO_ADMIN_USERNAME": ""}, marks=pytest.mark.slow),
    ],
)
def test_not_configured(start_sso_svc, missing):
    svc = start_sso_svc(wait=False, **missing)
    wait_for_refusal(svc, "set SSO_ADMIN_USERNAME and SSO_ADMIN_PASSWORD")
    assert svc.get("/healthz").status == 200
    assert svc.log(level="error")


def test_another_replica_makes_it(start_sso_svc):
    """Or an operator, later: no restart is needed."""
    svc = start_sso_svc(wait=False, SSO_ADMIN_USERNAME="", SSO_ADMIN_PASSWORD="")
    wait_for_refusal(svc, "set SSO_ADMIN_USERNAME")
    start_sso_svc()
    svc.wait_ready()
    assert svc.login()


def test_not_configured_is_enough_when_there_is_one(sso_svc, start_sso_svc):
    assert start_sso_svc(SSO_ADMIN_USERNAME="", SSO_ADMIN_PASSWORD="").login()


def test_the_name_is_anothers(start_sso_svc):
    one = start_sso_svc(wait=False, SSO_ADMIN_USERNAME="", SSO_ADMIN_PASSWORD="")
    one.wait_listening()
    one.provisioned("teacher", "t-1", username=sso.ADMIN["username"])
    svc = start_sso_svc(wait=False)
    wait_for_refusal(svc, "SSO_ADMIN_USERNAME is the name of another user")


def test_replicas_make_one(start_sso_svc, database):
    replicas = [start_sso_svc(wait=False) for _ in range(3)]
    for replica in replicas:
        replica.wait_ready().login()
    assert database.value("SELECT count(*) FROM users") == "1"
    assert database.value("SELECT count(*) FROM audit WHERE event = 'first_admin_created'") == "1"


def test_a_changed_variable_changes_nobody(sso_svc, start_sso_svc, database):
    """It is for the first start; afterwards people change their passwords themselves."""
    other = start_sso_svc(SSO_ADMIN_USERNAME="other.admin", SSO_ADMIN_PASSWORD="Другой пароль")
    assert database.value("SELECT count(*) FROM users") == "1"
    check_problem(other.log_in("other.admin", "Другой пароль"), 401)
    assert other.login()


def test_when_all_are_disabled(sso_svc, start_sso_svc, database):
    """By an accident in the database: whoever configures one gets in again."""
    database.run("UPDATE users SET is_active = false")
    svc = start_sso_svc(SSO_ADMIN_USERNAME="second.admin")
    assert svc.login("second.admin")["role"] == "admin"
