# SPDX-License-Identifier: MIT
"""What main-svc adds: to schedule-svc's weeks, to CAS's own time, and for a launch token. See cases.py."""

import statistics
import time
import urllib.parse

import campus
import cases
import figures
import poly_http
import portal

LOGINS = 40  # of one round
CAS_DELAY_MS = 10
STUDENT = "student4"
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}
UNLIMITED = {"LOGIN_ATTEMPTS_PER_ACCOUNT": 1000000, "LOGIN_ATTEMPTS_PER_ADDRESS": 1000000}


def start_portal(bench, university, **environment):
    """main-svc on the server's CPU; answers (Server, Portal)."""
    daemon = portal.Portal(
        university,
        bench.directory / "main-keys",
        {"WORKERS": 1, **UNLIMITED, **environment},
        wrapper=bench.on_cpus([bench.server_cpu]),
        log_to=bench.directory / "main-svc.log",
    )
    return bench.start(daemon), daemon


def measure_each(bench, wanted):
    """[(name, Server, load's options)] in turn, round after round; answers {name: Load}."""
    samples = {name: [] for name, _, _ in wanted}
    for name, server, options in wanted:
        bench.load(server.url, *options, "-d", figures.WARM_SECONDS)
    for _ in range(bench.rounds):
        for name, server, options in wanted:
            samples[name].append(figures.measure_round(bench, server, [*options, "-d", bench.seconds], 200))
            bench.empty_logs()
    return {name: figures.Load.of(name, taken) for name, taken in samples.items()}


def portal_week(bench):
    university, schedule, ours = cases.start_pair(bench)
    server, main = start_portal(bench, university, SCHEDULE_API_URL=schedule.url)
    path, body = cases.typical_week(university, schedule)
    group = path.split("/")[4]
    relayed = f"/api/schedule?group_id={group}&date={cases.MONDAY}"
    token = main.token(STUDENT)
    if main.ask(relayed, token).body != body:
        raise AssertionError("main-svc gives another week than schedule-svc")
    common = ["-c", cases.CONNECTIONS]
    header = ["-H", f"Authorization: Bearer {token}"]
    loads = measure_each(
        bench,
        [
            ("schedule-svc", ours, [*common, "-p", path]),
            ("main-svc", server, [*common, "-p", relayed, *header]),
            ("main-svc, who one is", server, [*common, "-p", "/api/auth/me", *header]),
            ("main-svc, a launch token", server, [*common, "-p", "/api/miniapps/launch-token", *header]),
        ],
    )
    section = [
        f"## B1 through main-svc: a hot week of {len(body)} bytes, and a launch token",
        "",
        f"With a student's token that was seen before, {cases.CONNECTIONS} keep-alive connections.",
        "",
        *figures.load_table(loads),
    ]
    week, direct = loads["main-svc"].cpu_us, loads["schedule-svc"].cpu_us
    launch = loads["main-svc, a launch token"].cpu_us
    return section, [
        figures.ratio_goal("B1", "CPU/request through main-svc against schedule-svc itself", week, direct, 1.6),
        figures.limit_goal("–", "CPU of a launch token, its request included", launch, 100, "µs"),
    ]


def seconds_of(work):
    begun = time.perf_counter()
    answer = work()
    return time.perf_counter() - begun, answer


def sign_in_at_cas(client):
    """Seconds of CAS's two answers: its form, and what is behind it."""
    first, page = seconds_of(lambda: client.get("/cas/login"))
    cookie = page.header("set-cookie").partition(";")[0]
    form = {
        "username": STUDENT,
        "password": campus.password_of(STUDENT),
        "execution": page.text.rpartition('name="execution" value="')[2].partition('"')[0],
        "_eventId": "submit",
        "geolocation": "",
    }
    body = urllib.parse.urlencode(form)
    second, done = seconds_of(
        lambda: client.request("POST", "/cas/login", headers={**FORM_TYPE, "Cookie": cookie}, body=body)
    )
    if 'id="profile"' not in done.text:
        raise AssertionError(f"CAS answered {done}")
    return first + second


def sign_in_at_portal(client):
    body = {"username": STUDENT, "password": campus.password_of(STUDENT)}
    taken, answer = seconds_of(lambda: client.request("POST", "/api/auth/login", json_body=body))
    if answer.status != 200:
        raise AssertionError(f"main-svc answered {answer}")
    return taken


def portal_login(bench):
    university = bench.campus()
    university.fault("/login", site=campus.CAS, delay_ms=CAS_DELAY_MS)
    server, main = start_portal(bench, university)
    added, cpu = [], []
    for _ in range(bench.rounds):
        with poly_http.Client(university.url) as cas, poly_http.Client(main.url) as ours:
            # What the client itself takes for a request: CAS's time has two of that, ours one.
            client = statistics.median(seconds_of(lambda: ours.get("/healthz"))[0] for _ in range(LOGINS))
            direct = statistics.median(sign_in_at_cas(cas) for _ in range(LOGINS))
            before = server.cpu_seconds()
            through = statistics.median(sign_in_at_portal(ours) for _ in range(LOGINS))
            cpu.append((server.cpu_seconds() - before) * 1000 / LOGINS)
        added.append((through - direct + client) * 1000)
        bench.empty_logs()
    taken = figures.Spread.of(added)
    section = [
        "## A login through main-svc against CAS's own time",
        "",
        f"CAS takes {CAS_DELAY_MS} ms for each of its two answers; {LOGINS} logins in turn, in each round.",
        "",
        "| what | seen |",
        "|---|---|",
        f"| added to CAS's time, p50 | {taken.text(2)} ms |",
        f"| CPU of a login | {figures.Spread.of(cpu).text(2)} ms |",
    ]
    return section, [figures.limit_goal("–", "added to CAS's own time by a login", taken, 3, "ms", 2)]


CASES = {"portal-week": portal_week, "portal-login": portal_login}
