# SPDX-License-Identifier: MIT
"""Secrets and keys are renewed as docs/operations.md says, and nobody notices."""

import time

import pytest

import university
from poly_process import wait_until
from stack import PATIENCE


@pytest.fixture
def people(stack):
    return university.University(stack.front, stack.secret("sso-admin"))


def recreate(stack, *services):
    stack.compose("up", "--detach", "--no-deps", "--force-recreate", *services)
    stack.wait_ready()


def test_a_service_secret(stack, people):
    admin = people.app_admin("services")
    stack.compose("run", "--rm", "-T", "secrets", "renew", "services-sso")
    recreate(stack, "sso-svc")
    people.department(admin)  # services-svc still has the old one
    recreate(stack, "services-svc")
    people.department(admin)
    stack.compose("run", "--rm", "-T", "secrets", "set", "services-sso-previous", input="")
    recreate(stack, "sso-svc")
    people.department(admin)


def test_a_database_s_password(stack, people):
    old = stack.secret("services-database")
    stack.compose("run", "--rm", "-T", "secrets", "renew", "services-database")
    stack.compose("run", "--rm", "-T", "databases")
    recreate(stack, "services-svc")
    people.department(people.app_admin("services"))
    url = f"postgresql://services:{old}@127.0.0.1/services"
    answer = stack.execute("postgres", "psql", "-X", "-c", "SELECT 1", url, check=False)
    assert "password authentication failed" in answer.stderr
    stack.forget_secrets()


def test_a_signing_key(stack, people):
    session = people.login("admin", stack.secret("sso-admin"))
    first = session["access_token"]

    def refresh():
        """Rather than logging in, which ends its user's oldest sessions in the end."""
        nonlocal session
        time.sleep(0.5)
        session = people.ask("POST", "sso", "/api/auth/refresh", json_body={"refresh_token": session["refresh_token"]}).json
        return university.header_of(session["access_token"])["kid"]

    stack.execute("sso-svc", "sso-svc", "keys", "rotate")
    wait_until(lambda: refresh() != university.header_of(first)["kid"], PATIENCE, "a new key")
    for token in (first, session["access_token"]):
        people.ask("GET", "sso", "/api/auth/me", token)
