# SPDX-License-Identifier: MIT
"""What traffic-svc's marks and checks of launch tokens cost, against pgbench and raw cryptography. See cases.py."""

import json
import pathlib
import tempfile

import cases
import figures
import services
import sso_cases
import sso_place
import traffic
import traffic_place

VERIFY = "/api/auth/verify-launch"
TOKENS_A_SECOND = 9000  # more than one core verifies
MARKS_A_SECOND = 3000
LECTURE, LECTURE_SECONDS = 500, 10
CPU_OF_B1, RAW_VERIFY = 1.5, 0.9

# As traffic-svc marks: mark_student of traffic-svc/store_attendance.c.
STUDENT = "concat_ws('-', 'p', :run::text, :client_id::text, :number::text)"
MARK_SCRIPT = f"""\\set session random(0, :sessions - 1)
WITH given AS MATERIALIZED (SELECT {traffic_place.SESSION_ID.format(number=':session::int')} AS id, {STUDENT} AS student),
 listed AS (SELECT FROM attendance WHERE session_id = (SELECT id FROM given)
 AND student_external_id = (SELECT student FROM given)),
 session AS (SELECT s.id, s.tablet_id FROM sessions s WHERE s.id = (SELECT id FROM given)
 AND (s.ended_at IS NULL AND s.ends_at > now()) AND NOT EXISTS (SELECT FROM listed) FOR NO KEY UPDATE),
 marked AS (INSERT INTO attendance (session_id, student_external_id, student_name)
 SELECT s.id, g.student, 'Студент' FROM session s, given g ON CONFLICT DO NOTHING RETURNING session_id),
 counted AS (UPDATE sessions s SET attendance_count = s.attendance_count + 1 FROM marked m
 WHERE s.id = m.session_id RETURNING s.tablet_id),
 changed AS (INSERT INTO tablet_changes (tablet_id) SELECT tablet_id FROM counted)
 SELECT EXISTS (SELECT FROM marked), EXISTS (SELECT FROM session),
 1 / (CASE WHEN EXISTS (SELECT FROM marked) THEN 1 ELSE 0 END);
\\set number :number + 1
"""


# --- B7 ---


