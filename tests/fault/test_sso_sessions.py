# SPDX-License-Identifier: MIT
"""Logins and refreshes of sso-svc under load: through a crash of PostgreSQL, with answers that are lost, and at its end."""

import concurrent.futures
import signal
import time

import pytest

import crowd
import poly_http
import sso
from fault_proxy import FaultProxy
from poly_process import PATIENCE, wait_until

UNKNOWN = (503, 504)
UNTHROTTLED = {"LOGIN_ATTEMPTS_PER_ACCOUNT": 100000, "LOGIN_ATTEMPTS_PER_ADDRESS": 100000}
PASSWORD = "Гражданский проспект, 28"


class Sessions(crowd.Load):
    """Each spends its token and keeps the next; after an unknown outcome it spends the same one again."""

    def __init__(self, daemon, tokens):
        self.daemon = daemon
        self.tokens = list(tokens)
        self.statuses = []
        super().__init__(self._spend, len(tokens))

    def _spend(self):
        token = self.tokens.pop()
        answer = refresh(self.daemon, token)
        self.statuses.append(answer and answer.status)
        self.tokens.append(answer.json["refresh_token"] if answer and answer.status == 200 else token)
        if answer is None or answer.status in UNKNOWN:
            time.sleep(0.02)

    def served(self):
        return self.statuses.count(200)


def refresh(daemon, token):
    """The answer; None when the connection broke."""
    try:
        return daemon.refresh(token)
    except (OSError, poly_http.Broken):
        return None


def teachers(daemon, count):
    """The logins of so many."""
    people = [{"username": f"teacher.{number}x", "password": PASSWORD} for number in range(count)]
    for number, person in enumerate(people):
        daemon.provisioned("teacher", f"e{number}", **person)
    return people


def ended_sessions(database):
    return database.value("SELECT count(*) FROM sessions WHERE ended_at IS NOT NULL")


@pytest.mark.fault(2)
def test_a_load_of_logins_and_refreshes_outlives_a_crash(start_sso_svc, database, postgres):
    daemon = start_sso_svc(**UNTHROTTLED)
    people = teachers(daemon, 4)
    first = [daemon.login(**person)["refresh_token"] for person in people]
    with Sessions(daemon, first) as sessions, crowd.Load(lambda: daemon.log_in(**people[0]), 2) as logins:
        wait_until(lambda: sessions.served() > 50 and len(logins.answers) > 10, 20, "the load to begin")
        postgres.crash()
        wait_until(lambda: set(sessions.statuses) & set(UNKNOWN), 10, "a refusal")
        served, logged_in = sessions.served(), len(logins.answers)
        postgres.restart()
        began = time.monotonic()
        wait_until(lambda: sessions.served() > served + 10, 10, "refreshes again")
        recovered = time.monotonic() - began
        wait_until(lambda: len(logins.answers) > logged_in + 10, 20, "logins again")
    assert not sessions.faults and not logins.faults
    assert recovered < 5 * PATIENCE
    assert set(sessions.statuses) <= {200, *UNKNOWN}
    assert {answer.status for answer in logins.answers} <= {200, *UNKNOWN}
    begun = [answer.json["refresh_token"] for answer in logins.answers if answer.status == 200]
    for token in sessions.tokens + begun:
        assert daemon.refresh(token).status == 200  # whatever was handed out is in the database
    assert ended_sessions(database) == "0"  # and nobody was taken for a thief


@pytest.mark.fault(12)
def test_a_refresh_whose_answer_is_lost_gives_the_same_token_again(sso_svc, database):
    token = sso_svc.login()["refresh_token"]
    rotated = sso_svc.metric("sso_refreshes_total", outcome="rotated")
    with FaultProxy(sso_svc.port) as proxy:
        for _ in range(3):
            proxy.lose_answers()
            with pytest.raises((OSError, poly_http.Broken)):
                poly_http.request("POST", f"http://127.0.0.1:{proxy.port}/api/auth/refresh",
                                  json_body={"refresh_token": token})
            assert proxy.answers_to_lose() == 0
    assert sso_svc.metric("sso_refreshes_total", outcome="rotated") == rotated + 1
    answers = [sso_svc.refresh(token) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].json["refresh_token"] == answers[1].json["refresh_token"]
    assert sso_svc.refresh(answers[0].json["refresh_token"]).status == 200
    assert ended_sessions(database) == "0"


