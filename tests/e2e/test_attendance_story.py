# SPDX-License-Identifier: MIT
"""A kiosk is registered, a teacher starts a lesson from the timetable, students scan its code, and there is a list."""

import csv
import datetime
import hashlib
import hmac
import io
import time
import uuid
import zoneinfo

import openpyxl
import pytest

import poly_process

PASSWORD = "Кафедра физики, 214"
MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")


def unique(name):
    return f"{name}{uuid.uuid4().hex[:8]}"


def code_of(session, at=None):
    window = int(time.time() if at is None else at) // session["rotate_seconds"]
    text = f"{session['session_id']}|{window}"
    return hmac.new(session["qr_secret"].encode(), text.encode(), hashlib.sha256).hexdigest()[:16]


@pytest.fixture(scope="module")
def admin(platform):
    body = {"username": unique("boss"), "password": PASSWORD, "full_name": "Смирнова Анна Павловна", "app": "traffic"}
    platform.sso.ask("POST", "/api/users/", 201, token=platform.admin(), json_body=body)
    return platform.login(body["username"], PASSWORD)


def run_sync(platform, admin):
    """A run that begins now or is under way, to its end."""
    before = platform.traffic.ask("GET", "/api/teachers/sync/status", token=admin)
    assert platform.traffic.request("POST", "/api/teachers/sync/run", token=admin).status in (202, 409)

    def has_finished():
        status = platform.traffic.ask("GET", "/api/teachers/sync/status", token=admin)
        return not status["running"] and status["runs_total"] > before["runs_total"] and status

    poly_process.wait_until(has_finished, 60, "the sync of teachers")
    return has_finished()


@pytest.fixture(scope="module")
def synced(platform, admin):
    return run_sync(platform, admin)


def lesson_of_week(platform):
    """(building, room, lesson, date) of the first lesson with one teacher in this week."""
    for building in platform.schedule.ask("GET", "/api/schedule/buildings")["buildings"]:
        for room in platform.schedule.ask("GET", f"/api/schedule/buildings/{building['id']}/rooms")["rooms"]:
            week = platform.schedule.ask("GET", f"/api/schedule/buildings/{building['id']}/rooms/{room['id']}/scheduler")
            today = datetime.datetime.now(MOSCOW).date().isoformat()
            for day in sorted(week["days"], key=lambda day: day["date"] != today):
                for lesson in day["lessons"]:
                    if len(lesson["teachers"] or []) == 1:
                        return building, room, lesson, day["date"]
    raise AssertionError("there is no lesson in the whole week")


@pytest.fixture(scope="module")
def lesson(platform):
    return lesson_of_week(platform)


@pytest.fixture(scope="module")
def teacher(platform, synced, lesson):
    """The access token of the lesson's teacher, to whom the sso administrator has given a password."""
    ruz_id = lesson[2]["teachers"][0]["id"]
    user = platform.sso.ask("GET", f"/api/users/by-ruz-teacher/{ruz_id}", token=platform.admin(), query={"app_filter": "traffic"})
    platform.sso.ask("PATCH", f"/api/users/{user['id']}", token=platform.admin(), json_body={"password": PASSWORD})
    return platform.login(user["username"], PASSWORD, "traffic")


class Kiosk:
    def __init__(self, traffic):
        self.traffic = traffic
        made = traffic.ask("POST", "/api/tablets/init")
        self.id, self.secret = made["device_id"], made["tablet_secret"]
        self.reg_pin, self.display_pin = made["reg_pin"], made["display_pin"]

    def events(self):
        return self.traffic.stream(self.traffic.path_of(f"/api/tablets/{self.id}/events?tablet_secret={self.secret}"))

    def register(self, admin, building, room):
        found = self.traffic.ask("GET", "/api/tablets/by-reg-pin", token=admin, query={"pin": self.reg_pin})
        body = {"building_id": building["id"], "building_name": building["name"], "room_id": room["id"], "room_name": room["name"]}
        self.traffic.ask("POST", f"/api/tablets/{found.get('tablet_id', found.get('id'))}/register", token=admin, json_body=body)


@pytest.fixture
def kiosk(platform, admin, lesson):
    kiosk = Kiosk(platform.traffic)
    with kiosk.events() as events:
        assert events.until(lambda event: True)["session"] is None
        kiosk.register(admin, lesson[0], lesson[1])
        events.until(lambda event: event["tablet"]["room_name"] == lesson[1]["name"])
    yield kiosk
    platform.traffic.request("DELETE", f"/api/tablets/{kiosk.id}", token=admin)


