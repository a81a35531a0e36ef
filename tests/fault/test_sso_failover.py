# SPDX-License-Identifier: MIT
"""The primary of sso-svc's database is lost under a load of writes and its standby takes over: what was acknowledged is
there, what was unknown can be repeated, and nothing is written through a standby."""

import time

import pytest

import postgres as postgresql
import sso
from poly_process import PATIENCE, wait_until
from test_sso_database import UNKNOWN, Provisioning, Standby, provision, stored

pytestmark = [pytest.mark.fault(3), pytest.mark.slow]


@pytest.fixture
def pair(start_postgres):
    """A primary that acknowledges nothing before its standby has it, and the standby."""
    primary = start_postgres(wal_level="replica", max_wal_senders=4, hot_standby="on")
    standby = Standby(primary)
    try:
        standby.start()
        yield primary, standby
    finally:
        standby.end()


def acknowledge_by_both(primary):
    primary.run("ALTER SYSTEM SET synchronous_standby_names = '*'")
    primary.run("SELECT pg_reload_conf()")
    wait_until(lambda: primary.run("SELECT sync_state FROM pg_stat_replication") == [("sync",)], 10, "the standby to be in step")


def test_a_failover_under_a_load_of_writes(pair, start, tmp_path):
    primary, standby = pair
    database = primary.new_database()
    both = f"postgresql://{postgresql.ROLE}@127.0.0.1:{standby.port},127.0.0.1:{primary.port}/{database.name}"
    daemon = start(sso.Sso(database, tmp_path / "keys", {"DATABASE_URL": both}).migrate())
    acknowledge_by_both(primary)
    after = postgresql.Database(standby, database.name)
    with Provisioning(daemon) as load:
        wait_until(lambda: len(load.of(201)) > 50, 20, "some users")
        primary.crash()
        wait_until(lambda: load.of(*UNKNOWN), 10, "a refusal")
        lost = len(load.of(201))
        time.sleep(1)  # the standby alone: nothing may be written through it
        assert len(load.of(201)) == lost
        standby.promote()
        began = time.monotonic()
        wait_until(lambda: len(load.of(201)) > lost + 20, 15, "users again")
        recovered = time.monotonic() - began
    assert not load.faults
    assert recovered < 5 * PATIENCE
    assert set(load.seen.values()) <= {201, *UNKNOWN}
    assert set(load.of(201)) <= stored(after)
    for entity in load.of(*UNKNOWN):
        assert provision(daemon, entity) == 201
    assert stored(after) == set(load.seen)
    assert after.value("SELECT count(*) = count(DISTINCT entity_id) FROM users WHERE app = 'traffic'") == "t"


def test_logins_go_on_after_a_failover(pair, start, tmp_path):
    primary, standby = pair
    database = primary.new_database()
    both = f"postgresql://{postgresql.ROLE}@127.0.0.1:{standby.port},127.0.0.1:{primary.port}/{database.name}"
    daemon = start(sso.Sso(database, tmp_path / "keys", {"DATABASE_URL": both}).migrate())
    acknowledge_by_both(primary)
    first = daemon.login()
    primary.crash()
    assert daemon.refresh(first["refresh_token"]).status in UNKNOWN
    assert daemon.get("/api/auth/me", headers=sso.bearer(first["access_token"])).status == 200
    standby.promote()
    wait_until(lambda: daemon.get("/readyz").status == 200, 15, "sso-svc to be ready again")
    assert daemon.refresh(first["refresh_token"]).status == 200
    assert daemon.log_in(**sso.ADMIN).status == 200