def attend_beside_pgbench(bench, base, sessions):
    place = traffic_place.Place(bench, base, daemon_cpus=[bench.client_cpu])
    place.begin_sessions(sessions)
    count = max(500, int(MARKS_A_SECOND * bench.seconds))
    bench.load(place.server.url, "-c", traffic_place.CONNECTIONS, *place.attend_options(count // 4, sessions))
    found = traffic_place.beside_pgbench(
        bench, base, place, lambda _: place.attend_options(count, sessions), MARK_SCRIPT,
        lambda number: [("run", number), ("number", 0), ("sessions", sessions)],
    )
    rows, counted = place.marks()
    if rows != counted:
        raise AssertionError(f"{rows} marks, and {counted} are counted")
    return found


def attend(bench):
    with traffic_place.cluster(bench) as base:
        many, many_rate, many_rows = attend_beside_pgbench(bench, base, traffic_place.SESSIONS)
        one, one_rate, one_rows = attend_beside_pgbench(bench, base, 1)
        verify = figures.Spread.of([sso_cases.openssl_rates()[1]])
    section = [
        f"## B7: marks, {traffic_place.CONNECTIONS} students at once, {sso_place.DATABASE_CONNECTIONS} connections to PostgreSQL",
        "",
        "Each request is another student, with a launch token that was never seen "
        f"({1e6 / verify.median:.0f} µs to verify, by `openssl speed`), and the code of the kiosk or a claim. Every mark is "
        "durable before it is answered. pgbench runs the same statement, prepared. PostgreSQL has a CPU; traffic-svc and "
        "its client, or pgbench, have the other.",
        "",
        f"On {traffic_place.SESSIONS} sessions:",
        "",
        *many_rows,
        "",
        "On one:",
        "",
        *one_rows,
    ]
    return section, [
        figures.ratio_goal("B7", f"marks against pgbench, {traffic_place.SESSIONS} sessions", many.rate, many_rate, 0.8,
                           at_least=True),
        figures.ratio_goal("B7", "marks against pgbench, one session", one.rate, one_rate, 0.8, at_least=True),
    ]


# --- a lecture ---


def lecture(bench):
    by_clock, at_once = [], []
    with traffic_place.cluster(bench) as base:
        place = traffic_place.Place(bench, base, daemon_cpus=[bench.client_cpu], WORKERS=2)
        place.begin_sessions(1)
        for _ in range(max(1, bench.rounds // 2)):
            options = place.attend_options(LECTURE, 1)
            by_clock.append(lecture_round(bench, place, ["-c", 64, "-r", LECTURE / LECTURE_SECONDS, *options]))
            at_once.append(lecture_round(bench, place, ["-c", LECTURE, *place.attend_options(LECTURE, 1)]))
    clock, burst = figures.Spread.of(by_clock), figures.Spread.of(at_once)
    section = [
        f"## A lecture: {LECTURE} students on one kiosk",
        "",
        "| what | the last was marked after |",
        "|---|---|",
        f"| within {LECTURE_SECONDS} s by the clock | {clock.text(0)} ms of its request |",
        f"| all at the same moment | {burst.text(0)} ms |",
    ]
    return section, [
        figures.limit_goal("B7", f"the slowest of {LECTURE} marks within {LECTURE_SECONDS} s on one kiosk", clock, 1000, "ms", 0),
        figures.limit_goal("B7", f"the slowest of {LECTURE} marks at the same moment", burst, 10000, "ms", 0),
    ]


def lecture_round(bench, place, options):
    """The slowest of them, in ms. An error ends the case."""
    before = place.marks()[0]
    seen = bench.load(place.server.url, *options)
    if seen["errors"]["all"] or seen["statuses"] != {"200": LECTURE} or place.marks() != (before + LECTURE,) * 2:
        raise AssertionError(f"lecture: {seen}, marks {place.marks()}")
    return seen["latency_us"]["max"] / 1000


# --- B4 ---


def _token_bodies(bench, name, tokens):
    file = bench.directory / name
    file.write_text("".join(json.dumps({"token": token}) + "\n" for token in tokens), encoding="ascii")
    return file


def _verify_options(file, *more):
    return ["-c", traffic_place.CONNECTIONS, "-m", "POST", "-p", VERIFY, *traffic_place.JSON_HEADER, "-B", file, *more]


def _launch_place(bench, base):
    """traffic-svc and services-svc; answers (Place, {name: Server})."""
    place = traffic_place.Place(bench, base, daemon_cpus=[bench.server_cpu])
    directory = bench.directory / "services"
    directory.mkdir()
    daemon = services.Services(
        base.new_database(), directory, traffic.NOWHERE, place.main.url,
        {"WORKERS": 1, "DATABASE_CONNECTIONS": sso_place.DATABASE_CONNECTIONS},
        wrapper=bench.on_cpus([bench.server_cpu]), log_to=bench.directory / "services-svc.log",
    ).migrate()
    return place, {"traffic": place.server, "services": bench.start(daemon)}


def verify_launch(bench):
    samples = {}
    verify_rates = []
    with traffic_place.cluster(bench, [bench.client_cpu]) as base:
        place, servers = _launch_place(bench, base)
        campus, schedule, week_server = cases.start_pair(bench)
        week = ["-c", cases.CONNECTIONS, "-p", cases.typical_week(campus, schedule)[0], "-d", bench.seconds]
        mint = {audience: 0 for audience in servers}

        def tokens(audience, count):
            mint[audience] += count
            return place.launch_tokens(count, audience=audience, life=traffic_place.LAUNCH_SECONDS,
                                       first=mint[audience] - count)

        hot = _verify_options(_token_bodies(bench, "hot", tokens("traffic", 1)), "-d", bench.seconds)
        bench.load(place.server.url, *hot[:-1], figures.WARM_SECONDS)
        bench.load(week_server.url, *week)
        for _ in range(bench.rounds):
            samples.setdefault("week", []).append(figures.measure_round(bench, week_server, week, 200))
            samples.setdefault("traffic hot", []).append(figures.measure_round(bench, place.server, hot, 200))
            for audience, server in servers.items():
                count = int(TOKENS_A_SECOND * bench.seconds) if audience == "traffic" else int(1500 * bench.seconds)
                file = _token_bodies(bench, "cold", tokens(audience, count))
                cold = _verify_options(file, "-n", count, *(["--spin"] if audience == "traffic" else []))
                samples.setdefault(f"{audience} cold", []).append(figures.measure_round(bench, server, cold, 200))
            verify_rates.append(sso_cases.openssl_rates()[1])
            bench.empty_logs()
    return tell_verify_launch(samples, figures.Spread.of(verify_rates))


def tell_verify_launch(samples, verify):
    names = {"week": "B1: schedule-svc, a hot week"}
    names["traffic hot"] = "traffic-svc, one token"
    names |= {f"{who} cold": f"{who}-svc, a token never seen each" for who in ("traffic", "services")}
    loads = {name: figures.Load.of(names[name], samples[name]) for name in names}
    week = loads["week"].cpu_us
    section = [
        f"## B4: launch tokens, {traffic_place.CONNECTIONS} keep-alive connections, one worker",
        "",
        f"`openssl speed ecdsap256` verifies {verify.text(0)} signatures in a second of CPU here, "
        f"{1e6 / verify.median:.0f} µs each. services-svc exchanges a token for a session of its own: a token never seen is a "
        "verification, a signature and a durable row, and one seen before is good for a few repeats only.",
        "",
        *figures.load_table(loads),
    ]
    return section, [
        figures.ratio_goal("B4", "traffic-svc: CPU of a token seen before against B1's", loads["traffic hot"].cpu_us, week,
                           CPU_OF_B1),
        figures.ratio_goal("B4", "traffic-svc: tokens never seen, of one core, against raw verifications",
                           figures.core_rate(loads["traffic cold"]), verify, RAW_VERIFY, at_least=True),
        figures.ratio_goal("B4", "services-svc: tokens never seen, of one core, against raw verifications",
                           figures.core_rate(loads["services cold"]), verify, RAW_VERIFY, at_least=True),
    ]


# --- B12 ---


def _sizes(bench, name, environment):
    times = figures.Spread.of([cases.start_to_ready(environment, name) for _ in range(10)])
    server, daemon = bench.daemon(name, environment, cpus=bench.cpus)
    idle = daemon.resident_bytes() / 2**20
    threads = daemon.thread_count()
    bench.forget(server)
    size = cases.stripped_size(name) / 2**20
    row = f"| {name} | {times.text(1)} ms | {idle:.1f} MiB, {threads} threads | {size:.2f} MiB |"
    return row, [
        figures.limit_goal("B12", f"{name}: start to ready", times, 100, "ms"),
        figures.limit_goal("B12", f"{name}: idle resident memory", idle, 12, "MiB"),
        figures.limit_goal("B12", f"{name}: binary, stripped", size, 1, "MiB", 2),
    ]


def start_and_size(bench):
    rows, goals = [], []
    with traffic_place.cluster(bench, set(bench.cpus)) as base:
        place = traffic_place.Place(bench, base, with_sso=True)
        with tempfile.TemporaryDirectory() as scratch:
            office = services.Services(base.new_database(), pathlib.Path(scratch), place.sso.url, place.main.url).migrate()
            for name, environment in (("traffic-svc", {**place.traffic.environment, "WORKERS": 2}),
                                      ("services-svc", office.environment)):
                row, more = _sizes(bench, name, environment)
                rows.append(row)
                goals += more
    section = [
        "## B12: start and size of traffic-svc and services-svc",
        "",
        "With two workers, PostgreSQL and the daemons whose keys they need. From exec to the first 200 on /readyz, 10 starts.",
        "",
        "| daemon | start to ready | resident, idle | binary, stripped |",
        "|---|---|---|---|",
        *rows,
    ]
    return section, goals


CASES = {
    "B7": figures.brief(attend),
    "lecture": figures.brief(lecture),
    "B4": figures.brief(verify_launch),
    "B12-database": start_and_size,
}
