# SPDX-License-Identifier: MIT
"""A database with a traffic-svc before it, lessons that go on in it, and the students that a load sends to them."""

import json

import database
import figures
import portal
import sso
import sso_place
import traffic

CONNECTIONS = 64
SESSIONS = 32
ROTATE_SECONDS = 300  # a code is good as long as a round takes
LAUNCH_SECONDS = 900
JSON_HEADER = sso_place.JSON_HEADER
ATTENDANCE_TABLES = "attendance, sessions, tablet_changes"

# The ids and secrets follow from the number, so that pgbench can find a session as well.
SESSION_ID = "('00000000-0000-4000-8000-' || lpad(({number})::text, 12, '0'))::uuid"
KIOSK_ID = "('00000000-0000-4000-9000-' || lpad(({number})::text, 12, '0'))::uuid"
KIOSK_SECRET = "repeat('c', 31) || lpad(({number})::text, 12, '0')"

FILL_KIOSKS = f"""INSERT INTO tablets (id, secret_hash, building_id, building_name, room_id, room_name, registered_at)
 SELECT {KIOSK_ID.format(number='n')}, sha256(convert_to({KIOSK_SECRET.format(number='n')}, 'UTF8')), 11,
 'Главный корпус', n, 'Ауд. ' || n, now() FROM generate_series(0, {{last}}) n"""
FILL_SESSIONS = f"""INSERT INTO sessions (id, tablet_id, teacher_id, teacher_name, building_name, room_name, discipline,
 qr_secret, rotate_seconds, ends_at) SELECT {SESSION_ID.format(number='n')}, {KIOSK_ID.format(number='n')},
 gen_random_uuid(), 'Орлов Пётр Ильич', 'Главный корпус', 'Ауд. ' || n, 'Физика',
 md5('left' || n) || md5('right' || n), {ROTATE_SECONDS}, now() + interval '1 day' FROM generate_series(0, {{last}}) n"""


def session_id(number):
    return f"00000000-0000-4000-8000-{number:012d}"


def kiosk_id(number):
    return f"00000000-0000-4000-9000-{number:012d}"


def events_path(number):
    """Of a kiosk's stream, as itself."""
    return f"/api/tablets/{kiosk_id(number)}/events?tablet_secret={'c' * 31}{number:012d}"


class Place(traffic.Place):
    """traffic-svc on `daemon_cpus`; what signs its callers' tokens is on the client's CPU and idle."""

    def __init__(self, bench, base, daemon_cpus=None, with_sso=False, **environment):
        self.bench = bench
        self.base = base
        self._students = 0
        aside = {"wrapper": bench.on_cpus([bench.client_cpu])}
        main_svc = portal.Portal(traffic.NO_CAMPUS, bench.directory / f"main-keys-{bench.running()}",
                                 log_to=bench.directory / "main-svc.log", **aside)
        bench.start(main_svc)
        sso_svc = None
        if with_sso:
            sso_svc = sso.Sso(base.new_database(), bench.directory / f"sso-keys-{bench.running()}",
                              log_to=bench.directory / "sso-svc.log", **aside).migrate()
            bench.start(sso_svc)
        daemon = traffic.Traffic(
            base.new_database(), sso_svc.url if sso_svc else traffic.NOWHERE, main_svc.url,
            environment={"WORKERS": 1, "DATABASE_CONNECTIONS": sso_place.DATABASE_CONNECTIONS, **environment},
            wrapper=bench.on_cpus(daemon_cpus or [bench.server_cpu]), log_to=bench.directory / "traffic-svc.log",
        ).migrate()
        super().__init__(daemon, sso_svc, main_svc)
        self.database = daemon.database
        self.server = bench.start(daemon)

    def begin_sessions(self, count=SESSIONS):
        """As many kiosks, each with a session that goes on; answers {number: the code that it shows}."""
        self.database.run(FILL_KIOSKS.format(last=count - 1))
        self.database.run(FILL_SESSIONS.format(last=count - 1))
        for table in (*ATTENDANCE_TABLES.split(", "), "tablets"):
            self.database.run(f"VACUUM ANALYZE {table}")

    def codes(self, count):
        """What each of the kiosks shows now."""
        secrets = self.database.run(
            f"SELECT md5('left' || n) || md5('right' || n) FROM generate_series(0, {count - 1}) n"
        )
        return [traffic.qr_code(session_id(number), secret, ROTATE_SECONDS) for number, (secret,) in enumerate(secrets)]

    def tokens(self, count):
        """Launch tokens of students whom nobody has seen."""
        self._students += count
        return self.launch_tokens(count, life=LAUNCH_SECONDS, first=self._students - count)

    def attend_options(self, count, sessions=SESSIONS):
        """A load of that many students, each with a token of its own: every other one by the code, the rest by a claim."""
        codes = self.codes(sessions)
        proofs = [{"qr_token": code} for code in codes]
        if sessions % 2:
            proofs *= 2
        for number in range(1, len(proofs), 2):
            path = f"/api/sessions/{session_id(number % sessions)}/claims"
            answer = self.traffic.request("POST", path, json_body={"qr_token": codes[number % sessions]})
            assert answer.status == 200, answer
            proofs[number] = {"claim": answer.json["claim"]}
        bodies, paths = self.bench.directory / "attend-bodies", self.bench.directory / "attend-paths"
        bodies.write_text("".join(
            json.dumps({**proofs[number % len(proofs)], "launch_token": token}) + "\n"
            for number, token in enumerate(self.tokens(count))
        ), encoding="ascii")
        paths.write_text("".join(f"/api/sessions/{session_id(number)}/attend\n" for number in range(sessions)))
        return ["-m", "POST", "-P", paths, "-B", bodies, *JSON_HEADER, "-n", count]

    def marks(self):
        """(rows, their number as the sessions count it)."""
        return tuple(int(cell) for cell in self.database.run(
            "SELECT (SELECT count(*) FROM attendance), (SELECT sum(attendance_count) FROM sessions)")[0])


def beside_pgbench(bench, base, place, options, script, variables):
    """As sso_cases.beside_pgbench, for a load that is another one each round: `options(number)`."""
    ours, theirs, database_us, reference_us = [], [], [], []
    seconds = max(1, round(bench.seconds))
    for number in range(bench.rounds):
        words = options(number)
        before = base.cpu_seconds()
        ours.append(figures.measure_round(bench, place.server, ["-c", CONNECTIONS, *words], 200))
        database_us.append((base.cpu_seconds() - before) * 1e6 / ours[-1][-1])
        bench.empty_logs()
        before = base.cpu_seconds()
        theirs.append(base.pgbench(place.database, script, sso_place.DATABASE_CONNECTIONS, seconds,
                                   bench.on_cpus([bench.client_cpu]), variables(number)))
        reference_us.append((base.cpu_seconds() - before) * 1e6 / (theirs[-1] * seconds))
    load, rate = figures.Load.of(place.server.name, ours), figures.Spread.of(theirs)
    rows = [
        "| | a second | p99 ms | PostgreSQL's CPU µs each | the daemon's |",
        "|---|---|---|---|---|",
        f"| traffic-svc | {load.rate.text(0)} | {load.latency_p99_us.median / 1000:.1f} | "
        f"{figures.Spread.of(database_us).text(1)} | {load.cpu_us.text(1)} |",
        f"| pgbench | {rate.text(0)} | – | {figures.Spread.of(reference_us).text(1)} | – |",
    ]
    return load, rate, rows


def cluster(bench, cpus=None):
    return database.Server(cpus or [bench.server_cpu])
