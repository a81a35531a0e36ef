# SPDX-License-Identifier: MIT
"""A traffic-svc that has nothing but the control of its teacher sync, and answers what a test wants."""

import http.server
import json
import threading

PROBLEM = "application/problem+json"


class Traffic:
    """Answers as traffic-svc does when nothing is wrong, or what `says` was told; `asked` has (method, path, headers)."""

    def __init__(self, port=0):
        self.begin_anew()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def begin_anew(self):
        self.asked = []
        self._answer = None

    def says(self, body, status=200, content_type="application/json", **headers):
        """`body` is text, bytes, or what becomes JSON."""
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        self._answer = (status, content_type, body if isinstance(body, bytes) else body.encode(), headers)

    def answer_to(self, method):
        if self._answer:
            return self._answer
        status, body = (200, b'{"running":false}') if method == "GET" else (202, b'{"status":"started"}')
        return status, "application/json", body, {}

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _handler(self):
        traffic = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                traffic.asked.append((self.command, self.path, self.headers))
                status, content_type, body, headers = traffic.answer_to(self.command)
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        return Handler

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
