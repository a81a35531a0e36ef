# SPDX-License-Identifier: MIT
"""main-svc in front of campus-sim, and what a test asks it for."""

import base64
import http.cookies
import json
import urllib.parse

import campus
import poly_process

FRONTEND = "http://portal.example"
CALLBACK = "/api/auth/callback"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def claims_of(token):
    """What a token says, unchecked."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class Portal(poly_process.Daemon):
    """`keys` is the directory of its signing keys, which replicas share; it is made if it is not there."""

    def __init__(self, campus_sim, keys, environment=None, program="main-svc", **options):
        keys.mkdir(mode=0o700, exist_ok=True)
        super().__init__(str(program), **options)
        self.environment = {
            "SIGNING_KEYS_DIR": keys,
            "CAS_SERVER": campus_sim.cas_url,
            "CAS_SERVICE_URL": self.url + CALLBACK,
            "RECORD_BOOK_URL": campus_sim.record_book_url,
            "SCHEDULE_API_URL": f"http://{poly_process.LOOPBACK}:1",
            "FRONTEND_URL": FRONTEND,
            "SERVICES_URL": "http://services.example",
            "TRAFFIC_URL": "http://traffic.example",
            "WORKERS": 2,
            **(environment or {}),
        }

    def log_in(self, username, password, **options):
        """The answer to a login, whatever it is."""
        body = {"username": username, "password": password}
        return self.request("POST", "/api/auth/login", json_body=body, **options)

    def login(self, username="student4"):
        """A login that succeeds: {"token", "student_id", …}."""
        response = self.log_in(username, campus.password_of(username))
        assert response.status == 200, response
        return response.json

    def token(self, username="student4"):
        return self.login(username)["token"]

    def ask(self, path, token, method="GET", **options):
        return self.request(method, path, headers={**bearer(token), **options.pop("headers", {})}, **options)

    def launch_token(self, token, app=None):
        response = self.ask("/api/miniapps/launch-token", token, query={"app": app})
        assert response.status == 200, response
        return response.json["launch_token"]

    # --- by redirect ---

    def set_out(self, headers=None):
        """GET /api/auth/login: (the address of CAS, the state cookie as "name=value")."""
        response = self.get("/api/auth/login", headers=headers or {})
        assert response.status == 302, response
        cookie = http.cookies.SimpleCookie(response.header("set-cookie"))
        [(name, morsel)] = cookie.items()
        return response.header("location"), f"{name}={morsel.value}"

    def come_back(self, address, cookie):
        """The answer to the browser that CAS sends to `address`."""
        parts = urllib.parse.urlsplit(address)
        headers = {"Cookie": cookie} if cookie else {}
        return self.get(parts.path + "?" + parts.query, headers=headers)


class Browser:
    """Signs in at campus-sim's CAS as a person does."""

    def __init__(self, campus_sim):
        self.campus_sim = campus_sim
        self.cookies = {}

    def _request(self, method, address, body=None):
        parts = urllib.parse.urlsplit(address)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        response = self.campus_sim.request(method, path, headers=headers, body=body)
        for name, value in response.headers:
            if name.lower() == "set-cookie":
                pair = value.partition(";")[0]
                self.cookies[pair.partition("=")[0]] = pair.partition("=")[2]
        return response

    def sign_in(self, address, username="student4"):
        """Fills in the form at `address`; where CAS sends the browser then."""
        page = self._request("GET", address)
        if page.status == 200:
            execution = page.text.rpartition('name="execution" value="')[2].partition('"')[0]
            form = {
                "username": username,
                "password": campus.password_of(username),
                "execution": execution,
                "_eventId": "submit",
            }
            page = self._request("POST", address, body=urllib.parse.urlencode(form))
        assert page.status == 302, page
        return page.header("location")
