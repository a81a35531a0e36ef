# SPDX-License-Identifier: MIT
"""Requests that sso-svc must survive: hostile JSON, clients that leave, more logins than it can hash, a peer that hangs up."""

import json
import socket
import struct
import threading

import pytest

import crowd
import sso
from poly_process import BUILD, INSTRUMENTED, LOOPBACK, wait_until
from test_hostile_json import HOSTILE, ROUNDS, peak_bytes, right
from test_sso_database import start_session

MEBIBYTE = 1 << 20
SANITIZED = BUILD / "address-undefined/bin/sso-svc"

# --- hostile JSON, on every route that takes a body ---

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
BODIES = [
    ("POST", "/api/auth/login", None, 1),
    ("POST", "/api/auth/refresh", None, 1),
    ("POST", "/api/auth/logout", None, 1),
    ("POST", "/api/users/", "admin", 1),
    ("PATCH", f"/api/users/{UNKNOWN_ID}", "admin", 1),
    ("POST", f"/api/users/{UNKNOWN_ID}/telegram-link", "admin", 1),
    ("POST", "/api/provision/services/staff", "services", 1),
    ("POST", "/api/provision/services/executor", "services", 1),
    ("POST", "/api/provision/traffic/teacher", "traffic", 1),
    ("POST", "/api/provision/traffic/teachers:batch", "traffic", 4),
    ("POST", "/api/provision/traffic/teacher-link-telegram", "traffic", 1),
    ("POST", "/api/tokens/telegram", "traffic", 1),
]
DOCUMENT = b'{"username":"@","password":"@","count":"number"}'


def headers_of(daemon, who):
    return {None: lambda: {}, "admin": daemon.admin}.get(who, lambda: sso.service(who))()


