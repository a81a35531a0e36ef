# SPDX-License-Identifier: MIT
"""sso-svc when PostgreSQL crashes, freezes, is full, slow, migrated or replaced by its standby."""

import itertools
import subprocess
import time

import pytest

import crowd
import poly_http
import postgres as postgresql
import sso
from poly_process import PATIENCE, wait_until

UNKNOWN = (503, 504)
TEACHER = "/api/provision/traffic/teacher"


def provision(daemon, entity, key=None):
    """Its status, None when the connection broke; repeats with the same key are the same request."""
    headers = {"Idempotency-Key": key or entity}
    body = {"entity_id": entity, "full_name": f"Иванов Иван {entity}"}
    try:
        return daemon.as_service("traffic", "POST", TEACHER, headers=headers, json_body=body).status
    except (OSError, poly_http.Broken):
        return None


class Provisioning(crowd.Load):
    """Provisions one entity after the other; `seen` is {entity: status}."""

    def __init__(self, daemon, threads=4):
        self.seen = {}
        self._numbers = itertools.count()
        self._daemon = daemon
        super().__init__(self._next, threads)

    def _next(self):
        entity = f"e{next(self._numbers)}"
        self.seen[entity] = provision(self._daemon, entity)
        if self.seen[entity] in UNKNOWN:
            time.sleep(0.02)

    def of(self, *statuses):
        return [entity for entity, status in self.seen.items() if status in statuses]


def stored(database):
    return {entity for (entity,) in database.run("SELECT entity_id FROM users WHERE app = 'traffic'")}


@pytest.mark.fault(2)
def test_what_was_acknowledged_survives_a_crash_and_the_rest_can_be_repeated(sso_svc, database, postgres):
    with Provisioning(sso_svc) as load:
        wait_until(lambda: len(load.of(201)) > 50, 10, "some users")
        postgres.crash()
        wait_until(lambda: load.of(*UNKNOWN), 10, "a refusal")
        before = len(load.of(201))
        postgres.restart()
        began = time.monotonic()
        wait_until(lambda: len(load.of(201)) > before, 10, "users again")
        recovered = time.monotonic() - began
    assert not load.faults
    assert recovered < 5 * PATIENCE
    assert set(load.seen.values()) <= {201, *UNKNOWN}
    assert set(load.of(201)) <= stored(database)
    for entity in load.of(*UNKNOWN):
        assert provision(sso_svc, entity) == 201
    assert stored(database) == set(load.seen)
    assert database.value("SELECT count(*) = count(DISTINCT entity_id) FROM users WHERE app = 'traffic'") == "t"


@pytest.mark.fault(2)
def test_logins_and_refreshes_survive_a_crash(sso_svc, postgres):
    first = sso_svc.login()
    postgres.crash()
    assert sso_svc.refresh(first["refresh_token"]).status in UNKNOWN
    assert sso_svc.log_in(**sso.ADMIN).status in UNKNOWN
    assert sso_svc.get("/api/auth/me", headers=sso.bearer(first["access_token"])).status == 200
    postgres.restart()
    wait_until(lambda: sso_svc.get("/readyz").status == 200, 5, "sso-svc to be ready again")
    assert sso_svc.refresh(first["refresh_token"]).status == 200
    assert sso_svc.log_in(**sso.ADMIN).status == 200


@pytest.mark.fault(4)
def test_a_frozen_database_is_waited_for_no_longer_than_the_deadline(sso_svc, postgres):
    token = sso_svc.admin()
    postgres.freeze()
    try:
        began = time.monotonic()
        asked = crowd.together(8, lambda number: provision(sso_svc, f"e{number}"))
        assert time.monotonic() - began < 12 * PATIENCE
        assert set(asked) <= set(UNKNOWN)
        assert sso_svc.get("/healthz").status == 200
        assert sso_svc.get("/api/auth/me", headers=token).status == 200
        not_ready = sso_svc.get("/readyz")
        assert not_ready.status == 503
        assert not_ready.json["checks"]["database"]["status"] != "ok"
    finally:
        postgres.thaw()
    wait_until(lambda: sso_svc.get("/readyz").status == 200, 10, "sso-svc to be ready again")
    for number in range(8):
        assert provision(sso_svc, f"e{number}") == 201


@pytest.mark.fault(5)
@pytest.mark.slow
def test_a_full_server_is_asked_gently_and_used_again(start_postgres, start, tmp_path):
    server = start_postgres(max_connections=12, log_connections="on")
    database = server.new_database()
    daemon = start(sso.Sso(database, tmp_path / "keys", {"DATABASE_CONNECTIONS": 4}).migrate())
    sessions = [start_session(server, database) for _ in range(12)]
    try:
        database_is_full = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sso-svc'"
        end_quietly(server, sessions[0], database_is_full)
        attempts = server.log().count("connection received")
        ends = time.monotonic() + 3
        statuses = set()
        while time.monotonic() < ends:
            statuses.add(provision(daemon, "e1"))
        tried = server.log().count("connection received") - attempts
        assert statuses <= {201, 200, *UNKNOWN}
        assert tried < 60, f"{tried} attempts to connect in 3 s"
    finally:
        for session in sessions:
            session.kill()
            session.wait()
    wait_until(lambda: provision(daemon, "e2") == 201, 10, "room for sso-svc")


