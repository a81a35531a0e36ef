# SPDX-License-Identifier: MIT
"""Two network namespaces with a link between them that can be cut: packets are lost then, and neither side is told."""

import concurrent.futures
import ctypes
import os
import socket
import subprocess

import poly_http
from poly_process import PATIENCE

# Of the test's two namespaces, and of nothing outside of them.
SERVER, CLIENT, PREFIX = "10.0.0.1", "10.0.0.2", 30

CLONE_NEWNET = 0x40000000
ESTABLISHED = "01"  # in /proc/net/tcp


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

    def on_client(self, act, *arguments):
        """Runs this on a thread that lives in the client's namespace, where its children begin too."""
        return self._clients.submit(act, *arguments).result()

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

        return self.on_client(open_there)

    def cut(self):
        """From now on every packet is lost, and neither side is told."""
        ip("-n", self.client, "link", "set", "poly1", "down")

    def mend(self):
        ip("-n", self.client, "link", "set", "poly1", "up")

    def close(self):
        enter(self._home)
        self._home.close()
        self._clients.shutdown()
        for name in self._made:
            ip("netns", "delete", name)  # and the pair with it


def _hex(address):
    return "%08X" % int.from_bytes(socket.inet_aton(address), "little")


def _peers():
    """(local port, remote port, state) of each connection between the two, seen from the caller's namespace."""
    with open("/proc/thread-self/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table]
    ends = (_hex(SERVER) + ":", _hex(CLIENT) + ":")
    return [(int(row[1][9:], 16), int(row[2][9:], 16), row[3]) for row in rows if (row[1][:9], row[2][:9]) == ends]


def sockets_to_client(port):
    """The own ports of connections from the server's side to this port of the client's that a process still holds: those
    that it has closed are the kernel's, which tries to say good-bye for minutes."""
    return {local for local, remote, state in _peers() if remote == port and state == ESTABLISHED}


def sockets_of(port):
    """What it has open between this port of the server's and the client: {the client's port: state}."""
    return {remote: state for local, remote, state in _peers() if local == port}
