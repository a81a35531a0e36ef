# SPDX-License-Identifier: MIT
"""No password, token or secret shows where it does not belong: in a log line, a problem, a metric, a row."""

import base64
import secrets
import urllib.parse
import uuid

import pytest

from services import DEPARTMENTS, EXECUTORS, bearer


@pytest.fixture
def office(start_office):
    return start_office(LOG_LEVEL="debug")


def forms(secret):
    """As it is, and as a log, a URL, JSON or a database would write it."""
    raw = secret.encode()
    yield secret
    yield urllib.parse.quote(secret, safe="")
    yield secret.encode("ascii", "backslashreplace").decode()
    yield raw.hex()
    yield base64.b64encode(raw).decode().rstrip("=")


def rows_of(database):
    tables = database.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return "\n".join(database.value(f"SELECT coalesce(string_agg(t::text, ' '), 'none') FROM {name} t") for (name,) in tables)


def test_nothing_secret_is_kept_or_said(office):
    planted = [f"Пароль-{secrets.token_hex(12)}" for _ in range(4)]
    said = []
    name = uuid.uuid4().hex[:8]
    key = {"Idempotency-Key": str(uuid.uuid4())}
    department = {"name": "Отдел", "username": f"d{name}", "password": planted[0]}
    for _ in range(2):
        said.append(office.as_admin("POST", DEPARTMENTS, json_body=department, headers=key).text)
    staff = office.sso.login(department["username"], planted[0])["access_token"]
    executor = {"name": "Исполнитель", "username": f"e{name}", "password": planted[1]}
    said.append(office.services.as_user(staff, "POST", EXECUTORS, json_body=executor, headers=key).text)
    # Refused in each way there is.
    taken = {**executor, "username": department["username"], "password": planted[2]}
    said.append(office.services.as_user(staff, "POST", EXECUTORS, json_body=taken).text)
    said.append(office.services.as_user(staff, "POST", EXECUTORS, json_body={"password": planted[3]}).text)
    said.append(office.as_admin("POST", DEPARTMENTS, json_body={"name": "x", "password": [planted[3]]}).text)
    [launch] = office.launch_tokens()
    session = office.verify_launch(launch).json["student_token"]
    said.append(office.services.request("POST", "/api/auth/verify-launch", json_body={"token": launch + "x"}).text)
    said.append(office.services.get(EXECUTORS, headers=bearer(launch)).text)
    said.append(office.services.get("/metrics").text)

    service_secret = office.services.environment["SERVICES_SSO_SERVICE_SECRET"]
    everywhere = "\n".join([*said, *office.services.raw_log(), office.services.errors(), rows_of(office.services.database)])
    for secret in [*planted, launch, session, staff, office.admin(), service_secret]:
        assert not any(form in everywhere for form in forms(secret)), secret
