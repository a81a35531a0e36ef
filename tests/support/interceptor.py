# SPDX-License-Identifier: MIT
"""A peer in between: passes a daemon's HTTP calls on to another daemon, and holds those that a test wants to hold."""

import http.server
import threading

import poly_http
from poly_process import LOOPBACK

HOP_BY_HOP = {"connection", "content-length", "transfer-encoding", "keep-alive", "host"}


class Interceptor:
    """Between `with` and its end it passes calls on to `target`, a daemon.

    hold("asked", wanted) keeps those calls that wanted(method, path) from being passed on, hold("made", wanted) keeps their
    answers back, until release(); `held` is how many. release(lose=True) resets their connections instead, and so does
    lose(stage, wanted), at once.
    """

    def __init__(self, target):
        self.target = target
        self.calls = []
        self.held = 0
        self._stage = None
        self._wanted = None
        self._lose = False
        self._open = threading.Event()
        self._lock = threading.Lock()
        self._server = http.server.ThreadingHTTPServer((LOOPBACK, 0), self._make_handler())
        self._server.daemon_threads = True

    @property
    def url(self):
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def hold(self, stage, wanted):
        self.held = 0
        self._lose = False
        self._open.clear()
        self._wanted = wanted
        self._stage = stage

    def lose(self, stage, wanted):
        self.hold(stage, wanted)
        self._lose = True
        self._open.set()

    def release(self, lose=False):
        self._stage = None
        self._lose = lose
        self._open.set()

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.release(lose=True)
        self._server.shutdown()
        self._server.server_close()

    # --- a call ---

    def _wait_at(self, stage, method, path):
        """False: the call is to be lost."""
        if self._stage != stage or not self._wanted(method, path):
            return True
        with self._lock:
            self.held += 1
        self._open.wait()
        return not self._lose

    def _pass_on(self, handler):
        method, path = handler.command, handler.path
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0))) or None
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in HOP_BY_HOP}
        self.calls.append((method, path))
        if not self._wait_at("asked", method, path):
            return None
        try:
            answer = poly_http.request(method, self.target.url + path, headers=headers, body=body)
        except (OSError, poly_http.Broken):
            return None
        return answer if self._wait_at("made", method, path) else None

    def _make_handler(self):
        interceptor = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _handle(self):
                answer = interceptor._pass_on(self)
                if answer is None:
                    self.close_connection = True
                    return
                try:
                    self._answer(answer)
                except OSError:  # whoever asked is gone
                    self.close_connection = True

            def _answer(self, answer):
                self.send_response_only(answer.status)
                for name, value in answer.headers:
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = _handle

            def log_message(self, *_):
                pass

        return Handler
