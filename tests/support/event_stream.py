# SPDX-License-Identifier: MIT
"""A stream of server-sent events, read as they come, over HTTP/1.0, whose body is the bare stream."""

import collections
import json

Event = collections.namedtuple("Event", "id name data")


class EventStream:
    def __init__(self, daemon, path, headers=None, timeout=10):
        self._connection = daemon.connect(timeout)
        head = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self._connection.send(f"GET {path} HTTP/1.0\r\nHost: test\r\n{head}\r\n")
        self._lines = self._connection.socket.makefile("rb")
        self.status = int(self._lines.readline().split()[1])
        self.headers = {}
        for line in iter(self._lines.readline, b"\r\n"):
            if not line:
                break
            name, _, value = line.decode("latin-1").partition(":")
            self.headers[name.lower()] = value.strip()

    def next(self):
        """The next event; None at the end. Raises TimeoutError."""
        fields = {}
        for line in self._lines:
            name, _, value = line.decode().rstrip("\r\n").partition(":")
            if name:
                fields[name] = value.removeprefix(" ")
            elif "data" in fields:
                return Event(fields.get("id"), fields.get("event"), json.loads(fields["data"]))
            else:
                fields = {}
        return None

    def close(self):
        self._lines.close()
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
