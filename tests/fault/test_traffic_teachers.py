# SPDX-License-Identifier: MIT
"""Teachers of traffic-svc: whoever is killed at whichever step of making, deleting or syncing them, both databases agree
within half a minute; one replica syncs at a time, and one that lost its turn writes nothing; the clock's hour."""

import concurrent.futures
import signal
import uuid

import pytest

import imitated_schedule
import poly_http
import portal
import sso
import telegram
import traffic
from imitated_schedule import people
from interceptor import Interceptor
from poly_process import wait_until
from test_services_kills import Blocker

CONVERGED_SECONDS = 30
TEACHERS = "/api/teachers/"
RUN = "/api/teachers/sync/run"
PASSWORD = "Кафедра физики, 214"
VICTIMS = ("traffic-svc", "sso-svc", "postgresql")
# What each step needs last before it, by the table whose lock keeps it from going on.
LOCKS = {"noted": "outbox", "written": "teachers"}


class Faculty:
    """traffic-svc, which reaches sso-svc through an interceptor, and its teachers."""

    def __init__(self, place, between, schedule, postgres):
        self.place = place
        self.traffic = place.traffic
        self.sso = place.sso
        self.between = between
        self.schedule = schedule
        self.postgres = postgres
        self.admin = place.admin()

    def ask(self, method, path, daemon=None, **options):
        """None when the connection broke."""
        try:
            return (daemon or self.traffic).as_user(self.admin, method, path, **options)
        except (OSError, poly_http.Broken):
            return None

    def kill(self, victim):
        if victim == "postgresql":
            self.postgres.crash()
        else:
            {"traffic-svc": self.traffic, "sso-svc": self.sso}[victim].kill()

    def revive(self, victim):
        if victim == "postgresql":
            self.postgres.restart()
        else:
            {"traffic-svc": self.traffic, "sso-svc": self.sso}[victim].start()
        for daemon in (self.sso, self.traffic):
            daemon.wait_ready()

    # --- what both sides have ---

    def entities(self):
        return self.traffic.database.run(
            "SELECT id, full_name, is_active FROM teachers WHERE deleted_at IS NULL ORDER BY id"
        )

    def users(self):
        return self.sso.database.run(
            "SELECT entity_id, full_name, is_active FROM users WHERE app = 'traffic' AND role = 'teacher' ORDER BY 1"
        )

    def is_settled(self):
        waiting = self.traffic.database.value("SELECT count(*) FROM outbox")
        untold = self.traffic.database.value("SELECT count(*) FROM teachers WHERE sso_pending AND deleted_at IS NULL")
        return (waiting, untold) == ("0", "0") and self.entities() == self.users()

    def await_settled(self):
        wait_until(self.is_settled, CONVERGED_SECONDS, "both sides to agree")

    def log_in(self, username):
        return self.sso.log_in(username, PASSWORD).status

    # --- the sync ---

    def status(self, daemon=None):
        answer = self.ask("GET", "/api/teachers/sync/status", daemon)
        assert answer.status == 200, answer
        return answer.json

    def await_sync(self, daemon=None):
        wait_until(lambda: not self.status(daemon)["running"], 20, "the sync to end")
        return self.status(daemon)

    def sync(self, teachers, daemon=None):
        self.schedule.lists(teachers)
        answer = self.ask("POST", RUN, daemon)
        assert answer.status == 202, answer
        end = self.await_sync(daemon)
        assert end["last_error"] is None, end


@pytest.fixture
def schedule():
    with imitated_schedule.Schedule() as imitation:
        yield imitation


@pytest.fixture
def faculty(start, postgres, tmp_path, schedule):
    databases = [postgres.new_database() for _ in range(2)]
    sso_svc = start(sso.Sso(databases[0], tmp_path / "sso-keys").migrate())
    main_svc = start(portal.Portal(traffic.NO_CAMPUS, tmp_path / "main-keys"))
    with Interceptor(sso_svc) as between:
        daemon = traffic.Traffic(databases[1], between.url, main_svc.url, schedule.url)
        place = traffic.Place(start(daemon.migrate()), sso_svc, main_svc)
        yield Faculty(place, between, schedule, postgres)
        between.release()
        postgres.mend()
        daemon.kill()
    for fresh in databases:
        fresh.drop()


# --- made and deleted by hand ---


class Acts:
    """One teacher to be made, one to be deleted."""

    def __init__(self, faculty):
        self.faculty = faculty
        self.key = str(uuid.uuid4())
        self.name = f"made{uuid.uuid4().hex[:8]}"
        doomed = {"username": f"doomed{uuid.uuid4().hex[:8]}", "password": PASSWORD, "full_name": "Уходящий Пётр"}
        answer = faculty.ask("POST", TEACHERS, json_body=doomed)
        assert answer.status == 200, answer
        self.doomed = answer.json

    def make(self):
        body = {"username": self.name, "password": PASSWORD, "full_name": "Новая Анна"}
        return self.faculty.ask("POST", TEACHERS, json_body=body, headers={"Idempotency-Key": self.key})

    def delete(self):
        return self.faculty.ask("DELETE", TEACHERS + self.doomed["id"])

    def all(self):
        return (self.make, self.delete)


