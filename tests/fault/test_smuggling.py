# SPDX-License-Identifier: MIT
"""Requests whose end two parsers would see at different places: 400 and a closed connection, never a second answer."""

import json

import pytest

pytestmark = pytest.mark.fault(17)

SECOND = "/api/schedule/smuggled"
PIPELINED = f"GET {SECOND} HTTP/1.1\r\nHost: schedule\r\n\r\n".encode()
CONTROL = "/control/faults"


def head(*lines, method="POST", path="/api/schedule/faculties"):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: schedule", *lines, "", ""]).encode("latin-1")


def chunked(body, *fields, path=CONTROL):
    return head("Transfer-Encoding: chunked", "Content-Type: application/json", *fields, method="PUT", path=path) + body


TE = "Transfer-Encoding: chunked"

# Each is followed by a request of its own, which a lenient parser would find behind it.
HEADS = {
    "both framings": head(TE, "Content-Length: 5") + b"0\r\n\r\n",
    "both framings, the length first": head("Content-Length: 5", TE) + b"0\r\n\r\n",
    "both framings, the length 0": head("Content-Length: 0", TE) + b"0\r\n\r\n",
    "two lengths": head("Content-Length: 5", "Content-Length: 6") + b"hello",
    "two equal lengths": head("Content-Length: 5", "Content-Length: 5") + b"hello",
    "a list of lengths": head("Content-Length: 5, 5") + b"hello",
    "a length with a plus": head("Content-Length: +5") + b"hello",
    "a length with a minus": head("Content-Length: -5") + b"hello",
    "a length in hexadecimal": head("Content-Length: 0x5") + b"hello",
    "a length with a space in it": head("Content-Length: 5 0") + b"hello",
    "a length with an underscore": head("Content-Length: 1_0") + b"hellohello",
    "an empty length": head("Content-Length: "),
    "a length in other digits": head("Content-Length: \xb2") + b"he",
    "an unknown coding": head("Transfer-Encoding: xchunked") + b"0\r\n\r\n",
    "chunked twice": head("Transfer-Encoding: chunked, chunked") + b"0\r\n\r\n",
    "chunked, then identity": head("Transfer-Encoding: chunked, identity") + b"0\r\n\r\n",
    "identity, then chunked": head("Transfer-Encoding: identity", TE) + b"0\r\n\r\n",
    "chunked in quotes": head('Transfer-Encoding: "chunked"') + b"0\r\n\r\n",
    "chunked behind a control character": head("Transfer-Encoding: \x0bchunked") + b"0\r\n\r\n",
    "chunked with a parameter": head("Transfer-Encoding: chunked;q=1") + b"0\r\n\r\n",
    "chunked in HTTP/1.0": head(TE).replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n",
    "a space before the colon": head("Content-Length : 5") + b"hello",
    "a tab before the colon": head("Transfer-Encoding\t: chunked") + b"0\r\n\r\n",
    "a space before the name": head("X-Harmless: 1", " Content-Length: 5") + b"hello",
    "a folded field": head("X-Folded: one", "\ttwo"),
    "a folded coding": head("Transfer-Encoding:", " chunked") + b"0\r\n\r\n",
    "a bare LF behind a field": head("X-A: 1\nContent-Length: 5") + b"hello",
    "a bare LF behind the request line": b"GET / HTTP/1.1\nHost: schedule\r\n\r\n",
    "bare LFs only": b"GET /healthz HTTP/1.1\nHost: schedule\n\n",
    "a lone CR in a field": head("X-A: 1\rContent-Length: 5") + b"hello",
    "NUL in a value": head("X-A: 1\0Content-Length: 5"),
    "NUL in a name": head("X\0A: 1"),
    "NUL in the target": head(method="GET", path="/api/schedule/fac\0ulties"),
    "a field without a colon": head("Content-Length 5") + b"hello",
    "a field without a name": head(": 5"),
    "two hosts": head("Host: other", method="GET"),
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "a space in the target": head(method="GET", path="/healthz HTTP/1.1 /x"),
    "a tab in the request line": b"GET\t/healthz\tHTTP/1.1\r\nHost: schedule\r\n\r\n",
    "no version": b"GET /healthz\r\nHost: schedule\r\n\r\n",
    "GET with a body": head("Content-Length: 5", method="GET") + b"hello",
    "GET with a chunked body": head(TE, method="GET") + b"0\r\n\r\n",
}
CHUNKS = {
    "a size with a prefix": b"0x2\r\n{}\r\n0\r\n\r\n",
    "a size with a plus": b"+2\r\n{}\r\n0\r\n\r\n",
    "a negative size": b"-2\r\n{}\r\n0\r\n\r\n",
    "a space before the size": b" 2\r\n{}\r\n0\r\n\r\n",
    "a space behind the size": b"2 \r\n{}\r\n0\r\n\r\n",
    "no size": b"\r\n{}\r\n0\r\n\r\n",
    "a size that overflows 32 bits": b"100000002\r\n{}\r\n0\r\n\r\n",
    "a size that overflows 64 bits": b"10000000000000002\r\n{}\r\n0\r\n\r\n",
    "a bare LF behind the size": b"2\n{}\r\n0\r\n\r\n",
    "a bare LF behind the data": b"2\r\n{}\n0\r\n\r\n",
    "data longer than its size": b"1\r\n{}\r\n0\r\n\r\n",
    "a bare LF in an extension": b"2;a=\n0\r\n{}\r\n0\r\n\r\n",
    "a lone CR in an extension": b"2;a=\rb\r\n{}\r\n0\r\n\r\n",
    "NUL in an extension": b"2;a=\0\r\n{}\r\n0\r\n\r\n",
    "an endless extension": b"2;" + b"a" * 8000 + b"\r\n{}\r\n0\r\n\r\n",
    "a bare LF behind a trailer": b"2\r\n{}\r\n0\r\nX-A: 1\n\r\n",
    "endless trailers": b"2\r\n{}\r\n0\r\n" + b"X-A: 1\r\n" * 1000 + b"\r\n",
}


