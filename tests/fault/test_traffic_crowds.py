# SPDX-License-Identifier: MIT
"""Thousands of kiosks at one traffic-svc, some of which do not read; and clients that drip their requests."""

import asyncio
import resource
import selectors
import socket
import statistics
import time

import pytest

from kiosk_storm import Storm
from poly_process import INSTRUMENTED, LOOPBACK, PATIENCE, wait_until
from test_slow_clients import Crowd
from test_traffic_database import Lesson

CROWDS = [2000, pytest.param(10000, marks=pytest.mark.slow)]
KIBIBYTE = 1024
STATUSES = "/api/tablets/stream/statuses"


class Streams:
    """Event streams in one thread; those that read count the bytes `wanted` that they have seen."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self.sockets = []
        self.seen = {}
        self.ended = 0

    def open(self, daemon, path, headers="", reads=True):
        connection = socket.socket()
        if not reads:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((LOOPBACK, daemon.port))
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\n{headers}\r\n".encode())
        self.sockets.append(connection)
        if reads:
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ)
            self.seen[connection] = b""

    def wait_for_all_but(self, count):
        """Until no more than so many have seen nothing yet."""
        while sum(1 for data in self.seen.values() if not data) > count:
            for key, _ in self._selector.select(0.1):
                self._take(key.fileobj, b"")

    def wait_for(self, wanted, seconds):
        """Until everyone who reads has seen it since the last call; how long it took the last of them."""
        began = time.monotonic()
        missing = {connection for connection, data in self.seen.items() if wanted not in data}
        while missing and time.monotonic() < began + seconds * PATIENCE:
            for key, _ in self._selector.select(0.1):
                if self._take(key.fileobj, wanted):
                    missing.discard(key.fileobj)
        assert not missing, f"{len(missing)} of {len(self.seen)} have not seen {wanted!r}"
        for connection in self.seen:
            self.seen[connection] = b""
        return time.monotonic() - began

    def _take(self, connection, wanted):
        data = connection.recv(1 << 18)
        if not data:
            self._selector.unregister(connection)
            self.ended += 1
            return False
        self.seen[connection] = (self.seen[connection] + data)[-(1 << 12) :] if len(data) < 4096 else data
        return wanted in self.seen[connection] or wanted in data

    def close(self):
        for connection in self.sockets:
            connection.close()
        self._selector.close()


@pytest.fixture
def streams():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    opened = Streams()
    yield opened
    opened.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def p99_of_marks(lesson, numbers):
    taken = []
    for number in numbers:
        began = time.monotonic()
        assert lesson.mark(number) == (200, "ok")
        taken.append(time.monotonic() - began)
    return statistics.quantiles(taken, n=100)[98]


@pytest.mark.fault(15)
@pytest.mark.parametrize("count", CROWDS)
def test_thousands_of_kiosks_hear_of_a_change_within_a_second(traffic_place, streams, count):
    if count > resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 500:
        pytest.skip("there are not so many descriptors")
    lesson = Lesson(traffic_place, 800)
    daemon = traffic_place.traffic
    before = p99_of_marks(lesson, range(200))
    resident = daemon.resident_bytes()
    path = f"/api/tablets/{lesson.kiosk.id}/events?tablet_secret={lesson.kiosk.secret}"
    for number in range(count):
        streams.open(daemon, path)  # as many at once as are served and not turned away, as when a network comes back
        if number % 500 == 499:
            streams.wait_for_all_but(1000)
    streams.wait_for(b'"attendance_count":200', 60)
    held = (daemon.resident_bytes() - resident) / count
    assert daemon.metric("poly_sse_subscribers", hub="kiosks") == count
    lesson.mark(200)
    taken = streams.wait_for(b'"attendance_count":201', 20)
    during = p99_of_marks(lesson, range(201, 401))
    print(f"{held / KIBIBYTE:.1f} KiB each, last after {taken * 1000:.0f} ms, p99 of marks {before:.4f} s, then {during:.4f} s")
    assert taken < 1 * PATIENCE
    assert INSTRUMENTED or held < 20 * KIBIBYTE


@pytest.mark.slow
@pytest.mark.fault(25)
@pytest.mark.parametrize("count", [4000, 10000])
def test_kiosks_that_come_back_all_at_once_are_settled_within_a_minute(traffic_place, count):
    """None gives up, each is put off for a time of its own, and students are marked meanwhile."""
    if count > resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 500:
        pytest.skip("there are not so many descriptors")
    lesson = Lesson(traffic_place, 1)
    path = f"/api/tablets/{lesson.kiosk.id}/events?tablet_secret={lesson.kiosk.secret}"
    storm = Storm(traffic_place.traffic.port, path, count - 400, others=400)
    took = asyncio.run(storm.run(60 * PATIENCE))
    print(f"{storm.settled} of {count} after {took:.1f} s, put off {len(storm.put_off)} times")
    assert (storm.settled, storm.gave_up) == (count, [])
    for is_source in (True, False):
        assert len({pause for each, pause in storm.put_off if each == is_source}) > 5
    assert lesson.mark(0) == (200, "ok")


@pytest.mark.fault(15)
def test_who_does_not_read_is_dropped_and_the_others_hear_everything(traffic_place, streams):
    """Administrators who watch three thousand kiosks, a tenth of whom have stopped reading."""
    place = traffic_place
    database, daemon = place.traffic.database, place.traffic
    database.run(
        "INSERT INTO tablets (id, secret_hash, created_at) SELECT gen_random_uuid(), '\\x00', now() FROM generate_series(1, 3000)"
    )
    authorization = f"Authorization: Bearer {place.admin()}\r\n"
    for number in range(50):
        streams.open(daemon, STATUSES, authorization, reads=number % 10 != 0)
    streams.wait_for(b'"statuses"', 30)
    wait_until(lambda: daemon.metric("poly_sse_subscribers", hub="statuses") == 50, 10, "everyone to watch")
    resident = daemon.resident_bytes()

    def watching():
        return daemon.metric("poly_sse_subscribers", hub="statuses")

    kiosk = place.kiosk()
    ends = time.monotonic() + 60 * PATIENCE
    while watching() > 45 and time.monotonic() < ends:
        with kiosk.events() as events:
            events.next()
            streams.wait_for(f'"tablet_id" : "{kiosk.id}", "online" : true'.encode(), 10)
        database.run(f"DELETE FROM kiosk_presence WHERE tablet_id = '{kiosk.id}'")
        streams.wait_for(f'"tablet_id" : "{kiosk.id}", "online" : false'.encode(), 10)
    assert watching() == 45 and streams.ended == 0
    assert INSTRUMENTED or daemon.resident_bytes() - resident < 48 << 20


@pytest.mark.fault(14)
@pytest.mark.parametrize("mode", ["head", "body"])
def test_clients_that_drip_harm_no_marks(traffic_place, mode):
    lesson = Lesson(traffic_place, 2000)
    daemon = traffic_place.traffic
    numbers = iter(range(2000))

    def p99():
        return p99_of_marks(lesson, [next(numbers) for _ in range(150)])

    before = p99()
    crowd = Crowd(daemon, mode, "/api/auth/verify-launch", 3000)
    try:
        crowd.wait_ready()
        during = min(p99() for _ in range(3))
        figures = crowd.finish()
    finally:
        crowd.end()
    wait_until(lambda: daemon.metric("http_connections") <= 2, 10, "their connections to be closed")
    print(f"p99 of marks: {before:.4f} s before, {during:.4f} s during; {figures}")
    assert figures["ended"] == figures["opened"] and figures["held"] == 0
    assert during < max(3 * before, 0.05 * PATIENCE)