def is_about_users(method, path):
    return method in ("POST", "DELETE") and path.startswith(("/api/provision/", "/api/users/by-entity/"))


def reach(faculty, acts, step, threads):
    """Both acts under way and held at the step: (their futures, what lets them go on)."""
    if step in LOCKS:
        blocker = Blocker(faculty.traffic.database, LOCKS[step])
        futures = [threads.submit(act) for act in acts.all()]
        blocker.await_waiting(len(futures))
        return futures, lambda lose: blocker.release()
    if step in ("asked", "made"):
        faculty.between.hold(step, is_about_users)
        futures = [threads.submit(act) for act in acts.all()]
        wait_until(lambda: faculty.between.held >= len(futures), 10, f"both to be held at '{step}'")
        return futures, faculty.between.release
    futures = [threads.submit(act) for act in acts.all()]
    concurrent.futures.wait(futures)
    return futures, lambda lose: None


def succeeds(act, *statuses):
    """Repeated until it is answered by one of these: a client that does as Retry-After says."""

    def ask():
        answer = act()
        assert answer is None or answer.status in (*statuses, 502, 503, 504), answer
        return answer is not None and answer.status in statuses

    wait_until(ask, CONVERGED_SECONDS, f"the repeat of {act.__name__}")


def check_acknowledged(faculty, acts, made, deleted):
    """What was answered is so."""
    exists = faculty.traffic.database.value("SELECT count(*) FROM teachers WHERE full_name = 'Новая Анна'")
    assert made is None or made.status in (200, 502, 503, 504), made
    assert deleted is None or deleted.status in (204, 502, 503, 504), deleted
    if made is not None and made.status == 200:
        assert exists == "1" and faculty.log_in(acts.name) == 200
    elif exists == "0":
        assert faculty.log_in(acts.name) == 401
    if deleted is not None and deleted.status == 204:
        assert faculty.log_in(acts.doomed["username"]) == 401


QUICK = {("made", "traffic-svc"), ("asked", "sso-svc"), ("written", "postgresql")}


@pytest.mark.parametrize(
    ("step", "victim"),
    [
        pytest.param(step, victim, marks=[] if (step, victim) in QUICK else pytest.mark.slow)
        for step in ("noted", "asked", "made", "written", "answered")
        for victim in VICTIMS
    ],
)
@pytest.mark.fault(1)
def test_both_sides_agree_after(faculty, step, victim):
    acts = Acts(faculty)
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        futures, go_on = reach(faculty, acts, step, threads)
        faculty.kill(victim)
        go_on(lose=victim != "traffic-svc")
        made, deleted = (future.result() for future in futures)
    faculty.revive(victim)
    faculty.await_settled()
    check_acknowledged(faculty, acts, made, deleted)
    # Repeats finish what was begun, once.
    succeeds(acts.make, 200)
    succeeds(acts.delete, 204, 404)
    faculty.await_settled()
    assert faculty.traffic.database.value("SELECT count(*) FROM teachers WHERE full_name = 'Новая Анна'") == "1"
    assert (faculty.log_in(acts.name), faculty.log_in(acts.doomed["username"])) == (200, 401)


# --- synced ---


def is_batch(method, path):
    return path.endswith("/teachers:batch")


def hold_sync(faculty, step):
    """A sync of thirty new and five renamed teachers, held at the step: what lets it go on."""
    faculty.sync(people(100))
    faculty.schedule.lists({**people(130), **{ruz_id: f"Новый Пётр-{'абвгд'[ruz_id]}" for ruz_id in range(5)[1:]}})
    if step == "read":
        held = faculty.schedule.hold()
        assert faculty.ask("POST", RUN).status == 202
        wait_until(lambda: faculty.schedule.waiting, 10, "the source to be asked")
        return lambda: (held.set(), setattr(faculty.schedule, "held", None))
    if step == "written":
        blocker = Blocker(faculty.traffic.database, "teachers")
        assert faculty.ask("POST", RUN).status == 202
        blocker.await_waiting(1)
        return blocker.release
    faculty.between.hold(step, is_batch)
    assert faculty.ask("POST", RUN).status == 202
    wait_until(lambda: faculty.between.held, 10, f"the batch to be held at '{step}'")
    return lambda: faculty.between.release(lose=True)


SYNC_STEPS = ("read", "written", "asked", "made")
QUICK_SYNC = {("made", "traffic-svc"), ("asked", "sso-svc")}


@pytest.mark.parametrize(
    ("step", "victim"),
    [
        pytest.param(step, victim, marks=[] if (step, victim) in QUICK_SYNC else pytest.mark.slow)
        for step in SYNC_STEPS
        for victim in VICTIMS
    ],
)
@pytest.mark.fault(1)
def test_a_sync_goes_on_after(faculty, step, victim):
    """By itself: nobody asks again."""
    go_on = hold_sync(faculty, step)
    faculty.kill(victim)
    go_on()
    faculty.revive(victim)

    def is_done():
        return faculty.is_settled() and len(faculty.entities()) == 130

    wait_until(is_done, CONVERGED_SECONDS, "the sync to be finished")
    end = faculty.await_sync()
    assert end["last_error"] is None and end["last_source"] == "manual"


