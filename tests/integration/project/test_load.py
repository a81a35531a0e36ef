# SPDX-License-Identifier: MIT
"""The load generator counts right, and loads nobody but this machine."""

import http.server
import json
import threading

import pytest

from poly_process import load, run


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = []

    def do_GET(self):
        self.seen.append((self.path, self.headers.get("X-Mark")))
        if self.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nTrailer: 1\r\n\r\n")
            return
        if self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True
            return
        status = 304 if self.path == "/same" else 404 if self.path.startswith("/absent") else 200
        self.send_response(status)
        if status != 304:
            self.send_header("Content-Length", "2")
        self.end_headers()
        if status != 304:
            self.wfile.write(b"ok")

    def do_POST(self):
        """Spends a token: what comes next is one more."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((body.decode(), self.headers.get("X-Mark")))
        answer = b"{}"
        if body.startswith(b'{"token"'):
            answer = json.dumps({"token": json.loads(body)["token"] + "+"}, separators=(",", ":")).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    Answers.seen = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_every_path_of_a_range_is_asked_once(server):
    figures = load(server, "-c", 3, "-n", 12, "-p", "/{1..3}/{7..10}", "-H", "X-Mark: here")
    assert figures["completed"] == 12
    assert figures["statuses"] == {"200": 12}
    assert figures["connected"] <= 3
    assert sorted(Answers.seen) == sorted((f"/{a}/{b}", "here") for a in range(1, 4) for b in range(7, 11))


def test_a_connection_for_each_request(server):
    figures = load(server, "-f", "-c", 2, "-n", 6, "-p", "/")
    assert (figures["completed"], figures["connected"]) == (6, 6)


def test_statuses_and_kinds_of_body(server, tmp_path):
    paths = tmp_path / "paths"
    paths.write_text("/\n/chunked\n/same\n/absent/1\n", encoding="ascii")
    figures = load(server, "-n", 8, "-P", paths)
    assert figures["statuses"] == {"200": 4, "304": 2, "404": 2}
    assert figures["errors"]["all"] == 0


def test_a_cut_body_is_an_error(server):
    figures = load(server, "-n", 2, "-p", "/cut")
    assert figures["errors"]["closed"] == 2
    assert figures["completed"] == 0


def test_open_loop_follows_the_clock(server):
    figures = load(server, "-c", 8, "-r", 100, "-d", 0.5, "-p", "/")
    assert 40 <= figures["completed"] <= 51
    assert figures["completed"] + figures["unsent"] in (50, 51)


def test_nobody_listens():
    figures = load("http://127.0.0.1:1", "-n", 3)
    assert figures["errors"]["connect"] == 3


@pytest.mark.parametrize("url", ["http://10.0.0.1:80", "http://example.org:80/", "https://127.0.0.1:80", "127.0.0.1:80"])
def test_others_are_not_loaded(url):
    answer = run("load", "-n", "1", url)
    assert answer.returncode == 2
    assert url in answer.stderr


def test_lines_of_headers_and_bodies_are_taken_in_turn(server, tmp_path):
    headers, bodies = tmp_path / "headers", tmp_path / "bodies"
    headers.write_text("X-Mark: a\nX-Mark: b\n\nX-Mark: c\n", encoding="ascii")
    bodies.write_text("1\n2\n", encoding="ascii")
    figures = load(server, "-c", 1, "-n", 4, "-m", "POST", "-L", headers, "-B", bodies, "--spin")
    assert figures["statuses"] == {"200": 4}
    assert Answers.seen == [("1", "a"), ("2", "b"), ("1", "c"), ("2", "a")]


def test_each_connection_goes_on_with_what_its_answer_gave(server, tmp_path):
    bodies = tmp_path / "bodies"
    bodies.write_text('{"token":"a"}\n{"token":"b"}\n', encoding="ascii")
    load(server, "-c", 2, "-n", 4, "-m", "POST", "-B", bodies, "-F", "token")
    load(server, "-c", 2, "-n", 2, "-m", "POST", "-B", bodies, "-F", "token")
    spent = [json.loads(body)["token"] for body, _ in Answers.seen]
    assert len(set(spent)) == 6
    chains = sorted(json.loads(line)["token"] for line in bodies.read_text(encoding="ascii").splitlines())
    assert len(chains[0]) + len(chains[1]) == 8


def test_following_needs_a_body_for_each_connection(server, tmp_path):
    bodies = tmp_path / "bodies"
    bodies.write_text('{"token":"a"}\n', encoding="ascii")
    answer = run("load", "-c", "2", "-n", "2", "-B", str(bodies), "-F", "token", server)
    assert answer.returncode == 2
    assert "too few" in answer.stderr
