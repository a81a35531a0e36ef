# SPDX-License-Identifier: MIT
"""JSON made to break its reader, from clients and from RUZ: refused, with flat memory, and never kept."""

import http.server
import json
import threading

import pytest

from gateway import GROUP, MONDAY, week_path
from poly_process import INSTRUMENTED, LOOPBACK, wait_until

pytestmark = pytest.mark.fault(18)

MEBIBYTE = 1 << 20
DEPTH = 1000000
HUGE = 64 * MEBIBYTE

ROUNDS = 4


def in_string(text):
    """Bytes in the place of a string's content, in an otherwise right answer of RUZ and in a client's document."""
    return lambda document: document.replace(b"@", text)


def right(document):
    """Nothing is wrong with it but what was done to it before."""
    return document.replace(b"@", b"name").replace(b'"number"', b"3")


def nested(opening, closing):
    return lambda document: opening * DEPTH + b"1" + closing * DEPTH


def huge(document):
    return document.replace(b"@", b"a" * HUGE)


HOSTILE = {
    "a million arrays": nested(b"[", b"]"),
    "a million objects": nested(b'{"a":', b"}"),
    "a million arrays that never end": nested(b"[", b""),
    "a name twice": lambda document: b'{"other":1,"other":1,' + document[1:],
    "a name twice, once escaped": lambda document: b'{"other":1,"\\u006fther":1,' + document[1:],
    "a byte that is never UTF-8": in_string(b"\xff"),
    "an overlong form": in_string(b"\xc0\xaf"),
    "a surrogate in UTF-8": in_string(b"\xed\xa0\x80"),
    "half a character": in_string(b"\xd0"),
    "a lone surrogate": in_string(b"\\ud800"),
    "surrogates in the wrong order": in_string(b"\\udc00\\ud800"),
    "NUL": in_string(b"\\u0000"),
    "a raw NUL": in_string(b"\0"),
    "a control character": in_string(b"\x1f"),
    "2^63": lambda document: document.replace(b'"number"', b"9223372036854775808"),
    "a number without end": lambda document: document.replace(b'"number"', b"1" * 100000),
    "1e999": lambda document: document.replace(b'"number"', b"1e999"),
    "NaN": lambda document: document.replace(b'"number"', b"NaN"),
    "Infinity": lambda document: document.replace(b'"number"', b"-Infinity"),
    "something behind it": lambda document: document + b"{}",
    "64 MB": huge,
}


def peak_bytes(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))


# --- from clients: schedule-svc takes no bodies, campus-sim does, through the same library ---

DOCUMENT = b'{"path_prefix":"/@","count":"number"}'
TOO_LONG = 8 * MEBIBYTE


def status_for(name, body):
    """A number is JSON whatever its size, and 2^63 is no count."""
    if name == "2^63":
        return 422
    return 413 if len(body) > TOO_LONG else 400


def put(campus_sim, body, length=True):
    """Sends without caring whether anybody reads to the end."""
    with campus_sim.connect(timeout=30) as connection:
        framing = f"Content-Length: {len(body)}" if length else "Transfer-Encoding: chunked"
        connection.send(f"PUT /control/faults HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{framing}\r\n")
        connection.send("\r\n")
        try:
            connection.send(body if length else b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        except (BrokenPipeError, ConnectionResetError):
            pass  # the answer is there all the same
        return connection.read_response()


@pytest.fixture(scope="module")
def hostile_bodies():
    return {name: right(spoil(DOCUMENT)) for name, spoil in HOSTILE.items()}


def test_from_clients(start_campus_sim, hostile_bodies):
    campus_sim = start_campus_sim(WORKERS=1)  # each has memory of its own for reuse
    assert put(campus_sim, right(DOCUMENT)).status == 204
    resident = 0
    for turn in range(ROUNDS):
        for name, body in hostile_bodies.items():
            print(name)  # shown when it fails
            for length in (True, False):
                response = put(campus_sim, body, length)
                assert response.status == status_for(name, body), (name, response)
                assert response.header("content-type") == "application/problem+json"
        if turn == 1:  # what is kept for reuse is there by then
            resident = campus_sim.resident_bytes()
    assert put(campus_sim, right(DOCUMENT)).status == 204
    assert len(campus_sim.get("/control/faults").json["faults"]) == 1
    if not INSTRUMENTED:
        assert campus_sim.resident_bytes() - resident < 2 * MEBIBYTE
        assert peak_bytes(campus_sim) < 96 * MEBIBYTE


# --- from RUZ ---


class Ruz(http.server.ThreadingHTTPServer):
    """Answers every request with the same bytes, as JSON."""

    daemon_threads = True

    def __init__(self):
        super().__init__((LOOPBACK, 0), Answer)
        self.body = b"{}"
        self.asked = 0
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def ruz_url(self):
        return f"http://{LOOPBACK}:{self.server_address[1]}/api/v1/ruz"

    def handle_error(self, request, client_address):
        """The reader hangs up on what is too large."""

    def close(self):
        self.shutdown()
        self._thread.join()
        self.server_close()


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_):
        pass


@pytest.fixture
def ruz():
    server = Ruz()
    yield server
    server.close()


@pytest.fixture
def week_of(campus_sim):
    """week_of(group): RUZ's answer with the marks that the spoilers look for. Another group's is refused anyway."""
    document = campus_sim.ruz(f"/scheduler/{GROUP}", {"date": MONDAY})
    lesson = document["days"][0]["lessons"][0]
    lesson["subject"] = "@"
    lesson["auditories"][0]["id"] = "number"

    def week_of(group):
        document["group"]["id"] = group
        return json.dumps(document).encode()

    return week_of


def test_from_ruz(ruz, week_of, start_quiet):
    schedule_svc = start_quiet(ruz)
    ruz.body = right(b'{"other":1,' + week_of(GROUP)[1:])  # what is not known is not minded
    old = schedule_svc.get(week_path())
    assert old.status == 200

    for group, (name, spoil) in enumerate(HOSTILE.items(), GROUP + 1):
        print(name)
        ruz.body = right(spoil(week_of(group)))
        before = ruz.asked
        response = schedule_svc.get(week_path(group))
        assert response.status == 502, (name, response)
        assert response.header("content-type") == "application/problem+json"
        assert ruz.asked > before

    for group in range(GROUP + 1, GROUP + 1 + len(HOSTILE)):  # nothing of that is kept
        ruz.body = right(week_of(group))
        wait_until(lambda: schedule_svc.get(week_path(group)).status == 200, 10, "the right answer")

    assert schedule_svc.get(week_path()).body == old.body
    if not INSTRUMENTED:
        assert peak_bytes(schedule_svc) < 96 * MEBIBYTE