@pytest.mark.fault(12)
def test_a_user_is_made_once_whose_answer_is_lost(sso_svc, database):
    headers = {**sso.service("traffic"), "Idempotency-Key": "the-same"}
    body = {"entity_id": "e1", "full_name": "Иванов Иван"}
    with FaultProxy(sso_svc.port) as proxy:
        proxy.lose_answers()
        with pytest.raises((OSError, poly_http.Broken)):
            poly_http.request("POST", f"http://127.0.0.1:{proxy.port}/api/provision/traffic/teacher",
                              headers=headers, json_body=body)
    answer = sso_svc.request("POST", "/api/provision/traffic/teacher", headers=headers, json_body=body)
    assert answer.status == 201
    assert database.run("SELECT count(*) FROM users WHERE entity_id = 'e1'") == [("1",)]
    assert database.value("SELECT count(*) FROM audit WHERE event = 'user_provisioned'") == "1"


@pytest.mark.fault(12)
def test_a_database_that_resets_after_the_commit_leaves_one_user(database, postgres, start, tmp_path):
    """The daemon cannot know whether it was done, and says so; asked again with the key, it finds out."""
    with FaultProxy(postgres.port) as proxy:
        through = database.url.replace(f":{postgres.port}/", f":{proxy.port}/")
        daemon = start(sso.Sso(database, tmp_path / "keys", {"DATABASE_URL": through}).migrate())
        headers = {**sso.service("traffic"), "Idempotency-Key": "the-same"}
        unknown = 0
        for number in range(12):
            body = {"entity_id": f"e{number}", "full_name": "Иванов Иван"}
            headers["Idempotency-Key"] = f"key-{number}"
            proxy.lose_answers(1 + number % 3)
            statuses = [daemon.request("POST", "/api/provision/traffic/teacher", headers=headers, json_body=body).status]
            while statuses[-1] in UNKNOWN and len(statuses) < 100:
                time.sleep(0.05)
                answer = daemon.request("POST", "/api/provision/traffic/teacher", headers=headers, json_body=body)
                statuses.append(answer.status)
            proxy.lose_answers(0)
            assert statuses[-1] in (200, 201), statuses
            unknown += len(statuses) > 1
        assert unknown > 0, "nothing was lost"
        assert database.value("SELECT count(*) FROM users WHERE app = 'traffic'") == "12"
        assert database.value("SELECT count(*) FROM audit WHERE event = 'user_provisioned'") == "12"
        daemon.stop()


@pytest.mark.fault(24)
def test_who_waits_to_be_hashed_at_the_end_is_still_let_in(start_sso_svc):
    daemon = start_sso_svc(PASSWORD_HASH_THREADS=1, DRAIN_SECONDS=20, **UNTHROTTLED)
    person = teachers(daemon, 1)[0]
    tokens = [daemon.login(**person)["refresh_token"] for _ in range(8)]
    clients = [poly_http.Client(daemon.url, timeout=60).connect() for _ in range(40)]
    began = daemon.metric("sso_logins_total", outcome="ok")

    def ask(number):
        if number < len(tokens):
            return clients[number].request("POST", "/api/auth/refresh", json_body={"refresh_token": tokens[number]})
        return clients[number].request("POST", "/api/auth/login", json_body=person)

    with concurrent.futures.ThreadPoolExecutor(len(clients)) as threads:
        answers = [threads.submit(ask, number) for number in range(len(clients))]
        wait_until(lambda: 0 < daemon.metric("sso_logins_total", outcome="ok") - began, 20, "the first to be let in")
        assert daemon.metric("sso_logins_total", outcome="ok") - began < 20, "none was left to wait"
        daemon.signal(signal.SIGTERM)
        assert [answer.result().status for answer in answers] == [200] * len(clients)
    for client in clients:
        client.close()
    assert daemon.wait_exit(30) == 0
    daemon.start()
    for answer in answers:
        assert daemon.refresh(answer.result().json["refresh_token"]).status == 200
