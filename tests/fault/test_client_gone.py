# SPDX-License-Identifier: MIT
"""Clients leave while their requests wait for RUZ: their places are free again, and the fetch goes on for the others."""

import socket
import struct

import pytest

from gateway import week_path
from poly_process import BUILD, INSTRUMENTED, PATIENCE, wait_until

pytestmark = pytest.mark.fault(16)

# Long enough for three crowds to come and go, and short of the 10 s that a request may take.
RUZ_DELAY_MS = 3000 if PATIENCE == 1 else 7000
REQUEST = f"GET {week_path()} HTTP/1.1\r\nHost: schedule\r\n\r\n"

# One loop works on 1,024 requests at a time: three crowds do not fit unless the earlier ones' places are free.
CROWD = 500
CROWDS = 3

SANITIZED = BUILD / "address-undefined/bin/schedule-svc"


def close(connection):
    connection.close()


def reset(connection):
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def finish_sending(connection):
    """Seen from the server, this client is gone too."""
    connection.finish_sending()


@pytest.fixture(params=["as it is", "sanitized"])
def waiting_svc(request, campus_sim, start_quiet):
    """schedule-svc with one loop, in front of a slow RUZ."""
    campus_sim.fault("/scheduler", delay_ms=RUZ_DELAY_MS)
    campus_sim.reset_requests()
    options = {}
    if request.param == "sanitized":
        if INSTRUMENTED or not SANITIZED.exists():
            pytest.skip("there is no second build; make SANITIZE=address,undefined makes it")
        options["program"] = SANITIZED
    return start_quiet(campus_sim, WORKERS=1, **options)


def ask_and_wait(schedule_svc, count):
    """`count` clients whose requests have reached the daemon and wait."""
    before = schedule_svc.metric("schedule_cache_misses_total")
    connections = [schedule_svc.connect() for _ in range(count)]
    for connection in connections:
        connection.send(REQUEST)
    wait_until(
        lambda: schedule_svc.metric("schedule_cache_misses_total") - before == count, 10, f"{count} waiting requests"
    )
    return connections


def connections_but_this(schedule_svc):
    return schedule_svc.metric("http_connections") - 1  # the one that asks for the metrics


@pytest.mark.parametrize("leave", [close, reset, finish_sending])
def test_their_places_are_free(waiting_svc, campus_sim, leave):
    [patient] = ask_and_wait(waiting_svc, 1)
    wait_until(lambda: campus_sim.requests("/scheduler")["in_flight"] == 1, 10, "the fetch to be under way")
    wait_until(lambda: connections_but_this(waiting_svc) == 1, 10, "the connections of the start to be closed")
    descriptors = waiting_svc.descriptor_count()

    for crowd in range(1, CROWDS + 1):
        leavers = ask_and_wait(waiting_svc, CROWD)
        for connection in leavers:
            leave(connection)
        wait_until(
            lambda: waiting_svc.metric("http_requests_total", status="499") == crowd * CROWD, 10, "their places to be free"
        )
        for connection in leavers:
            connection.close()

    wait_until(lambda: connections_but_this(waiting_svc) == 1, 10, "their connections to be closed")
    wait_until(lambda: waiting_svc.descriptor_count() <= descriptors, 10, "no more descriptors than before")
    assert waiting_svc.metric("http_shed_total") == 0

    with patient:
        assert patient.read_response().status == 200
    assert campus_sim.requests("/scheduler")["total"] == 1


def test_the_fetch_goes_on_for_nobody(waiting_svc, campus_sim):
    """What RUZ has begun to answer is kept for the next who asks."""
    for connection in ask_and_wait(waiting_svc, 10):
        connection.close()
    wait_until(lambda: waiting_svc.metric("http_requests_total", status="499") == 10, 10, "all clients to be gone")
    wait_until(lambda: campus_sim.requests("/scheduler")["in_flight"] == 1, 10, "the fetch to be under way all the same")

    wait_until(lambda: waiting_svc.metric("schedule_cache_entries") == 1, 10, "the answer to be in the cache")
    assert waiting_svc.get(week_path()).status == 200
    assert campus_sim.requests("/scheduler")["total"] == 1
