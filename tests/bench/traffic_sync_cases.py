# SPDX-License-Identifier: MIT
"""The teacher sync end to end: campus-sim's RUZ, schedule-svc, traffic-svc, sso-svc and both databases. See cases.py."""

import time

import figures
import poly_process
import sso
import traffic
import traffic_place

TEACHERS = 4000
CHANGED = 40
STATUS = ("GET", "/api/teachers/sync/status")
RUN = ("POST", "/api/teachers/sync/run")
GIVEN = "Александр Сергей Дмитрий Алексей Андрей Михаил Владимир Николай Иван Евгений".split()
SURNAMES = "Иванов Смирнов Кузнецов Попов Васильев Петров Соколов Михайлов Новиков Волков Лебедев".split()


def listed(count):
    """As RUZ lists them; many have the same name."""
    return [
        {"id": 5000 + number, "oid": 9000 + number,
         "full_name": f"{SURNAMES[number % 11]} {GIVEN[number // 11 % 10]} {GIVEN[number // 110 % 10]}ович",
         "first_name": "", "middle_name": "", "last_name": "", "grade": "", "chair": ""}
        for number in range(count)
    ]


class Way:
    """RUZ, schedule-svc, traffic-svc and sso-svc, on all CPUs."""

    def __init__(self, bench, base):
        self.bench = bench
        self.campus = bench.campus()
        _, self.schedule = bench.daemon(
            "schedule-svc",
            {"RUZ_BASE_URL": self.campus.ruz_url, "REFRESH_GROUPS": 0, "CACHE_TEACHERS_SECONDS": 1,
             "CACHE_STALE_SECONDS": 0, "CACHE_STALE_IF_ERROR_SECONDS": 0}, cpus=bench.cpus,
        )
        aside = {"wrapper": bench.on_cpus(bench.cpus)}
        self.sso = sso.Sso(base.new_database(), bench.directory / "sso-keys", log_to=bench.directory / "sso-svc.log",
                           **aside).migrate()
        self.sso_server = bench.start(self.sso)
        self.traffic = traffic.Traffic(base.new_database(), self.sso.url, schedule_url=self.schedule.url,
                                       log_to=bench.directory / "traffic-svc.log", **aside).migrate()
        self.server = bench.start(self.traffic)

    def ask(self, method, path):
        answer = self.traffic.request(method, path, headers={"X-Service-Secret": sso.INTERNAL_SECRET})
        assert answer.status in (200, 202), answer
        return answer.json

    def sync(self):
        """(seconds, what it did), from the request to the first status that says that it has ended."""
        begun = time.perf_counter()
        self.ask(*RUN)
        while (status := self.ask(*STATUS))["running"]:
            time.sleep(0.002)
        taken = time.perf_counter() - begun
        if status["last_error"]:
            raise AssertionError(f"sync: {status}")
        return taken, status["last_stats"]

    def lists(self, teachers):
        """RUZ does from now on, and schedule-svc has seen it."""
        self.campus.override("/teachers", {"teachers": teachers})
        wanted = {teacher["id"]: teacher["full_name"] for teacher in teachers}

        def is_seen():
            seen = self.schedule.get("/api/schedule/teachers").json["teachers"]
            return {entry["id"]: entry["full_name"] for entry in seen} == wanted

        poly_process.wait_until(is_seen, 20, "schedule-svc to list the teachers")

    def forget_teachers(self):
        self.traffic.database.run("DELETE FROM outbox; DELETE FROM teachers")
        self.sso.database.run("DELETE FROM users WHERE role = 'teacher'")

    def analyse(self):
        """As autovacuum does within a minute; the bench's cluster has none."""
        for database, table in ((self.traffic.database, "teachers"), (self.traffic.database, "teacher_words"),
                                (self.sso.database, "users"), (self.sso.database, "user_words")):
            database.run(f"VACUUM ANALYZE {table}")


def one_round(way):
    """Seconds of the three runs."""
    teachers = listed(TEACHERS)
    way.forget_teachers()
    way.lists(teachers)
    taken, stats = way.sync()
    expect(stats, created_local=TEACHERS, created_or_linked_sso=TEACHERS)
    way.analyse()
    unchanged, stats = way.sync()
    expect(stats, created_local=0, updated_local=0, created_or_linked_sso=0)
    for teacher in teachers[:CHANGED]:
        teacher["full_name"] = teacher["full_name"].replace(" ", "-Новый ", 1)
    way.lists(teachers)
    changed, stats = way.sync()
    expect(stats, updated_local=CHANGED, created_or_linked_sso=CHANGED)
    return taken, unchanged, changed


def expect(stats, **wanted):
    if {name: stats[name] for name in wanted} != wanted or stats["failed"]:
        raise AssertionError(f"sync: {stats}")


def sync(bench):
    samples = []
    with traffic_place.cluster(bench, set(bench.cpus)) as base:
        way = Way(bench, base)
        for _ in range(bench.rounds):
            samples.append(one_round(way))
            bench.empty_logs()
    new, unchanged, changed = (figures.Spread.of(column) for column in zip(*samples))
    section = [
        "## B10: the teacher sync, end to end",
        "",
        "campus-sim's RUZ, schedule-svc, traffic-svc, sso-svc, and a durable database of each of the last two; from the "
        "request that starts it to the first answer that it has ended.",
        "",
        "| what | s |",
        "|---|---|",
        f"| {TEACHERS:,} new teachers | {new.text(2)} |",
        f"| {TEACHERS:,} unchanged | {unchanged.text(3)} |",
        f"| {CHANGED} changed among them | {changed.text(3)} |",
    ]
    return section, [
        figures.limit_goal("B10", f"sync of {TEACHERS:,} new teachers", new, 2, "s", 2),
        figures.limit_goal("B10", f"sync of {TEACHERS:,} unchanged", unchanged, 0.2, "s", 3),
        figures.limit_goal("B10", f"sync with {CHANGED} changed", changed, 0.2, "s", 3),
    ]


CASES = {"B10": figures.brief(sync, rounds=3)}
