# SPDX-License-Identifier: MIT
"""The platform of a soak with people in it, and the table of what they ask of it. A new load is a line of `loads_of`."""

import datetime
import itertools
import json
import pathlib

import applications
import platform_under_test
import services
import sso_place
import traffic
from poly_process import LOOPBACK
from soak_loads import JSON_HEADER, Refreshes, Story, Stream, secret_header
from soak_streams import KioskStreams

TEACHERS = 200
KIOSKS = 60
ACCOUNTS = 8
MARKS_A_SECOND, APPLICATIONS_A_SECOND, GRADEBOOKS_A_SECOND = 3, 2, 1
APPLICATIONS_EACH = 20  # of a student
MOST_LAUNCHES = 6000  # of one window
LAUNCH_TOKENS = 100  # minted at a time; each is good for five minutes


class World:
    """`acknowledged` is what the stories were told had been stored: {table: number}."""

    def __init__(self, databases, directory, start):
        self.directory = pathlib.Path(directory)
        self.platform = platform_under_test.local(databases, self.directory, start)
        self.daemons = {daemon.name: daemon for daemon in self.platform.daemons.values()}
        main, services_svc, traffic_svc, self.sso = (self.platform.daemons[name] for name in ("main", "services", "traffic", "sso"))
        self.main = main
        self.office = services.Office(services_svc, self.sso, main)
        self.place = traffic.Place(traffic_svc, self.sso, main)
        self.acknowledged = {"applications": 0, "attendance": 0}
        self._students = itertools.count(1)
        self._lessons = itertools.count()
        self._launch = []
        self._lesson = None
        self._applicant, self._applications_left = None, 0
        self.people()

    def people(self):
        staff = self.office.staff()
        self.service = self.office.service(staff["department"], required_fields=services.FIELDS)
        for number in range(20):
            self.office.service(staff["department"], name=f"Справка {number}")
        self.student = self.office.student()
        for _ in range(APPLICATIONS_EACH):
            self._apply(self.student)
        self.teacher = self.place.teacher()
        self.kiosks = [self.place.kiosk(room=f"Ауд. {number}") for number in range(KIOSKS)]
        self.student_token = self.platform.student("student4")
        self.logins = []
        for number in range(ACCOUNTS):
            person = {"username": f"account.{number}x", "password": sso_place.PASSWORD}
            self.sso.provisioned("teacher", f"account-{number}", **person)
            self.logins.append(person)
        batch = {"items": sso_place.teachers(TEACHERS)}
        answer = self.sso.as_service("traffic", "POST", "/api/provision/traffic/teachers:batch", json_body=batch, timeout=60)
        if answer.status != 200:
            raise AssertionError(answer)

    def file(self, name, lines):
        path = self.directory / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    # --- stories ---

    def begin_lesson(self):
        kiosk = self.kiosks[next(self._lessons) % KIOSKS]
        session = self.place.start_session(self.teacher, kiosk)
        self._lesson = (kiosk, session.get("session_id") or session["id"])

    def mark_present(self):
        """A student scans what a kiosk shows; once more where the lesson is over or the token has waited too long."""
        status = self._scan()
        return self._scan() if status in (401, 404, 409, 410) else status

    def _scan(self):
        if not self._launch:
            first = next(self._students) * LAUNCH_TOKENS
            self._launch = self.place.launch_tokens(LAUNCH_TOKENS, first=first)
        if self._lesson is None:
            self.begin_lesson()
        kiosk, session_id = self._lesson
        token = self._launch.pop()
        answer = self.place.attend(session_id, kiosk.code(), token)
        if answer.status == 401:  # minted before a long fault
            self._launch = []
        if answer.status in (404, 409, 410):  # the lesson is over
            self._lesson = None
        if answer.status == 200:
            self.acknowledged["attendance"] += 1
        return answer.status

    def apply(self):
        """A student applies with a file, and looks at it. Nobody has many: a list that grows would be another load."""
        if self._applications_left == 0:
            self._applicant, self._applications_left = self.office.student(), APPLICATIONS_EACH
        self._applications_left -= 1
        return self._apply(self._applicant)

    def _apply(self, student):
        form = applications.application_form(self.service, applications.FILLED_IN).file("паспорт.pdf", applications.PDF)
        answer = applications.apply(self.office.services, student, self.service, form)
        if answer.status != 201:
            return answer.status
        self.acknowledged["applications"] += 1
        return self.office.services.as_student(student["token"], "GET", applications.path_of(answer.json)).status

    def read_gradebook(self):
        """Signs in first where main-svc has forgotten the password, as after a restart."""
        answer = self.main.ask("/api/gradebook", self.student_token)
        if answer.status in (401, 403, 409):
            self.student_token = self.main.token("student4")
            answer = self.main.ask("/api/gradebook", self.student_token)
        return answer.status

    def lost(self):
        """{table: how many acknowledged rows are not there}."""
        stored = {
            "applications": self.office.services.database.value("SELECT count(*) FROM applications"),
            "attendance": self.place.traffic.database.value("SELECT count(*) FROM attendance"),
        }
        return {table: max(0, count - int(stored[table])) for table, count in self.acknowledged.items()}


