# SPDX-License-Identifier: MIT
"""traffic-svc with the daemons that sign its callers' tokens, and what a test asks it for."""

import functools
import hashlib
import hmac
import json
import time
import types
import uuid

import poly_process
import portal
import sso
from persistence import made

NOWHERE = f"http://{poly_process.LOOPBACK}:1"
# Enough of a campus for a main-svc that nobody signs in at.
NO_CAMPUS = types.SimpleNamespace(cas_url=NOWHERE + "/cas", record_book_url=NOWHERE + "/record-book")


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def qr_code(session_id, qr_secret, rotate_seconds, at=None):
    """What the kiosk shows at that time."""
    window = int(time.time() if at is None else at) // rotate_seconds
    return hmac.new(qr_secret.encode(), f"{session_id}|{window}".encode(), hashlib.sha256).hexdigest()[:16]


class Traffic(poly_process.Daemon):
    def __init__(self, database, sso_url=NOWHERE, main_url=NOWHERE, schedule_url=NOWHERE, environment=None, **options):
        defaults = {
            "DATABASE_URL": database.url,
            "SSO_API_URL": sso_url,
            "MAIN_API_URL": main_url,
            "SCHEDULE_API_URL": schedule_url,
            "TRAFFIC_SSO_SERVICE_SECRET": sso.SERVICE_SECRETS["traffic"],
            "TRAFFIC_INTERNAL_SERVICE_SECRET": sso.INTERNAL_SECRET,
            "TRAFFIC_TEACHER_SYNC_ENABLED": "false",
            "WORKERS": 2,
        }
        super().__init__("traffic-svc", {**defaults, **(environment or {})}, **options)
        self.database = database

    def migrate(self):
        """`traffic-svc migrate`, to its end."""
        answer = poly_process.run(self.name, "migrate", environment=self.environment)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return self

    def as_user(self, token, method, path, **options):
        return self.request(method, path, headers={**bearer(token), **options.pop("headers", {})}, **options)


class Place:
    """A traffic-svc with a real sso-svc and a real main-svc, and people who have tokens of theirs."""

    def __init__(self, traffic_svc, sso_svc, main_svc):
        self.traffic = traffic_svc
        self.sso = sso_svc
        self.main = main_svc
        self._admin = None

    # --- administrators and teachers ---

    def admin(self):
        """The access token of a traffic administrator, who is made once."""
        if self._admin is None:
            person = {"username": f"boss{uuid.uuid4().hex[:8]}", "password": "Гранит науки, 1899"}
            body = {**person, "full_name": "Смирнова Анна Павловна", "app": "traffic"}
            made(functools.partial(self.sso.as_admin, "POST", "/api/users/", json_body=body), 201)
            self._admin = self.sso.login(**person)["access_token"]
        return self._admin

    def as_admin(self, method, path, **options):
        return self.traffic.as_user(self.admin(), method, path, **options)

    def teacher(self, full_name="Орлов Пётр Ильич", ruz_teacher_id=None):
        """{"id", "token", …} of a new teacher, who is in both databases: in this order, for a user without one is removed."""
        entity = str(uuid.uuid4())
        person = {"username": f"t{uuid.uuid4().hex[:10]}", "password": "Кафедра физики, 214"}
        members = {"ruz_teacher_id": ruz_teacher_id} if ruz_teacher_id else {}
        self.traffic.database.run(
            "INSERT INTO teachers (id, full_name, username, ruz_teacher_id, origin, sort_text)"
            f" VALUES ('{entity}', '{full_name}', '{person['username']}', {ruz_teacher_id or 'NULL'}, 'manual',"
            f" lower('{full_name} {person['username']}'))"
        )
        self.sso.provisioned("teacher", entity, full_name=full_name, **person, **members)
        login = self.sso.login(**person)
        return {"id": entity, "full_name": full_name, "token": login["access_token"], **person}

    # --- kiosks and sessions ---

    def kiosk(self, room="Ауд. 237", registered=True):
        """A new Kiosk, in a room unless told otherwise."""
        answer = self.traffic.request("POST", "/api/tablets/init")
        assert answer.status == 200, answer
        kiosk = Kiosk(self.traffic, answer.json)
        if registered:
            self.register(kiosk, room)
        return kiosk

    def register(self, kiosk, room="Ауд. 237", room_id=237):
        body = {"building_id": 11, "building_name": "Главный корпус", "room_id": room_id, "room_name": room}
        answer = self.as_admin("POST", f"/api/tablets/{kiosk.id}/register", json_body=body)
        assert answer.status == 200, answer
        return answer.json

    def as_teacher(self, teacher, method, path, **options):
        return self.traffic.as_user(teacher["token"], method, path, **options)

    def start_session(self, teacher, kiosk, discipline="Физика", **members):
        """The session that the teacher starts."""
        body = {"tablet_id": kiosk.id, "discipline": discipline, **members}
        answer = self.as_teacher(teacher, "POST", "/api/sessions/", json_body=body)
        assert answer.status == 200, answer
        return answer.json

    # --- students ---

    def attend(self, session_id, code, launch_token, daemon=None, **options):
        body = {"qr_token": code, "launch_token": launch_token}
        return (daemon or self.traffic).request("POST", f"/api/sessions/{session_id}/attend", json_body=body, **options)

    def launch_tokens(self, count=1, **options):
        """As main-svc signs them, for students "stud0", "stud1" …"""
        return mint_launch_tokens(self.main.environment["SIGNING_KEYS_DIR"], count, **options)


