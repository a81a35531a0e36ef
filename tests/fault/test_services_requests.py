# SPDX-License-Identifier: MIT
"""A peer that hangs up after it received a POST: the POST is executed once."""

import json
import socket
import struct
import uuid

import pytest

import services
from interceptor import Interceptor
from poly_process import wait_until
from services import DEPARTMENTS, PASSWORD, SERVICES, bearer


def reset(connection):
    """Ends it by RST instead of FIN."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.socket.close()


def send(daemon, token, path, key, body):
    """A POST whose answer nobody waits for."""
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return daemon.connect().send(head.encode() + content)


@pytest.mark.parametrize("times", [1, 20])
@pytest.mark.fault(12)
def test_a_client_that_hangs_up_has_it_made_once(office, times):
    department = office.department()
    key = str(uuid.uuid4())
    body = {"department_id": department["id"], "name": key}
    for _ in range(times):
        reset(send(office.services, office.admin(), SERVICES, key, body))
    answer = office.as_admin("POST", SERVICES, json_body=body, headers={"Idempotency-Key": key})
    assert answer.status == 201
    assert office.services.database.value(f"SELECT count(*) FROM services WHERE name = '{key}'") == "1"


@pytest.mark.fault(12)
def test_a_client_that_hangs_up_while_an_account_is_made(office):
    key = str(uuid.uuid4())
    body = {"name": key, "username": f"gone{key[:8]}", "password": PASSWORD}
    reset(send(office.services, office.admin(), DEPARTMENTS, key, body))
    ask = lambda: office.as_admin("POST", DEPARTMENTS, json_body=body, headers={"Idempotency-Key": key})
    wait_until(lambda: ask().status == 201, 20, "the repeat")
    assert office.services.database.value(f"SELECT count(*) FROM departments WHERE name = '{key}'") == "1"
    [department] = [each for each in office.services.get(DEPARTMENTS).json if each["name"] == key]
    assert office.users_of(department["id"]) == 1


@pytest.fixture
def between(start, postgres, tmp_path):
    """(an office, the interceptor between its services-svc and sso-svc)."""
    databases = [postgres.new_database() for _ in range(2)]
    sso_svc = start(services.sso.Sso(databases[0], tmp_path / "sso-keys").migrate())
    with Interceptor(sso_svc) as interceptor:
        daemon = services.Services(databases[1], tmp_path, interceptor.url)
        yield services.Office(start(daemon.migrate()), sso_svc, None), interceptor
        interceptor.release()
        daemon.kill()
    for fresh in databases:
        fresh.drop()


@pytest.mark.parametrize("stage", ["asked", "made"])
@pytest.mark.fault(12)
def test_sso_svc_hangs_up_before_or_after_it_made_the_user(between, stage):
    office, interceptor = between
    key = str(uuid.uuid4())
    body = {"name": key, "username": f"lost{key[:8]}", "password": PASSWORD}
    headers = {"Idempotency-Key": key, **bearer(office.admin())}
    interceptor.lose(stage, lambda method, path: path == "/api/provision/services/staff")
    answer = office.services.request("POST", DEPARTMENTS, json_body=body, headers=headers)
    assert answer.status in (502, 503, 504), answer
    assert office.services.database.value("SELECT count(*) FROM departments") == "0"
    interceptor.release()
    wait_until(
        lambda: office.services.request("POST", DEPARTMENTS, json_body=body, headers=headers).status == 201,
        30,
        "the repeat",
    )
    assert office.services.database.value("SELECT count(*) FROM departments") == "1"
    users = office.sso.database.value(f"SELECT count(*) FROM users WHERE username = '{body['username']}'")
    assert users == "1"
    assert office.sso.log_in(body["username"], PASSWORD).status == 200
