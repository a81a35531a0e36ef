# SPDX-License-Identifier: MIT
"""Kiosks of a soak: streams of events that stay open, and are opened again when they end."""

import selectors
import socket
import time

from soak_figures import Window
from soak_loads import WINDOW_SECONDS

AGAIN_SECONDS = 0.5


class KioskStreams:
    """`kiosks` are traffic.Kiosk; a stream that ends, or cannot be opened, is trouble unless there is a fault."""

    def __init__(self, name, host, port, kiosks):
        self.name = name
        self.address = (host, port)
        self.kiosks = kiosks
        self._open = {}  # {socket: kiosk}
        self._selector = selectors.DefaultSelector()

    def find_peak(self, _):
        return None

    def _ask(self, kiosk):
        connection = socket.create_connection(self.address, timeout=5)
        path = f"/api/tablets/{kiosk.id}/events?tablet_secret={kiosk.secret}"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: soak\r\n\r\n".encode("ascii"))
        head = connection.recv(65536)
        if b" 200 " not in head.partition(b"\r\n")[0] + b" ":
            connection.close()
            raise ConnectionRefusedError(head[:40])
        connection.setblocking(False)
        self._open[connection] = kiosk
        self._selector.register(connection, selectors.EVENT_READ)

    def _close(self, connection):
        self._selector.unregister(connection)
        connection.close()
        del self._open[connection]

    def _open_missing(self, troubles):
        there = {kiosk.id for kiosk in self._open.values()}
        for kiosk in self.kiosks:
            if kiosk.id not in there:
                try:
                    self._ask(kiosk)
                except OSError as fault:
                    troubles[type(fault).__name__] = troubles.get(type(fault).__name__, 0) + 1
                    return

    def window(self, now):
        """Counts what comes; there is no latency in it."""
        begun, came, troubles, try_at = now(), 0, {}, 0.0
        while now() - begun < WINDOW_SECONDS:
            if len(self._open) < len(self.kiosks) and time.monotonic() >= try_at:
                self._open_missing(troubles)
                try_at = time.monotonic() + AGAIN_SECONDS
            for key, _ in self._selector.select(0.2):
                data = self._receive(key.fileobj)
                came += data.count(b"data:")
                if not data:
                    self._close(key.fileobj)
                    troubles["stream ended"] = troubles.get("stream ended", 0) + 1
            if not self._open:
                time.sleep(0.1)
        return Window(self.name, begun, now(), came, 0.0, 0.0, troubles)

    @staticmethod
    def _receive(connection):
        try:
            return connection.recv(65536)
        except OSError:
            return b""