def start_session(platform, kiosk, teacher, discipline):
    body = {"tablet_id": kiosk.id, "discipline": discipline}
    return platform.traffic.ask("POST", "/api/sessions/", token=teacher, json_body=body)


def attend(platform, session, launch_token, status=200, **code):
    body = {"launch_token": launch_token, **(code or {"qr_token": code_of(session)})}
    return platform.traffic.ask("POST", f"/api/sessions/{session['session_id']}/attend", status, json_body=body)


def test_from_the_kiosk_to_the_list(platform, kiosk, teacher, lesson):
    traffic = platform.traffic
    options = traffic.ask("GET", "/api/sessions/start-options", token=teacher, query={"pin": kiosk.display_pin})
    assert options["tablet"]["tablet_id"] == kiosk.id
    if lesson[3] == datetime.datetime.now(MOSCOW).date().isoformat():
        assert lesson[2]["subject"] in [each["subject"] for each in options["lessons"]]

    with kiosk.events() as events:
        start_session(platform, kiosk, teacher, lesson[2]["subject"])
        session = events.until(lambda event: event["session"] and event["session"]["active"])["session"]
        assert session["discipline"] == lesson[2]["subject"]
        students = [platform.launch_token(platform.student(f"student{number}"), "traffic") for number in range(1, 5)]
        assert attend(platform, session, students[0])["status"] == "ok"
        assert attend(platform, session, students[0])["status"] == "already_marked"
        assert attend(platform, session, students[1])["status"] == "ok"
        path = f"/api/sessions/{session['session_id']}"
        claim = traffic.ask("POST", path + "/claims", json_body={"qr_token": code_of(session)})["claim"]
        assert attend(platform, session, students[2], claim=claim)["status"] == "ok"
        attend(platform, session, students[3], 400, qr_token=code_of(session, time.time() - 3600))
        attend(platform, session, "nonsense", 401)
        attend(platform, session, platform.launch_token(platform.student("student5"), "services"), 401)
        events.until(lambda event: event["session"] and event["session"]["attendance_count"] == 3)

        exported = traffic.ask("GET", path + "/export.csv", token=teacher).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(exported), delimiter=";" if ";" in exported.splitlines()[0] else ","))
        book = openpyxl.load_workbook(io.BytesIO(traffic.ask("GET", path + "/export.xlsx", token=teacher)))
        cells = [cell for row in book.active.iter_rows(values_only=True) for cell in row]
        attendees = traffic.ask("GET", path + "/attendees", token=teacher)
        names = {each["student_name"] for each in (attendees["items"] if isinstance(attendees, dict) else attendees)}
        assert len(names) == 3
        for name in names:
            assert any(name in row for row in rows)
            assert name in cells

        traffic.ask("DELETE", path, 204, token=teacher)
        events.until(lambda event: not event["session"] or not event["session"]["active"])
    attend(platform, session, students[3], 404)


def test_a_kiosk_that_comes_back_shows_what_is(platform, kiosk, teacher, lesson):
    """It missed the beginning while the network was gone; within 2 s of its return it is right."""
    with kiosk.events() as events:
        assert events.until(lambda event: True)["session"] is None
    start_session(platform, kiosk, teacher, lesson[2]["subject"])
    begun = time.monotonic()
    with kiosk.events() as events:
        session = events.until(lambda event: event["session"] and event["session"]["active"])["session"]
        assert time.monotonic() - begun < 2
        launch = platform.launch_token(platform.student("student5"), "traffic")
        assert attend(platform, session, launch)["status"] == "ok"


def test_every_synced_teacher_stands_for_somebody(own_platform, admin, synced):
    assert synced["last_error"] is None
    run_sync(own_platform, admin)
    ours = own_platform.databases["traffic"].run("SELECT id, ruz_teacher_id FROM teachers WHERE origin = 'sync' AND deleted_at IS NULL ORDER BY 1")
    theirs = own_platform.databases["sso"].run("SELECT entity_id, ruz_teacher_id FROM users WHERE app = 'traffic' AND role = 'teacher' ORDER BY 1")
    assert len(ours) > 100
    assert [(str(entity), int(ruz)) for entity, ruz in ours] == [(str(entity), int(ruz)) for entity, ruz in theirs]


def test_the_sync_is_controlled_at_sso_too(platform, synced):
    path = "/api/integrations/traffic/teacher-sync"
    status = platform.sso.ask("GET", path + "/status", token=platform.admin())
    assert status["runs_total"] >= 1 and status["last_stats"]["fetched"] > 100
    assert platform.sso.request("POST", path + "/run", token=platform.admin()).status in (202, 409)
