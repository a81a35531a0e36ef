# SPDX-License-Identifier: MIT
"""Peers vanish without a word, as when a cable is pulled: the daemon notices within 30 s."""

import concurrent.futures
import ctypes
import os
import shutil
import socket
import subprocess
import time

import pytest

import poly_http
from gateway import GROUP, week_path
from poly_process import PATIENCE, free_port, wait_until

pytestmark = pytest.mark.fault(13)

# Of the test's two namespaces, and of nothing outside of them.
SERVER, CLIENT, PREFIX = "10.0.0.1", "10.0.0.2", 30

NOTICED_SECONDS = 30
RUZ_DELAY_MS = 3000

CLONE_NEWNET = 0x40000000


def ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True, timeout=20)


def enter(namespace):
    """Moves the calling thread into a network namespace, an open file; its children begin there."""
    if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "cannot enter the namespace")


class Link:
    """Two network namespaces and a pair of interfaces between them: the network of the machine itself is left alone."""

    def __init__(self):
        self.server, self.client = f"poly-server-{os.getpid()}", f"poly-client-{os.getpid()}"
        self._home = open("/proc/thread-self/ns/net", encoding="ascii")
        self._made = []
        self._clients = concurrent.futures.ThreadPoolExecutor(1, initializer=self._enter_named, initargs=(self.client,))

    def make(self):
        for name in (self.server, self.client):
            ip("netns", "add", name)
            self._made.append(name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", self.server, "link", "add", "poly0", "type", "veth", "peer", "name", "poly1", "netns", self.client)
        for name, device, address in ((self.server, "poly0", SERVER), (self.client, "poly1", CLIENT)):
            ip("-n", name, "address", "add", f"{address}/{PREFIX}", "dev", device)
            ip("-n", name, "link", "set", device, "up")
        self._enter_named(self.server)

    def _enter_named(self, name):
        with open(f"/run/netns/{name}", encoding="ascii") as namespace:
            enter(namespace)

    def connect(self, port, window=None):
        """A connection from the client's namespace, opened by a thread that lives there."""

        def open_there():
            connection = poly_http.RawConnection.__new__(poly_http.RawConnection)
            connection.socket = socket.socket()
            connection._buffer = b""
            if window:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
            connection.socket.settimeout(10 * PATIENCE)
            connection.socket.connect((SERVER, port))
            return connection

        return self._clients.submit(open_there).result()

    def cut(self):
        """From now on every packet is lost, and neither side is told."""
        ip("-n", self.client, "link", "set", "poly1", "down")

    def close(self):
        enter(self._home)
        self._home.close()
        self._clients.shutdown()
        for name in self._made:
            ip("netns", "delete", name)  # and the pair with it


@pytest.fixture
def link():
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("needs root and ip, for network namespaces of its own")
    link = Link()
    try:
        link.make()
        yield link
    except (subprocess.CalledProcessError, PermissionError) as fault:
        pytest.skip(f"no network namespaces here: {getattr(fault, 'stderr', None) or fault}")
    finally:
        link.close()


@pytest.fixture
def linked_svc(link, start_quiet, campus_sim):
    """Both daemons run in the server's namespace, and so does the rest of the test."""
    port = free_port()
    return start_quiet(campus_sim, port=port, LISTEN=f"0.0.0.0:{port}")


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: schedule\r\n\r\n"


def sockets_of(port):
    """The kernel's sockets between the daemon and the namespace: {the client's port: state}."""
    server = "%08X:%04X" % (int.from_bytes(socket.inet_aton(SERVER), "little"), port)
    client = "%08X:" % int.from_bytes(socket.inet_aton(CLIENT), "little")
    with open("/proc/thread-self/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table]
    return {int(row[2][9:], 16): row[3] for row in rows if row[1] == server and row[2].startswith(client)}


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