# --- two replicas ---


@pytest.fixture
def second(faculty, start):
    """A replica beside faculty.traffic."""
    return start(
        traffic.Traffic(faculty.traffic.database, faculty.between.url, faculty.place.main.url, faculty.schedule.url)
    )


@pytest.mark.fault(9)
def test_one_replica_syncs_at_a_time(faculty, second):
    faculty.schedule.lists(people(50))
    held = faculty.schedule.hold()
    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(faculty.ask, "POST", RUN, daemon) for daemon in (faculty.traffic, second) * 8]
        statuses = sorted(future.result().status for future in asked)
    assert statuses == [202] + [409] * 15
    assert faculty.status()["running"] and faculty.status(second)["running"]
    held.set()
    faculty.schedule.held = None
    assert faculty.await_sync(second)["runs_total"] == 1
    faculty.await_settled()
    assert len(faculty.entities()) == 50


@pytest.mark.fault(9)
@pytest.mark.parametrize("step", ["read", pytest.param("made", marks=pytest.mark.slow)])
def test_a_dead_replicas_sync_is_taken_over(faculty, second, step):
    go_on = hold_sync(faculty, step)
    faculty.traffic.kill()
    go_on()
    wait_until(lambda: len(faculty.entities()) == 130 and faculty.is_settled(), CONVERGED_SECONDS, "the takeover")
    end = faculty.await_sync(second)
    assert (end["runs_total"], end["runs_failed"], end["last_error"]) == (3, 1, None)


@pytest.mark.fault(9)
def test_a_replica_that_lost_its_turn_writes_nothing(faculty, second):
    """It stood still with an old list in its hands while another one synced a newer one."""
    faculty.sync(people(100))
    faculty.schedule.lists({**people(100), 1: "Старая Фамилия"})
    held = faculty.schedule.hold()
    assert faculty.ask("POST", RUN).status == 202
    wait_until(lambda: faculty.schedule.waiting, 10, "the source to be asked")
    faculty.traffic.signal(signal.SIGSTOP)
    held.set()
    faculty.schedule.held = None
    faculty.schedule.lists({**people(100), 1: "Новая Фамилия"})
    wait_until(lambda: faculty.status(second)["runs_total"] == 3, 20, "the takeover")
    faculty.await_sync(second)
    faculty.traffic.signal(signal.SIGCONT)
    faculty.traffic.wait_log("a teacher sync could not write its end", 10)
    faculty.await_settled()
    name = "SELECT full_name FROM teachers WHERE ruz_teacher_id = 1"
    assert faculty.traffic.database.value(name) == "Новая Фамилия"
    assert faculty.status(second)["last_error"] is None


# --- the clock ---

HOUR = 3600


@pytest.mark.fault(23)
@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["on", "back"])
def test_telegrams_data_are_of_now(clock, start_traffic_place, step):
    """By the clock of traffic-svc, whichever it is."""
    place = start_traffic_place(TELEGRAM_BOT_TOKEN=telegram.BOT_TOKEN, **clock.environment)
    teacher = place.teacher()
    body = {"entity_id": teacher["id"], "telegram_id": 77}
    assert place.sso.as_service("bot", "POST", "/api/provision/traffic/teacher-link-telegram", json_body=body).status == 200

    def log_in(age):
        body = {"init_data": telegram.init_data(77, age=age)}
        return place.traffic.request("POST", "/api/auth/telegram-login", json_body=body).status

    assert (log_in(0), log_in(step), log_in(-step)) == (200, 401, 401)
    clock.set(step)
    assert (log_in(0), log_in(-step)) == (401, 200)
    assert (log_in(-step + 290), log_in(-step + 330), log_in(-step - 60)) == (200, 401, 401)
    clock.set(0)
    assert log_in(0) == 200


@pytest.mark.fault(23)
@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["on", "back"])
def test_a_sync_does_not_notice(clock, start_traffic_place, schedule, step):
    """Its turns and its graces are the database's."""
    place = start_traffic_place(SCHEDULE_API_URL=schedule.url, **clock.environment)
    header = sso.INTERNAL_SECRET

    def sync(count):
        schedule.lists(people(count))
        answer = place.traffic.request("POST", RUN, headers={"X-Service-Secret": header})
        assert answer.status == 202, answer
        path = "/api/teachers/sync/status"
        ask = lambda: place.traffic.request("GET", path, headers={"X-Service-Secret": header}).json  # noqa: E731
        wait_until(lambda: not ask()["running"], 10, "the sync to end")
        assert ask()["last_error"] is None

    sync(30)
    clock.set(step)
    sync(29)
    now = "SELECT count(*) FROM teachers WHERE missing_since BETWEEN now() - interval '1 minute' AND now()"
    assert place.traffic.database.value(now) == "1"
    clock.set(0)
    sync(30)
    assert place.traffic.database.value("SELECT count(*) FROM teachers WHERE is_active") == "30"
