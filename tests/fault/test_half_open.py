# SPDX-License-Identifier: MIT
"""Peers vanish without a word, as when a cable is pulled: the daemon notices within 30 s."""

import time

import pytest

from gateway import GROUP, week_path
from link import sockets_of
from poly_process import PATIENCE, free_port, wait_until

pytestmark = pytest.mark.fault(13)

NOTICED_SECONDS = 30
RUZ_DELAY_MS = 3000


@pytest.fixture
def linked_svc(link, start_quiet, campus_sim):
    """Both daemons run in the server's namespace, and so does the rest of the test."""
    port = free_port()
    return start_quiet(campus_sim, port=port, LISTEN=f"0.0.0.0:{port}")


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: schedule\r\n\r\n"


@pytest.mark.slow
def test_link_goes_down(link, linked_svc, campus_sim):
    campus_sim.fault("/scheduler", delay_ms=RUZ_DELAY_MS)
    assert linked_svc.get("/api/schedule/teachers").status == 200

    idle = link.connect(linked_svc.port)
    assert idle.send(request("/healthz")).read_response().status == 200
    unread = link.connect(linked_svc.port, window=4096)
    unread.send(request("/api/schedule/teachers") * 4)
    waiting = link.connect(linked_svc.port)  # its answer comes when the link is down
    waiting.send(request(week_path(GROUP)))
    begun = link.connect(linked_svc.port)
    begun.send("GET /heal")
    connections = {"idle": idle, "unread": unread, "waiting": waiting, "begun": begun}
    ports = {name: connection.socket.getsockname()[1] for name, connection in connections.items()}
    wait_until(lambda: campus_sim.requests("/scheduler")["in_flight"] == 1, 10, "the request to wait for RUZ")
    assert set(sockets_of(linked_svc.port)) == set(ports.values())
    assert linked_svc.metric("http_connections") == len(connections) + 1

    link.cut()
    began = time.monotonic()
    noticed = {}

    def all_noticed():
        there = sockets_of(linked_svc.port)
        for name, port in ports.items():
            if port not in there:
                noticed.setdefault(name, round(time.monotonic() - began, 1))
        time.sleep(0.1)  # the kernel's table is costly to read
        return len(noticed) == len(ports)

    wait_until(all_noticed, NOTICED_SECONDS / PATIENCE, "the kernel to give them up")
    wait_until(lambda: linked_svc.metric("http_connections") == 1, 2, "the daemon to have closed them")
    print(noticed)
    assert max(noticed.values()) <= NOTICED_SECONDS
    for connection in connections.values():
        connection.close()
