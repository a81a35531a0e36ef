# SPDX-License-Identifier: MIT
"""Thousands of kiosks that watch their streams, in one thread."""

import errno
import resource
import select
import socket
import threading
import time

AT_ONCE = 200  # that have asked and not been answered yet
ADDRESSES = 8  # of loopback, since one has no more ports than connections here
SPARE_FILES = 200
IP_BIND_ADDRESS_NO_PORT = 24


def room_for(count):
    """Raises the limit of open files as far as it goes; answers how many kiosks there can be, which is `count` at most."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return min(count, most - SPARE_FILES)


class Crowd:
    """Streams of these paths. A thread reads them from `open` to `close`; `count_events` and `last_at` are what it saw."""

    def __init__(self, port, paths):
        self._server = ("127.0.0.1", port)
        self._paths = list(paths)
        self._poll = select.epoll()
        self._sockets = {}  # by descriptor
        self._waiting = set()  # descriptors with no event since the last `expect`
        self._ends = False
        self._thread = None
        self.events = 0
        self.last_at = 0.0

    def open(self, seconds=120):
        """All of them, each with its first event."""
        ends = time.monotonic() + seconds
        for number, path in enumerate(self._paths):
            self._connect(number, path)
            while len(self._waiting) >= AT_ONCE:
                self._read(1, ends)
        while self._waiting:
            self._read(1, ends)
        self._thread = threading.Thread(target=self._keep_reading, daemon=True)
        self._thread.start()
        return self

    def expect(self):
        """From now on nobody has had an event."""
        self._waiting = set(self._sockets)

    def await_all(self, seconds):
        """When the last of them had one since `expect`, by the monotonic clock."""
        ends = time.monotonic() + seconds
        while self._waiting:
            if time.monotonic() > ends:
                raise AssertionError(f"{len(self._waiting)} kiosks of {len(self._sockets)} heard nothing in {seconds} s")
            time.sleep(0.002)
        return self.last_at

    def close(self):
        self._ends = True
        if self._thread:
            self._thread.join()
        for each in self._sockets.values():
            each.close()
        self._poll.close()

    def __enter__(self):
        return self.open()

    def __exit__(self, *_):
        self.close()

    def _connect(self, number, path):
        made = socket.socket()
        made.setsockopt(socket.SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        made.bind((f"127.0.0.{2 + number % ADDRESSES}", 0))
        made.connect(self._server)
        made.sendall(f"GET {path} HTTP/1.1\r\nHost: kiosk\r\n\r\n".encode())
        made.setblocking(False)
        self._sockets[made.fileno()] = made
        self._waiting.add(made.fileno())
        self._poll.register(made.fileno(), select.EPOLLIN)

    def _keep_reading(self):
        while not self._ends:
            self._read(0.1, None)

    def _read(self, seconds, ends):
        for descriptor, _ in self._poll.poll(seconds, 1024):
            self._take(descriptor)
        if ends and time.monotonic() > ends:
            raise AssertionError(f"only {len(self._sockets) - len(self._waiting)} kiosks were answered in time")

    def _take(self, descriptor):
        try:
            data = self._sockets[descriptor].recv(65536)
        except OSError as fault:
            if fault.errno == errno.EAGAIN:
                return
            raise
        if not data or data.startswith(b"HTTP/1.1") and not data.startswith(b"HTTP/1.1 200"):
            raise AssertionError(f"a stream ended: {data[:300]!r}")
        if b"data:" in data:
            self.events += data.count(b"data:")
            self.last_at = time.monotonic()
            self._waiting.discard(descriptor)