def assert_problem(response, body):
    assert response.status == 400, response
    assert response.header("connection") == "close"
    assert response.header("content-type") == "application/problem+json"
    if body:
        problem = json.loads(body)
        assert problem["status"] == 400 and problem["code"] and problem["detail"] and problem["request_id"]


def refuse(daemon, request, to_head=False):
    with daemon.connect() as connection:
        connection.send(request + PIPELINED)
        response = connection.read_response(to_head)
        assert_problem(response, response.body)
        assert to_head or response.body
        assert connection.read_all() == b"", "the request behind it was answered"


def assert_no_second_request(daemon):
    """Nothing of all that was taken for a request of its own."""
    daemon.get("/healthz", headers={"X-Request-ID": "the-last"})
    daemon.wait_log("request", request_id="the-last")
    assert not daemon.log("request", path=SECOND)


@pytest.fixture
def quiet_svc(campus_sim, start_quiet):
    return start_quiet(campus_sim)


def test_heads(quiet_svc):
    for name, request in HEADS.items():
        print(name)  # shown when it fails
        refuse(quiet_svc, request)
    assert_no_second_request(quiet_svc)


def test_head_with_a_body(quiet_svc):
    """The answer to HEAD has no body, whatever its status."""
    refuse(quiet_svc, head("Content-Length: 5", method="HEAD") + b"hello", to_head=True)
    refuse(quiet_svc, head(TE, method="HEAD") + b"5\r\nhello\r\n0\r\n\r\n", to_head=True)
    assert_no_second_request(quiet_svc)


def test_a_body_that_no_handler_reads(quiet_svc):
    """Nor does what is left of it become a request."""
    with quiet_svc.connect() as connection:
        connection.send(head("Content-Length: 5") + b"he" + PIPELINED)
        response = connection.read_response()
        assert response.status == 405 and response.header("connection") == "close"
        assert connection.read_all() == b""
    assert_no_second_request(quiet_svc)


def test_chunks(campus_sim):
    """schedule-svc takes no bodies; campus-sim does, through the same library."""
    for name, body in CHUNKS.items():
        print(name)
        refuse(campus_sim, chunked(body))
    assert campus_sim.get(CONTROL).json == {"faults": []}
    assert_no_second_request(campus_sim)


def test_well_formed_requests_are_answered(quiet_svc, campus_sim):
    """That the others are refused is no refusal of everything."""
    fault = b'{"path_prefix":"/x"}'
    sized = b"%x\r\n%s\r\n" % (len(fault), fault)
    for request in (
        chunked(sized + b"0\r\n\r\n"),
        chunked(b"1\r\n{\r\n" + b"%X;a=b\r\n%s\r\n" % (len(fault) - 1, fault[1:]) + b"0\r\nX-Trailer: 1\r\n\r\n"),
        head(f"Content-Length: {len(fault)}", method="PUT", path=CONTROL) + fault,
    ):
        with campus_sim.connect() as connection:
            connection.send(request + PIPELINED)
            assert connection.read_response().status == 204
            assert connection.read_response().status == 404
    with quiet_svc.connect() as connection:
        connection.send(head(method="GET", path="/healthz") + PIPELINED)
        assert connection.read_response().status == 200
        assert connection.read_response().status == 404
    with pytest.raises(AssertionError):
        assert_no_second_request(quiet_svc)
