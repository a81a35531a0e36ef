# SPDX-License-Identifier: MIT
"""Twice what sso-svc can do: it goes on doing as much as it can, and tells the rest to come back."""

import json
import time

import pytest

import crowd
import sso
from poly_process import INSTRUMENTED, PATIENCE, load

pytestmark = pytest.mark.fault(25)

QUERY_SECONDS = 0.02
WORKERS, CONNECTIONS_EACH = 2, 2
PATH = "/api/users/by-ruz-teacher/17?app_filter=traffic"

UNTHROTTLED = {"LOGIN_ATTEMPTS_PER_ACCOUNT": 1000000, "LOGIN_ATTEMPTS_PER_ADDRESS": 1000000}

# More than may be worked on and wait at a time, so that some must be told off.
CLIENTS = 1500


def slow_down(database):
    """Whoever reads a user waits a while for it, at no cost: the database is the limit, and a steady one."""
    database.run(
        "ALTER TABLE users RENAME TO users_kept;"
        "CREATE VIEW users AS SELECT kept.*"
        f" FROM (SELECT pg_sleep({QUERY_SECONDS})) AS pause CROSS JOIN users_kept AS kept"
    )


def goodput(figures):
    return figures["statuses"].get("200", 0) / figures["seconds"]


def secret_of(name):
    [(field, value)] = sso.service(name).items()
    return f"{field}: {value}"


def check_refusals(load, code):
    """How many answers of 503 there were, each of which must say why and for how long."""
    assert not load.faults
    assert {answer.status for answer in load.answers} <= {200, 503}
    shed = [answer for answer in load.answers if answer.status == 503]
    for answer in shed:
        assert int(answer.header("retry-after")) > 0 and answer.json["code"] == code, answer
    return len(shed)


@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=pytest.mark.slow)])
def test_twice_as_many_requests_as_the_database_takes(start_sso_svc, database, seconds):
    daemon = start_sso_svc(WORKERS=WORKERS, DATABASE_CONNECTIONS=CONNECTIONS_EACH)
    assert daemon.provision("teacher", "e1", ruz_teacher_id=17).status == 201
    slow_down(database)
    header = ("-H", secret_of("traffic"), "-p", PATH)

    calm = load(daemon.url, "-c", 16, "-d", 2, *header)
    assert set(calm["statuses"]) == {"200"} and calm["errors"]["all"] == 0, calm
    peak = goodput(calm)
    resident = daemon.resident_bytes()

    def visit():
        time.sleep(0.02)
        return daemon.as_service("traffic", "GET", PATH)

    with crowd.Load(visit, threads=2) as visitors:
        storm = ("-c", CLIENTS, "-r", 2 * peak, "-d", seconds, "-t", 12, *header)
        figures = load(daemon.url, *storm, seconds=seconds + 60)
    print(f"peak {peak:.0f}/s, goodput {goodput(figures):.0f}/s, {figures}")
    assert figures["errors"]["all"] == 0 and figures["unsent"] == 0, figures
    assert set(figures["statuses"]) == {"200", "503"}, figures
    assert goodput(figures) >= 0.9 * peak, (peak, figures)
    shed = check_refusals(visitors, "overloaded")
    assert shed or seconds < 10, "the visitors came never at a bad moment"
    if not INSTRUMENTED:
        assert daemon.resident_bytes() - resident < 64 << 20
    again = load(daemon.url, "-c", 16, "-d", 1, *header)
    assert set(again["statuses"]) == {"200"}, again


# --- logins ---


def logins_a_second(daemon, path, seconds, *options):
    path.write_text(json.dumps(sso.ADMIN), encoding="utf-8")
    header = "Content-Type: application/json"
    body = ("-m", "POST", "-p", "/api/auth/login", "-b", path, "-H", header)
    return load(daemon.url, "-d", seconds, "-t", 20, *options, *body, seconds=seconds + 60)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [6, 60])
def test_twice_as_many_logins_as_can_be_hashed(start_sso_svc, tmp_path, seconds):
    daemon = start_sso_svc(PASSWORD_HASH_QUEUE=16, PASSWORD_HASH_THREADS=1, **UNTHROTTLED)
    token = daemon.admin()
    calm = logins_a_second(daemon, tmp_path / "body", 4, "-c", 4)
    assert set(calm["statuses"]) == {"200"}, calm
    peak = goodput(calm)

    others = []

    def ask_now_and_then():
        began = time.monotonic()
        answer = daemon.get("/api/auth/me", headers=token)
        others.append((answer.status, time.monotonic() - began))
        time.sleep(0.05)

    with crowd.Load(ask_now_and_then, threads=1):
        storm = logins_a_second(daemon, tmp_path / "body", seconds, "-c", 200, "-r", 2 * peak)
    print(f"peak {peak:.1f}/s, goodput {goodput(storm):.1f}/s, {storm}")
    assert storm["errors"]["all"] == 0 and set(storm["statuses"]) == {"200", "503"}, storm
    assert goodput(storm) >= 0.9 * peak, (peak, storm)
    assert {status for status, _ in others} == {200}
    assert sorted(took for _, took in others)[len(others) // 2] < 0.1 * PATIENCE
    assert daemon.log_in(**sso.ADMIN).status == 200


def test_who_may_not_be_hashed_is_told_when_to_come_back(start_sso_svc):
    daemon = start_sso_svc(WORKERS=1, PASSWORD_HASH_QUEUE=1, PASSWORD_HASH_THREADS=1, **UNTHROTTLED)
    with crowd.Load(lambda: daemon.log_in(**sso.ADMIN), threads=16) as storm:
        time.sleep(1)
    assert check_refusals(storm, "login_overloaded") > 0
    assert 200 in {answer.status for answer in storm.answers}
