# SPDX-License-Identifier: MIT
"""Queries of sso-svc that fail or take long, on the connection that the queries of others share: those do not notice."""

import time

import pytest

import crowd
import sso
from poly_process import PATIENCE, wait_until

pytestmark = pytest.mark.fault(6)

GOOD, FAILING, SLOW = 17, 18, 19
SLOW_SECONDS = 1.5
REFUSED_NAME = "Отказов Отказ"


def make_odd(database):
    """Reading one user fails, reading another takes long; making one with a certain name fails."""
    names = database.run(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'users' ORDER BY ordinal_position"
    )
    columns = ["odd_name(ruz_teacher_id, full_name) AS full_name" if name == "full_name" else name for (name,) in names]
    database.run(
        "CREATE FUNCTION odd_name(number bigint, name text) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN"
        f" IF number = {FAILING} THEN RAISE EXCEPTION 'this one cannot be read'; END IF;"
        f" IF number = {SLOW} THEN PERFORM pg_sleep({SLOW_SECONDS}); END IF; RETURN name; END $$;"
        f"ALTER TABLE users RENAME TO users_kept; CREATE VIEW users AS SELECT {', '.join(columns)} FROM users_kept"
    )


def refuse_name(database):
    database.run(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'this one cannot be made'; END $$;"
        "CREATE TRIGGER refuse BEFORE INSERT ON users FOR EACH ROW"
        f" WHEN (NEW.full_name = '{REFUSED_NAME}') EXECUTE FUNCTION refuse()"
    )


@pytest.fixture
def narrow_svc(start_sso_svc):
    """One loop with two connections: one is for all who only read, the other for one after the other."""
    return start_sso_svc(WORKERS=1, DATABASE_CONNECTIONS=2)


@pytest.fixture
def odd_svc(narrow_svc, database):
    for number in (GOOD, FAILING, SLOW):
        narrow_svc.provisioned("teacher", f"e{number}", full_name="Иванов Иван", ruz_teacher_id=number)
    make_odd(database)
    return narrow_svc


def look_up(daemon, number):
    """(status, seconds)"""
    began = time.monotonic()
    answer = daemon.as_service("traffic", "GET", f"/api/users/by-ruz-teacher/{number}?app_filter=traffic")
    return answer.status, time.monotonic() - began


def test_a_query_that_fails_ends_alone(odd_svc):
    with crowd.Load(lambda: look_up(odd_svc, GOOD), 6) as good, crowd.Load(lambda: look_up(odd_svc, FAILING), 3) as bad:
        wait_until(lambda: len(good.answers) > 300 and len(bad.answers) > 100, 30, "enough of both")
    assert not good.faults and not bad.faults
    assert {status for status, _ in good.answers} == {200}
    assert {status for status, _ in bad.answers} == {502}
    assert odd_svc.metric("poly_pg_connections_lost_total") == 0


def test_a_list_that_takes_long_has_a_connection_for_itself(odd_svc):
    def read_list():
        return odd_svc.as_service("traffic", "GET", "/api/users/?app_filter=traffic&entity_ids=e19").status

    with crowd.Load(read_list, 2) as lists:
        time.sleep(0.2)  # they are on their way
        with crowd.Load(lambda: look_up(odd_svc, GOOD), 4) as good:
            wait_until(lambda: len(lists.answers) >= 2, 30, "the lists")
    assert not lists.faults and not good.faults
    assert set(lists.answers) == {200}
    assert {status for status, _ in good.answers} == {200}
    assert len(good.answers) > 100
    assert max(seconds for _, seconds in good.answers) < SLOW_SECONDS / 2 * PATIENCE


def test_a_write_that_fails_leaves_nothing_and_the_others_go_on(narrow_svc, database):
    refuse_name(database)
    numbers = iter(range(100000))

    def make(full_name):
        entity = ("r" if full_name == REFUSED_NAME else "e") + str(next(numbers))
        headers = {**sso.service("traffic"), "Idempotency-Key": entity}
        body = {"entity_id": entity, "full_name": full_name}
        return entity, narrow_svc.request("POST", "/api/provision/traffic/teacher", headers=headers, json_body=body).status

    with crowd.Load(lambda: make("Иванов Иван"), 3) as good, crowd.Load(lambda: make(REFUSED_NAME), 3) as bad:
        wait_until(lambda: len(good.answers) > 60 and len(bad.answers) > 60, 30, "enough of both")
    assert not good.faults and not bad.faults
    assert {status for _, status in good.answers} == {201}
    assert {status for _, status in bad.answers} == {502}
    made = {entity for (entity,) in database.run("SELECT entity_id FROM users WHERE app = 'traffic'")}
    assert made == {entity for entity, _ in good.answers}
    audited = "SELECT count(*) FROM audit WHERE event = 'user_provisioned'"
    assert database.value(audited) == str(len(made))
    assert database.value("SELECT count(*) FROM idempotency_keys") == str(len(made))
