# SPDX-License-Identifier: MIT
"""SIGTERM under load, and replicas restarted one by one behind nginx: no request is lost."""

import concurrent.futures
import select
import signal
import threading

import pytest

import poly_http
from gateway import GROUP, is_stale, week_path
from poly_process import PATIENCE, load, wait_until

pytestmark = pytest.mark.fault(24)

DRAIN_SECONDS = 10
CONNECTIONS = 16


class Clients:
    """Each keeps a connection, asks again and again, and ends when the server says or shows that it closes."""

    def __init__(self, daemon, count):
        self.daemon = daemon
        self.answers = 0
        self.faults = []
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask_on, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def _ask_on(self):
        try:
            with self.daemon.connect() as connection:
                while self._ask(connection):
                    pass
        except (OSError, poly_http.Broken, AssertionError) as fault:
            self.faults.append(repr(fault))

    def _ask(self, connection):
        """False when no other request is welcome. Raises when a request that the server took got no whole answer."""
        if select.select([connection.socket], [], [], 0)[0]:
            assert connection.is_closed(), "an answer without a request"
            return False
        connection.send(f"GET {week_path()} HTTP/1.1\r\nHost: schedule\r\n\r\n")
        response = connection.read_response()
        assert response.status == 200, response
        with self._lock:
            self.answers += 1
        return response.header("connection") != "close"

    def join(self):
        for thread in self._threads:
            thread.join(30 * PATIENCE)
            assert not thread.is_alive()


@pytest.fixture
def draining_svc(campus_sim, start_quiet):
    schedule_svc = start_quiet(campus_sim, DRAIN_SECONDS=DRAIN_SECONDS)
    assert schedule_svc.get(week_path()).status == 200
    return schedule_svc


def test_under_load(campus_sim, start_quiet, draining_svc):
    with concurrent.futures.ThreadPoolExecutor(2) as background:
        peaks = [
            background.submit(load, draining_svc.url, "-c", 32, "-d", 2, "-p", week_path(), seconds=40),
            background.submit(load, draining_svc.url, "-f", "-c", 32, "-d", 2, "-p", week_path(), seconds=40),
        ]
        clients = Clients(draining_svc, CONNECTIONS)
        wait_until(lambda: clients.answers > 50 * CONNECTIONS, 20, "the clients to be busy")

        draining_svc.stop(seconds=DRAIN_SECONDS)  # with status 0
        clients.join()

    assert not clients.faults
    for figures in (peak.result() for peak in peaks):
        assert set(figures["statuses"]) == {"200"}, figures
        # Who comes when the listener is closed is refused, and that is all that may happen.
        assert figures["errors"]["all"] == figures["errors"]["connect"], figures

    campus_sim.fault(status=500)
    next_one = start_quiet(campus_sim)
    answer = next_one.get(week_path())
    assert answer.status == 200 and is_stale(answer)


def test_requests_that_wait_for_ruz(campus_sim, draining_svc):
    campus_sim.fault("/scheduler", delay_ms=1000 if PATIENCE == 1 else 4000)
    campus_sim.reset_requests()
    paths = [week_path(group) for group in range(GROUP + 1, GROUP + 9)]
    with concurrent.futures.ThreadPoolExecutor(len(paths)) as clients:
        answers = [clients.submit(draining_svc.get, path) for path in paths]
        wait_until(lambda: campus_sim.requests("/scheduler")["in_flight"] == len(paths), 10, "all of them to wait")
        draining_svc.stop(seconds=DRAIN_SECONDS)
    assert [answer.result().status for answer in answers] == [200] * len(paths)


def test_request_that_is_half_there(draining_svc):
    with draining_svc.connect() as connection:
        connection.send(f"GET {week_path()} HTTP/1.1\r\nHost: sche")
        draining_svc.signal(signal.SIGTERM)
        draining_svc.wait_log("stopping")
        connection.send("dule\r\n\r\n")
        response = connection.read_response()
        assert response.status == 200 and response.header("connection") == "close"
        assert connection.is_closed()
    assert draining_svc.wait_exit(DRAIN_SECONDS) == 0


def test_rolling_restart(campus_sim, start_quiet, balance, tmp_path):
    replicas = [start_quiet(campus_sim, SNAPSHOT_DIR=tmp_path / name) for name in ("one", "two")]
    url = balance(*replicas)
    with concurrent.futures.ThreadPoolExecutor(1) as background:
        running = background.submit(load, url, "-c", 16, "-d", 4, "-p", week_path(), seconds=60)
        wait_until(lambda: all(requests_of(replica) > 100 for replica in replicas), 10, "both replicas to be busy")
        for replica in replicas:
            replica.restart()
            wait_until(lambda: requests_of(replica) > 100, 10, "the replica to be busy again")
        figures = running.result()
    assert figures["errors"]["all"] == 0, figures
    assert set(figures["statuses"]) == {"200"}, figures
    assert figures["completed"] > 400


def requests_of(daemon):
    return daemon.metric("http_requests_total", status="200")
