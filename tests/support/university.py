# SPDX-License-Identifier: MIT
"""People who use a whole platform through its front: administrators, staff, executors, teachers, kiosks, students."""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import secrets
import time
import urllib.parse

import campus
import poly_http

PASSWORD = "Полёт над Невой " + secrets.token_hex(3)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
FIELDS = [{"name": "copies", "label": "Сколько экземпляров", "type": "number", "required": True}]
RETRIED = (502, 503, 504)


class Refused(AssertionError):
    """An answer that is none of those that were expected."""


def multipart(fields, files=()):
    """(headers, body) of a form; files are (name, type, bytes)."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, kind, content in files:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, b"".join(parts) + f"--{boundary}--\r\n".encode()


def header_of(token):
    """What a JWT's first part says."""
    part = token.partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class EventStream:
    """Events of a stream as they come: `next()` is (id, event, data) of the following one. Heartbeats are passed over."""

    def __init__(self, url, headers=None, timeout=15):
        parts = urllib.parse.urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        self._connection.request("GET", f"{parts.path}?{parts.query}", headers=headers or {})
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, (self._answer.status, self._answer.read())

    def next(self):
        event = {}
        while True:
            line = self._answer.readline()
            if not line:
                raise EOFError("the stream has ended")
            line = line.decode().rstrip("\r\n")
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                event[name] = value
            elif "data" in event:
                return event.get("id"), event.get("event"), json.loads(event["data"])

    def close(self):
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class University:
    """`front` is where the platform is, `admin_password` that of sso-svc's first administrator."""

    def __init__(self, front, admin_password):
        self.front = front
        self._admin_password = admin_password
        self._numbers = itertools.count(1)
        self._run = secrets.token_hex(3)

    def name(self, what):
        """One that nobody has yet."""
        return f"{what}-{self._run}-{next(self._numbers)}"

    # --- requests ---

    def url(self, daemon, path):
        return f"{self.front}/{daemon}{path}"

    def ask(self, method, daemon, path, token=None, expect=(200, 201, 204), **options):
        headers = dict(options.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        answer = poly_http.request(method, self.url(daemon, path), headers=headers, **options)
        if answer.status not in expect:
            raise Refused(f"{method} {daemon} {path}: {answer}")
        return answer

    def insist(self, method, daemon, path, seconds=300, **options):
        """The same again and again while it is not available, with one Idempotency-Key, as a client would."""
        key = {"Idempotency-Key": secrets.token_hex(16)}
        ends = time.monotonic() + seconds
        while True:
            try:
                return self.ask(method, daemon, path, headers={**key, **options.pop("headers", {})}, **options)
            except (Refused, OSError, poly_http.Broken) as fault:
                temporary = not isinstance(fault, Refused) or any(f"Response {status} " in str(fault) for status in RETRIED)
                if not temporary or time.monotonic() > ends:
                    raise
                time.sleep(0.1)

    # --- staff ---

    def login(self, username, password=PASSWORD, app=None):
        body = {"username": username, "password": password, **({"app": app} if app else {})}
        return self.ask("POST", "sso", "/api/auth/login", json_body=body).json

    def sso_admin(self):
        return self.login("admin", self._admin_password)["access_token"]

    def app_admin(self, app):
        """A token of a new administrator of that application."""
        name = self.name(app)
        body = {"username": name, "password": PASSWORD, "full_name": "Смирнова Вера Ильинична", "app": app, "role": "admin"}
        self.ask("POST", "sso", "/api/users/", self.sso_admin(), json_body=body)
        return self.login(name, app=app)["access_token"]

    def department(self, admin):
        """(its id, its staff's token)."""
        name = self.name("staff")
        body = {"name": self.name("Отдел"), "username": name, "password": PASSWORD}
        made = self.ask("POST", "services", "/api/departments/", admin, json_body=body).json
        return made["id"], self.login(name, app="services")["access_token"]

    def service(self, staff, department, requires_attachment=False):
        body = {
            "department_id": department,
            "name": self.name("Справка"),
            "required_fields": FIELDS,
            "requires_attachment": requires_attachment,
        }
        return self.ask("POST", "services", "/api/services/", staff, json_body=body).json["id"]

    def executor(self, staff):
        """(the id, the token)."""
        name = self.name("executor")
        body = {"name": "Орлов Пётр Ильич", "username": name, "password": PASSWORD}
        made = self.ask("POST", "services", "/api/executors/", staff, json_body=body).json
        return made["id"], self.login(name, app="services")["access_token"]

    # --- students ---

    def student(self, login="student4"):
        """The student's token at main-svc."""
        body = {"username": login, "password": campus.password_of(login)}
        return self.ask("POST", "main", "/api/auth/login", json_body=body).json["token"]

    def launch(self, student, app):
        path = f"/api/miniapps/launch-token?app={app}"
        return self.ask("GET", "main", path, student).json["launch_token"]

    def services_session(self, student):
        """Headers of the student at services-svc."""
        body = {"token": self.launch(student, "services")}
        return {"X-Student-Token": self.ask("POST", "services", "/api/auth/verify-launch", json_body=body).json["student_token"]}

    def apply(self, session, service, files=()):
        headers, body = multipart({"service_id": service, "form_data": '{"copies": 2}'}, files)
        return self.ask("POST", "services", "/api/applications/", headers={**headers, **session}, body=body).json

    # --- attendance ---

    def kiosk(self, admin):
        """A kiosk in a room: {"device_id", "display_pin", "tablet_secret", …}."""
        kiosk = self.ask("POST", "traffic", "/api/tablets/init").json
        room = {"building_id": 25, "building_name": "11-й учебный корпус", "room_id": 1236, "room_name": "215"}
        found = self.ask("GET", "traffic", f"/api/tablets/by-reg-pin?pin={kiosk['reg_pin']}", admin).json
        kiosk["id"] = found.get("tablet_id") or found.get("id") or found.get("device_id")
        self.ask("POST", "traffic", f"/api/tablets/{kiosk['id']}/register", admin, json_body=room)
        return kiosk

    def teacher(self, admin):
        name = self.name("teacher")
        body = {"username": name, "password": PASSWORD, "full_name": "Ломоносов Михаил Васильевич"}
        self.ask("POST", "traffic", "/api/teachers/", admin, json_body=body)
        return self.login(name, app="traffic")["access_token"]

    def kiosk_events(self, kiosk):
        path = f"/api/tablets/{kiosk['id']}/events?tablet_secret={kiosk['tablet_secret']}"
        return EventStream(self.url("traffic", path))


def qr_code(secret, session, rotate_seconds):
    """What the kiosk shows at this moment."""
    text = f"{session}|{int(time.time()) // rotate_seconds}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:16]
