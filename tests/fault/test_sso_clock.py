# SPDX-License-Identifier: MIT
"""The clock of sso-svc's machine is set, an hour on or back: timers go on, and tokens have half a minute of leeway."""

import time

import pytest

import crowd
import sso
from poly_process import wait_until
from test_sso_database import start_session

pytestmark = pytest.mark.fault(23)

HOUR = 3600
LIFE = 60  # the shortest that an access token may have
LEEWAY = 30
MARGIN = 8  # of the test itself

HOLDING = "FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"


@pytest.fixture
def start_set_svc(clock, start_sso_svc):
    return lambda **environment: start_sso_svc(**clock.environment, **environment)


@pytest.mark.parametrize("cached", [False, True], ids=["new", "known"])
def test_a_token_is_good_for_its_life_and_half_a_minute_on_each_side(clock, start_set_svc, cached):
    """A token that was verified before is held to it too."""
    daemon = start_set_svc(ACCESS_TOKEN_SECONDS=LIFE)
    tokens = iter([daemon.login()["access_token"] for _ in range(8)])
    one = next(tokens)

    def status(offset):
        clock.set(offset)
        answer = daemon.get("/api/auth/me", headers=sso.bearer(one if cached else next(tokens)))
        return answer.status

    assert status(0) == 200
    for offset, expected in (
        (LIFE + LEEWAY - MARGIN, 200),
        (LIFE + LEEWAY + 1, 401),
        (HOUR, 401),
        (-LEEWAY + MARGIN, 200),
        (-LEEWAY - MARGIN, 401),
        (-HOUR, 401),
    ):
        assert status(offset) == expected, offset
    clock.set(0)
    assert daemon.get("/api/auth/me", headers=sso.bearer(one)).status == 200


@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["on", "back"])
def test_sessions_and_new_tokens_outlast_it(clock, start_set_svc, step):
    """The database has the time of sessions, and a new token is right by the clock that there is."""
    daemon = start_set_svc()
    tokens = daemon.login()
    clock.set(step)
    again = daemon.refresh(tokens["refresh_token"])
    assert again.status == 200
    assert daemon.refresh(tokens["refresh_token"]).status == 200  # within the grace
    assert daemon.get("/api/auth/me", headers=sso.bearer(again.json["access_token"])).status == 200
    assert daemon.get("/api/auth/sessions", headers=sso.bearer(daemon.login()["access_token"])).status == 200
    assert daemon.get("/readyz").status == 200


@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["on", "back"])
def test_connections_and_throttles_do_not_notice(clock, start_set_svc, step):
    daemon = start_set_svc()
    with daemon.connect() as idle, daemon.connect() as slow:
        slow.send("GET /api/auth/me HTTP/1.1\r\nHo")
        for _ in range(5):
            assert daemon.log_in("main.admin", "wrong").status == 401
        clock.set(step)
        turned_away = daemon.log_in("main.admin", "wrong")
        assert turned_away.status == 429 and int(turned_away.header("retry-after")) <= 2
        time.sleep(0.6)  # two looks at what has timed out
        slow.send("st: a\r\n\r\n")
        assert slow.read_response().status == 401
        idle.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.read_response().status == 200
    wait_until(lambda: daemon.log_in("main.admin", "wrong").status == 401, 5, "another try to be allowed")


@pytest.mark.slow
@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["on", "back"])
def test_a_request_waits_as_long_as_ever(clock, start_set_svc, database, postgres, step):
    """For a row that somebody holds: neither given up at once nor waited for an hour."""
    daemon = start_set_svc()
    user = daemon.provisioned("teacher", "e1")
    headers = daemon.admin()
    holder = start_session(postgres, database)
    try:
        holder.stdin.write(f"BEGIN; UPDATE users SET full_name = full_name WHERE id = '{user['id']}';\n".encode())
        holder.stdin.flush()
        database.await_value(f"SELECT count(*) {HOLDING}", "1")

        def link():
            began = time.monotonic()
            path = f"/api/users/{user['id']}/telegram-link"
            answer = daemon.request("POST", path, headers=headers, json_body={"telegram_id": 17})
            return answer.status, time.monotonic() - began

        def step_in_between():
            time.sleep(0.5)
            clock.set(step)

        (status, waited), _ = crowd.together(2, lambda number: step_in_between() if number else link())
        assert status in (503, 504)
        assert 2 < waited < 15
    finally:
        holder.kill()
        holder.wait()
