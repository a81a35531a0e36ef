# SPDX-License-Identifier: MIT
"""A small HTTP client for tests: one that behaves, on http.client, and a raw socket for what no client would send."""

import gzip
import http.client
import json
import socket
import urllib.parse


class Broken(Exception):
    """The connection ended, or what came was no HTTP."""


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name, otherwise=None):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else otherwise

    @property
    def decoded(self):
        """The body without its content coding."""
        return gzip.decompress(self.body) if self.header("content-encoding") == "gzip" else self.body

    @property
    def text(self):
        return self.decoded.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.decoded)

    def __repr__(self):
        return f"<Response {self.status} {self.body[:200]!r}>"


def encode(path, query=None):
    """Percent-encodes what a person writes; `query` is a dictionary or pairs, None values left out."""
    path = urllib.parse.quote(path, safe="/%?&=:,+;@$!*'()~")
    if query:
        pairs = query.items() if isinstance(query, dict) else query
        path += "?" + urllib.parse.urlencode([(key, value) for key, value in pairs if value is not None])
    return path


class Client:
    """Keeps one connection open; `request` opens it again when the server has closed it."""

    def __init__(self, url, timeout=30):
        parts = urllib.parse.urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)

    def connect(self):
        """Now, not at the first request."""
        self._connection.connect()
        return self

    def request(self, method, path, query=None, headers=None, body=None, json_body=None):
        headers = dict(headers or {})
        if json_body is not None:
            body = json.dumps(json_body).encode()
            headers.setdefault("Content-Type", "application/json")
        try:
            self._connection.request(method, encode(path, query), body=body, headers=headers)
            answer = self._connection.getresponse()
            return Response(answer.status, answer.getheaders(), answer.read())
        except http.client.HTTPException as error:
            self._connection.close()
            raise Broken(repr(error)) from error

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def close(self):
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request(method, url, timeout=30, **options):
    """One request on a connection of its own."""
    parts = urllib.parse.urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with Client(f"{parts.scheme}://{parts.netloc}", timeout) as client:
        return client.request(method, path, **options)


def get(url, **options):
    return request("GET", url, **options)


class RawConnection:
    """A TCP connection to a server: send any bytes, read responses one by one or all there is."""

    def __init__(self, host, port, timeout=10):
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())
        return self

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def _receive(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self._buffer += data
        return len(data) > 0

    def _read_until(self, mark):
        while mark not in self._buffer:
            if not self._receive():
                raise Broken(f"the connection ended behind {self._buffer[:200]!r}")
        taken, _, self._buffer = self._buffer.partition(mark)
        return taken

    def _read_exactly(self, length):
        while len(self._buffer) < length:
            if not self._receive():
                raise Broken(f"the body ended {length - len(self._buffer)} bytes early")
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        return taken

    def _read_chunks(self):
        body = b""
        while True:
            size = int(self._read_until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                while self._read_until(b"\r\n"):
                    pass
                return body
            body += self._read_exactly(size)
            self._read_exactly(2)

    def read_response(self, to_head=False):
        """The next response; `to_head` when it answers HEAD and so has no body."""
        lines = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, *_ = lines[0].split(" ", 2)
        if version not in ("HTTP/1.1", "HTTP/1.0"):
            raise Broken(f"no status line: {lines[0]!r}")
        pairs = [line.partition(":") for line in lines[1:]]
        response = Response(int(status), [(name, value.strip()) for name, _, value in pairs], b"")
        if to_head or response.status in (204, 304) or response.status < 200:
            return response
        if response.header("transfer-encoding", "").lower() == "chunked":
            response.body = self._read_chunks()
        elif response.header("content-length") is not None:
            response.body = self._read_exactly(int(response.header("content-length")))
        else:
            response.body = self.read_all()
        return response

    def read_all(self):
        """Everything until the server closes."""
        while self._receive():
            pass
        taken, self._buffer = self._buffer, b""
        return taken

    def is_closed(self):
        """Waits for the server to close; False when it says something instead. Raises TimeoutError."""
        return not self._buffer and not self._receive()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
