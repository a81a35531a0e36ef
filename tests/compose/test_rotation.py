# SPDX-License-Identifier: MIT
"""Secrets and keys are renewed as docs/operations.md says, and nobody notices."""

import pytest

import university
from poly_process import wait_until


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
    def kid(token):
        return university.header_of(token)["kid"]

    first = people.sso_admin()
    stack.execute("sso-svc", "sso-svc", "keys", "rotate")
    second = wait_until(lambda: next((token for token in [people.sso_admin()] if kid(token) != kid(first)), None), 60, "a new key")
    for token in (first, second):
        people.ask("GET", "sso", "/api/auth/me", token)