def week_paths(world):
    monday = datetime.date.today() - datetime.timedelta(days=datetime.date.today().weekday())
    ids = []
    for faculty in world.platform.campus_sim.ruz("/faculties")["faculties"]:
        ids += [group["id"] for group in world.platform.campus_sim.ruz(f"/faculties/{faculty['id']}/groups")["groups"] or []]
    return [f"/api/schedule/groups/{group}/week?date={monday}" for group in ids[:300:3]], ids[0], monday


def loads_of(world):
    """Every load, for every daemon."""
    bases = world.platform
    weeks, group, monday = week_paths(world)
    student = ["-H", f"Authorization: Bearer {world.student_token}"]
    sso_admin = ["-H", f"Authorization: Bearer {bases.admin()}"]
    traffic_admin = ["-H", f"Authorization: Bearer {world.place.admin()}"]
    mine = ["-H", f"X-Student-Token: {world.student['token']}"]
    logins = world.file("logins", [json.dumps(person, ensure_ascii=False) for person in world.logins])
    look_up = f"/api/users/by-ruz-teacher/{{{sso_place.FIRST_RUZ_ID}..{sso_place.FIRST_RUZ_ID + TEACHERS - 1}}}?app_filter=traffic"
    numbers = itertools.count(10**6, MOST_LAUNCHES)

    def verify(name, tokens_of):
        """With tokens that nobody has seen: services-svc takes each once."""
        tokens = tokens_of.launch_tokens(MOST_LAUNCHES, first=next(numbers))
        file = world.file(f"launch-{name}", [json.dumps({"token": token}) for token in tokens])
        return ["-m", "POST", "-p", "/api/auth/verify-launch", *JSON_HEADER, "-B", file, "-n", MOST_LAUNCHES]

    return [
        Stream("schedule-svc: weeks", bases.schedule.base, ["-P", world.file("weeks", weeks)]),
        Stream("schedule-svc: search", bases.schedule.base, ["-p", "/api/schedule/search?q=51"], 2),
        Stream("sso-svc: who am I", bases.sso.base, ["-p", "/api/auth/me", *sso_admin]),
        Stream("sso-svc: look-ups", bases.sso.base, ["-p", look_up, "-H", secret_header("traffic")]),
        Stream("sso-svc: logins", bases.sso.base, ["-m", "POST", "-p", "/api/auth/login", *JSON_HEADER, "-B", logins], 2),
        Refreshes("sso-svc: refreshes", bases, world.logins, world.directory / "refreshes"),
        Stream("main-svc: week", bases.main.base, ["-p", f"/api/schedule?group_id={group}&date={monday}", *student]),
        Stream("main-svc: launch tokens", bases.main.base, ["-p", "/api/miniapps/launch-token", *student], 4),
        Stream("services-svc: services", bases.services.base, ["-p", services.SERVICES, *mine]),
        Stream("services-svc: my applications", bases.services.base, ["-p", applications.APPLICATIONS, *mine], 4),
        Stream("services-svc: verify-launch", bases.services.base, lambda: verify("services", world.office), 4),
        Stream("traffic-svc: teachers", bases.traffic.base, ["-p", "/api/teachers/", *traffic_admin], 4),
        Stream("traffic-svc: verify-launch", bases.traffic.base, lambda: verify("traffic", world.place), 4),
        KioskStreams("traffic-svc: events at open kiosks", LOOPBACK, world.place.traffic.port, world.kiosks),
        Story("traffic-svc: a mark with the kiosk's code", world.mark_present, MARKS_A_SECOND),
        Story("services-svc: an application with a file", world.apply, APPLICATIONS_A_SECOND),
        Story("main-svc: gradebook", world.read_gradebook, GRADEBOOKS_A_SECOND),
    ]
