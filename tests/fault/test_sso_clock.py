# SPDX-License-Identifier: MIT
"""The wall clock steps by an hour either way: deadlines and timers do not notice, tokens have their 30 s of leeway."""

import glob
import time

import pytest

import sso
from poly_process import PATIENCE, wait_until

LIBRARY = (glob.glob("/usr/lib/*/faketime/libfaketime.so.1") or [None])[0]
HOUR = 3600


@pytest.fixture
def clock(tmp_path):
    """clock(seconds): steps the daemon's wall clock to so far from the real one."""
    file = tmp_path / "clock"

    def step(seconds):
        partial = file.with_suffix(".partial")
        partial.write_text(f"{seconds:+d}\n", encoding="ascii")
        partial.rename(file)

    step(0)
    step.file = file
    return step


@pytest.fixture
def stepped_svc(clock, start_sso_svc):
    if not LIBRARY:
        pytest.skip("faketime is not installed")
    return start_sso_svc(
        LD_PRELOAD=LIBRARY,
        FAKETIME_TIMESTAMP_FILE=clock.file,
        FAKETIME_NO_CACHE=1,
        DONT_FAKE_MONOTONIC=1,
        FAKETIME_DONT_FAKE_MONOTONIC=1,
    )


def me(daemon, token):
    return daemon.get("/api/auth/me", headers=sso.bearer(token)).status


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_step_disturbs_no_timer(stepped_svc, clock, postgres, step):
    with stepped_svc.connect() as idle:
        idle.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.read_response().status == 200
        clock(step)
        assert stepped_svc.provisioned("teacher", "e1")
        idle.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.read_response().status == 200, "an idle connection was closed by the step"
    assert stepped_svc.log_in(**sso.ADMIN).status == 200
    postgres.freeze()
    try:
        began = time.monotonic()
        assert stepped_svc.provision("teacher", "e2").status in (503, 504)
        assert 2 < time.monotonic() - began < 12 * PATIENCE
    finally:
        postgres.thaw()
    wait_until(lambda: stepped_svc.provision("teacher", "e2").status in (200, 201), 10, "the database to be used again")


def test_tokens_have_half_a_minute_of_leeway(stepped_svc, clock):
    token = stepped_svc.login()["access_token"]
    assert me(stepped_svc, token) == 200
    clock(-20)
    assert me(stepped_svc, stepped_svc.login()["access_token"]) == 200
    for early, status in ((20, 200), (-25, 200), (-HOUR, 401)):
        clock(0)
        fresh = stepped_svc.login()["access_token"]
        clock(early)
        assert me(stepped_svc, fresh) == status, early


def test_an_expired_token_is_refused_by_the_wall_clock(clock, start_sso_svc):
    if not LIBRARY:
        pytest.skip("faketime is not installed")
    daemon = start_sso_svc(
        LD_PRELOAD=LIBRARY, FAKETIME_TIMESTAMP_FILE=clock.file, FAKETIME_NO_CACHE=1, ACCESS_TOKEN_SECONDS=60
    )
    token = daemon.login()["access_token"]
    clock(80)
    assert me(daemon, token) == 200  # 60 s, and 30 of leeway
    clock(100)
    assert me(daemon, token) == 401