def send(daemon, method, path, headers, body):
    """Without caring whether anybody reads to the end."""
    with daemon.connect(timeout=30) as connection:
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.send(
            f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{fields}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        try:
            connection.send(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the answer is there all the same
        return connection.read_response()


def assert_refused(daemon, method, path, headers, mebibytes, bodies):
    for name, body in bodies.items():
        response = send(daemon, method, path, headers, body)
        expected = 413 if len(body) > mebibytes * MEBIBYTE else 400
        assert response.status == expected, (path, name, response)
        assert response.json["detail"]


@pytest.mark.fault(18)
def test_hostile_json_is_refused_everywhere(start_sso_svc, database):
    daemon = start_sso_svc(WORKERS=1)  # each has memory of its own for reuse
    bodies = {name: right(spoil(DOCUMENT)) for name, spoil in HOSTILE.items() if name != "2^63"}
    small = {name: body for name, body in bodies.items() if len(body) < MEBIBYTE}
    for method, path, who, mebibytes in BODIES:
        assert_refused(daemon, method, path, headers_of(daemon, who), mebibytes, small)
    resident = 0
    for turn in range(ROUNDS):
        assert_refused(daemon, "POST", "/api/auth/login", {}, 1, bodies)
        assert_refused(daemon, "POST", "/api/provision/traffic/teachers:batch", sso.service("traffic"), 4, bodies)
        if turn == 1:  # what is kept for reuse is there by then
            resident = daemon.resident_bytes()
    assert database.value("SELECT count(*) FROM users") == "1"
    assert daemon.log_in(**sso.ADMIN).status == 200
    if not INSTRUMENTED:
        assert daemon.resident_bytes() - resident < 2 * MEBIBYTE
        assert peak_bytes(daemon) < 96 * MEBIBYTE


# --- clients that leave ---


def leave(connection):
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.fixture(params=["as it is", "sanitized"])
def held_svc(request, database, tmp_path, start):
    """sso-svc with one loop, and one of its users."""
    daemon = sso.Sso(database, tmp_path / "keys", {"WORKERS": 1}).migrate()
    if request.param == "sanitized":
        if INSTRUMENTED or not SANITIZED.exists():
            pytest.skip("there is no second build; make SANITIZE=address,undefined makes it")
        daemon.name = str(SANITIZED)
    start(daemon)
    daemon.admin()
    return daemon, daemon.provisioned("teacher", "e1")


@pytest.mark.fault(16)
def test_who_leaves_while_the_database_is_slow_holds_no_place(held_svc, database, postgres):
    daemon, user = held_svc
    holder = hold(postgres, database, user)
    body = json.dumps({"full_name": "Другое Имя"}).encode()
    fields = "".join(f"{name}: {value}\r\n" for name, value in daemon.admin().items())
    head = f"PATCH /api/users/{user['id']} HTTP/1.1\r\nHost: a\r\n{fields}Content-Type: application/json\r\n"
    try:
        for turn in range(1, 4):
            leavers = [daemon.connect() for _ in range(50)]
            for connection in leavers:
                connection.send(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            wait_until(lambda: daemon.metric("http_connections") > 50, 10, "their requests to wait")
            for connection in leavers:
                leave(connection)
            wait_until(lambda: daemon.metric("http_connections") <= 2, 10, "their places to be free")
        assert daemon.as_service("traffic", "GET", "/api/users/?app_filter=traffic").status == 200
    finally:
        holder.kill()
        holder.wait()
    wait_until(lambda: rename(daemon, user) == 200, 10, "the user to be changed again")


def hold(postgres, database, user):
    """A psql that keeps the user's row locked until it is killed."""
    session = start_session(postgres, database)
    session.stdin.write(f"BEGIN; UPDATE users SET full_name = full_name WHERE id = '{user['id']}';\n".encode())
    session.stdin.flush()
    locks = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
    database.await_value(locks, "1")
    return session


def rename(daemon, user):
    return daemon.as_admin("PATCH", f"/api/users/{user['id']}", json_body={"full_name": "Иванов"}).status


@pytest.mark.fault(12)
def test_a_client_that_vanishes_is_served_once_under_its_key(sso_svc, database):
    """It does not know whether it was: so it asks again."""
    body = json.dumps({"entity_id": "e1", "full_name": "Иванов Иван"}).encode()
    fields = {**sso.service("traffic"), "Idempotency-Key": "k1", "Content-Type": "application/json"}
    head = "POST /api/provision/traffic/teacher HTTP/1.1\r\nHost: a\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    for _ in range(20):
        with sso_svc.connect() as connection:
            connection.send(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            leave(connection)
    answer = sso_svc.request("POST", "/api/provision/traffic/teacher", headers=fields, body=body)
    assert answer.status == 201  # the first answer, whoever was there to read it
    assert database.value("SELECT count(*) FROM users WHERE entity_id = 'e1'") == "1"
    assert database.value("SELECT count(*) FROM audit WHERE event = 'user_provisioned'") == "1"


# --- more logins than can be hashed ---


@pytest.mark.fault(25)
def test_twice_as_many_logins_as_it_can_hash(start_sso_svc):
    daemon = start_sso_svc(PASSWORD_HASH_QUEUE=4, LOGIN_ATTEMPTS_PER_ACCOUNT=1000)
    token = daemon.admin()
    with crowd.Load(lambda: daemon.log_in(**sso.ADMIN), threads=4) as calm:
        wait_until(lambda: len(calm.answers) >= 20, 20, "the peak to be known")
    began = daemon.metric("sso_logins_total", outcome="ok")
    with crowd.Load(lambda: daemon.log_in(**sso.ADMIN), threads=24) as storm:
        wait_until(lambda: daemon.metric("sso_logins_total", outcome="ok") - began >= 20, 30, "logins that succeed")
        others = [daemon.get("/api/auth/me", headers=token).status for _ in range(50)]
    assert not calm.faults and not storm.faults
    assert {answer.status for answer in storm.answers} <= {200, 503}
    shed = [answer for answer in storm.answers if answer.status == 503]
    assert shed, "nothing was shed"
    for answer in shed:
        assert int(answer.header("retry-after")) > 0
        assert answer.json["code"] == "login_overloaded"
    assert set(others) == {200}
    assert daemon.log_in(**sso.ADMIN).status == 200


# --- a peer that hangs up after it has the request ---


class HangsUp:
    """Takes requests whole and resets the connection; `taken` is how many."""

    def __init__(self):
        self.taken = 0
        self._socket = socket.create_server((LOOPBACK, 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            data = b""
            while b"\r\n\r\n" not in data:
                data += connection.recv(65536)
            self.taken += 1
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    def close(self):
        self._socket.close()


@pytest.mark.fault(12)
def test_a_sync_that_was_asked_for_is_asked_for_once(start_sso_svc):
    peer = HangsUp()
    try:
        daemon = start_sso_svc(TRAFFIC_API_URL=f"http://{LOOPBACK}:{peer.port}")
        answer = daemon.as_admin("POST", "/api/integrations/traffic/teacher-sync/run")
        assert answer.status == 503 and answer.header("retry-after")
        assert peer.taken == 1
    finally:
        peer.close()