def mint_launch_tokens(keys, count=1, audience="traffic", life=300, first=0):
    words = (keys, count, "launch", audience, life, first)
    return poly_process.run("mint", *map(str, words), seconds=60, check=True).stdout.split()


class Kiosk:
    """As it is made by `init`; shows codes as the real one does."""

    def __init__(self, daemon, made):
        self.daemon = daemon
        self.id = made["device_id"]
        self.secret = made["tablet_secret"]
        self.reg_pin = made["reg_pin"]
        self.display_pin = made["display_pin"]

    def state(self):
        return self.daemon.get(f"/api/tablets/{self.id}", query={"tablet_secret": self.secret})

    def current(self, daemon=None):
        query = {"device_id": self.id, "tablet_secret": self.secret}
        answer = (daemon or self.daemon).get("/api/sessions/current", query=query)
        assert answer.status == 200, answer
        return answer.json

    def code(self, at=None):
        """What it shows now, or at that time."""
        current = self.current()
        return qr_code(current["session_id"], current["qr_secret"], current["rotate_seconds"], at)

    def events(self, daemon=None, secret=None, timeout=10):
        """Its stream, opened."""
        path = f"/api/tablets/{self.id}/events?tablet_secret={self.secret if secret is None else secret}"
        return EventStream(daemon or self.daemon, path, timeout=timeout)


class EventStream:
    """The events of an open stream, read as they come."""

    def __init__(self, daemon, path, headers=None, timeout=10):
        self._timeout = 3 * timeout * poly_process.PATIENCE
        self._connection = daemon.connect(timeout)
        head = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self._connection.send(f"GET {path} HTTP/1.0\r\nHost: test\r\n{head}\r\n".encode())
        self._lines = self._connection.socket.makefile("rb")
        self.status = int(self._lines.readline().split()[1])
        while self._lines.readline() not in (b"\r\n", b""):
            pass

    def next(self, ends=None):
        """(name, data) of the next event; None at the end."""
        name = data = None
        ends = ends or time.monotonic() + self._timeout
        for line in self._lines:
            line = line.decode().rstrip("\r\n")
            assert time.monotonic() < ends, "nothing but heartbeats came"
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                data = json.loads(line[5:])
            elif not line and data is not None:
                return name, data
        return None

    def until(self, condition):
        """The data of the first event for which it holds."""
        ends = time.monotonic() + self._timeout
        while True:
            event = self.next(ends)
            assert event is not None, "the stream has ended"
            if condition(event[1]):
                return event[1]

    def close(self):
        self._lines.close()
        self._connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def start_place(databases, directory, start, environment=None):
    """sso-svc, main-svc and traffic-svc, started by `start`, on two fresh databases."""
    sso_svc = start(sso.Sso(databases[0], directory / "sso-keys").migrate())
    main_svc = start(portal.Portal(NO_CAMPUS, directory / "main-keys"))
    traffic_svc = start(Traffic(databases[1], sso_svc.url, main_svc.url, environment=environment).migrate())
    return Place(traffic_svc, sso_svc, main_svc)
