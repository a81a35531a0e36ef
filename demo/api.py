# SPDX-License-Identifier: MIT
"""How the demo's programs ask the daemons."""

import json
import urllib.error
import urllib.request
import uuid


class Refused(Exception):
    def __init__(self, status, problem):
        super().__init__(f"{status} {problem.get('detail')}")
        self.status = status


class Api:
    """One daemon, as one caller."""

    _opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __init__(self, base, headers=None):
        self.base = base
        self.headers = {"Accept-Language": "en", **(headers or {})}

    def ask(self, method, path, body=None):
        if body is None:
            return self._send(method, path, None, {})
        return self._send(method, path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def send_form(self, path, fields, file=None):
        """POST as a browser sends a form; `file` is (name, content)."""
        boundary = uuid.uuid4().hex
        parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
        if file:
            name, content = file
            parts.append(f'name="files"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'.encode() + content)
        begin = f"--{boundary}\r\nContent-Disposition: form-data; ".encode()
        data = b"".join(begin + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
        return self._send("POST", path, data, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def _send(self, method, path, data, headers):
        headers = {**self.headers, **headers}
        request = urllib.request.Request(self.base + path, data=data, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise Refused(error.code, json.loads(error.read() or b"{}")) from None


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def log_in(sso_url, username, password):
    answer = Api(sso_url).ask("POST", "/api/auth/login", {"username": username, "password": password})
    return bearer(answer["access_token"])