def start_session(server, database):
    """A psql that stays connected; it may be refused."""
    return subprocess.Popen(
        [server.binaries / "psql", "-X", "-q", "-d", database.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def end_quietly(server, session, sql):
    """Runs SQL in a session that is there already: a new one would find no room."""
    session.stdin.write(sql.encode() + b";\n")
    session.stdin.flush()


@pytest.mark.fault(6)
def test_a_slow_write_holds_up_nobody_else(sso_svc, database, postgres):
    user = sso_svc.provisioned("teacher", "e1")
    blocker = start_session(postgres, database)
    try:
        blocker.stdin.write(f"BEGIN; UPDATE users SET full_name = full_name WHERE id = '{user['id']}';\n".encode())
        blocker.stdin.flush()
        locks = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
        database.await_value(locks, "1")
        with crowd.Load(lambda: change_name(sso_svc, user), threads=2) as slow:
            began = time.monotonic()
            others = [sso_svc.as_service("traffic", "GET", "/api/users/?app_filter=traffic").status for _ in range(50)]
            taken = time.monotonic() - began
            wait_until(lambda: slow.answers, 15, "the slow ones to be given up")
        assert set(others) == {200}
        assert taken < 2 * PATIENCE
        assert set(slow.answers) <= set(UNKNOWN)
    finally:
        blocker.kill()
        blocker.wait()
    wait_until(lambda: change_name(sso_svc, user) == 200, 10, "the lock to be gone")


def change_name(daemon, user):
    return daemon.as_admin("PATCH", f"/api/users/{user['id']}", json_body={"full_name": "Другое Имя"}).status


@pytest.mark.fault(7)
def test_a_migration_under_load_fails_no_request(sso_svc, database):
    with Provisioning(sso_svc, 2) as writes, crowd.Load(lambda: read(sso_svc), 2) as reads:
        wait_until(lambda: writes.of(201) and reads.answers, 10, "the load to begin")
        for number in range(5):
            seen = len(writes.seen), len(reads.answers)
            database.run(f"ALTER TABLE users ADD COLUMN added_{number} text")
            wait_until(lambda: len(writes.seen) > seen[0] + 5 and len(reads.answers) > seen[1] + 5, 10, "more of it")
    assert not writes.faults and not reads.faults
    assert set(writes.seen.values()) == {201}
    assert set(reads.answers) == {200}


def read(daemon):
    return daemon.as_service("traffic", "GET", "/api/users/?app_filter=traffic&page=1").status


@pytest.mark.fault(3)
@pytest.mark.slow
def test_a_standby_takes_over_and_nothing_is_written_through_it_before(start_postgres, start, tmp_path):
    primary = start_postgres(wal_level="replica", max_wal_senders=4, hot_standby="on")
    standby = Standby(primary)
    try:
        standby.start()
        database = primary.new_database()
        both = f"postgresql://{postgresql.ROLE}@127.0.0.1:{standby.port},127.0.0.1:{primary.port}/{database.name}"
        daemon = sso.Sso(database, tmp_path / "keys", {"DATABASE_URL": both}).migrate()
        start(daemon)
        assert provision(daemon, "e1") == 201
        assert primary.run("SELECT count(*) FROM users WHERE entity_id = 'e1'", database.name) == [("1",)]
        wait_until(lambda: standby.has(database.name, "e1"), 10, "the standby to follow")
        primary.crash()
        assert provision(daemon, "e2") in UNKNOWN
        standby.promote()
        wait_until(lambda: provision(daemon, "e2") in (200, 201), 10, "the new primary to be used")
        assert standby.has(database.name, "e1") and standby.has(database.name, "e2")
    finally:
        standby.end()


class Standby(postgresql.Postgres):
    """Follows `primary` by streaming replication until it is promoted."""

    def __init__(self, primary):
        super().__init__()
        self._primary = primary

    def start(self):
        self.adopt_directory()
        source = f"host=127.0.0.1 port={self._primary.port} user={postgresql.ROLE}"
        self._do("pg_basebackup", "-d", source, "-D", self.directory / "data", "-R", "-X", "stream", "-c", "fast")
        with open(self.directory / "data" / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(f"port = '{self.port}'\nunix_socket_directories = '{self.directory}'\n")
        self.restart()
        return self

    def promote(self):
        self._control("promote")

    def has(self, database, entity):
        try:
            return self.run(f"SELECT count(*) FROM users WHERE entity_id = '{entity}'", database) == [("1",)]
        except postgresql.Failed:
            return False
