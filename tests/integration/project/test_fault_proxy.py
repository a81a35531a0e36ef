# SPDX-License-Identifier: MIT
"""The proxy that misbehaves does so in each of its ways, and only while it is told to."""

import socket
import socketserver
import threading
import time

import pytest

from fault_proxy import FaultProxy
from poly_process import wait_until


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.begun += 1
        try:
            while data := self.request.recv(65536):
                self.server.taken.append(data)
                self.request.sendall(data)
        except OSError:
            pass
        self.server.ended += 1


class Target(socketserver.ThreadingTCPServer):
    daemon_threads = True


@pytest.fixture
def target():
    with Target(("127.0.0.1", 0), Echo) as server:
        server.begun, server.ended, server.taken = 0, 0, []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(target):
    with FaultProxy(target.server_address[1]) as proxy:
        yield proxy


def connect(proxy):
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=10)


def read(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        assert piece, f"ended after {len(data)} bytes"
        data += piece
    return data


def echo(connection, data):
    """Seconds that it takes."""
    begun = time.monotonic()
    threading.Thread(target=connection.sendall, args=(data,)).start()
    assert read(connection, len(data)) == data
    return time.monotonic() - begun


def test_it_passes_on_what_comes(proxy):
    data = bytes(range(256)) * 8192
    with connect(proxy) as first, connect(proxy) as second:
        echo(first, data)
        echo(second, b"b")
        assert proxy.connections() == proxy.accepted == 2
        first.shutdown(socket.SHUT_WR)
        assert first.recv(1) == b""
    wait_until(lambda: proxy.connections() == 0, 5, "the ends to have passed")


def test_latency(proxy):
    with connect(proxy) as connection:
        assert echo(connection, b"a") < 0.1
        proxy.set(latency=0.1)
        assert 0.2 <= echo(connection, b"a") < 1
        assert echo(connection, b"a" * 10) < 1  # bytes that come together are late together
        proxy.clear()
        assert echo(connection, b"a") < 0.1


def test_bandwidth(proxy):
    with connect(proxy) as connection:
        proxy.set(bandwidth=20000)
        assert 0.4 <= echo(connection, b"a" * 10000) < 3


def test_slices(proxy, target):
    with connect(proxy) as connection:
        proxy.set(slice=1)
        echo(connection, b"0123456789")
        assert len(target.taken) > 2
        assert b"".join(target.taken) == b"0123456789"


def test_reset(proxy, target):
    with connect(proxy) as connection:
        echo(connection, b"a")
        assert proxy.reset() == 1
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    wait_until(lambda: target.ended == 1, 5, "the target to notice")
    with connect(proxy) as connection:
        echo(connection, b"a")


def test_black_hole(proxy, target):
    with connect(proxy) as there, connect(proxy) as also_there:
        echo(there, b"a")
        echo(also_there, b"a")
        proxy.set(black_hole=True)
        with connect(proxy) as new:
            for connection in (there, new):
                connection.settimeout(0.2)
                connection.sendall(b"b")
                with pytest.raises(TimeoutError):
                    connection.recv(1)
            also_there.close()
            assert target.begun == 2 and target.ended == 0
            proxy.clear()
            for connection in (there, new):
                connection.settimeout(10)
                assert read(connection, 1) == b"b"
    wait_until(lambda: target.ended == 3, 5, "the ends to have passed")


def test_slow_close(proxy):
    with connect(proxy) as connection:
        proxy.set(slow_close=0.15)
        echo(connection, b"a")
        begun = time.monotonic()
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
        assert 0.3 <= time.monotonic() - begun < 2


def test_an_answer_is_lost_after_the_request_has_arrived(proxy, target):
    with connect(proxy) as connection:
        echo(connection, b"a")
        proxy.lose_answers()
        connection.sendall(b"b")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
        assert target.taken == [b"a", b"b"]
        assert proxy.answers_to_lose() == 0
    with connect(proxy) as connection:
        echo(connection, b"c")


def test_nobody_is_there():
    with FaultProxy(1) as proxy, pytest.raises(ConnectionResetError):
        with connect(proxy) as connection:
            connection.recv(1)


def test_a_rule_that_there_is_not(proxy):
    with pytest.raises(TypeError):
        proxy.set(delay=1)
