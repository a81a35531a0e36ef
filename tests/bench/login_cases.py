# SPDX-License-Identifier: MIT
"""What sso-svc does with passwords, what a storm of logins does to the rest, and batches of teachers. See cases.py."""

import contextlib
import json
import subprocess
import time

import database
import figures
import glewlwyd
import poly_http
import poly_process
import sso_place

AT_ONCE = 16  # clients who log in
PACE = 400  # other requests a second during a storm


def logins(bench):
    """On one CPU, so that the figure is a core's."""
    with database.Server([bench.client_cpu]) as base:
        place = sso_place.Place(bench, base, PASSWORD_HASH_THREADS=1)
        options = sso_place.login_options(place.accounts(), AT_ONCE)
        loads = figures.measure(bench, [place.server], options)
    load = loads[place.server.name]
    section = [
        f"## Logins, {AT_ONCE} at once, on one CPU, at OWASP's argon2id (19 MiB, 2 passes)",
        "",
        *figures.load_table(loads),
    ]
    return section, [figures.rate_goal("logins", "logins of one core", figures.core_rate(load), 30)]


def storm(bench):
    """Other requests while every core hashes passwords."""
    quiet, stormy = {}, {}
    with database.Server(bench.cpus) as base:
        place = sso_place.Place(bench, base, daemon_cpus=bench.cpus, WORKERS=min(2, len(bench.cpus)))
        place.batch(sso_place.teachers())
        logins_file = place.accounts()
        place.vacuum()
        requests = {
            "GET /api/auth/me": ["-p", sso_place.ME, "-H", sso_place.mint(place, 1)[0]],
            "GET /api/users/by-ruz-teacher": sso_place.look_up_options(),
        }
        for name, options in requests.items():
            bench.load(place.server.url, "-c", 8, *options, "-d", figures.WARM_SECONDS)
            quiet[name], stormy[name] = [], []
        rates = []
        for _ in range(bench.rounds):
            for name, options in requests.items():
                quiet[name].append(paced(bench, place, options))
                with running_load(bench, place, logins_file) as finish:
                    time.sleep(0.5)
                    stormy[name].append(paced(bench, place, options))
                    rates.append(finish())
            bench.empty_logs()
    rows, goals = ["| request | p99 idle µs | p99 under the storm µs |", "|---|---|---|"], []
    for name in requests:
        idle, busy = figures.Spread.of(quiet[name]), figures.Spread.of(stormy[name])
        rows.append(f"| {name} | {idle.text(0)} | {busy.text(0)} |")
        goals.append(figures.ratio_goal("B9", f"p99 of {name}, storm against idle", busy, idle, 3))
    section = [
        f"## B9: a storm of logins, {AT_ONCE} at once on all CPUs",
        "",
        f"Each request {PACE} a second by the clock, alone and while {figures.Spread.of(rates).text(1)} logins a second "
        "are served, with every CPU hashing. The load's own process has the same CPUs.",
        "",
        *rows,
    ]
    return section, goals


def paced(bench, place, options):
    """The p99 of a request that comes by the clock, on any CPU."""
    command = [str(poly_process.program("load")), "-c", "8", "-r", str(PACE), "-d", str(bench.seconds),
               *map(str, options), place.server.url]
    seen = poly_process.read_load(command)
    if seen["errors"]["all"] or set(seen["statuses"]) != {"200"}:
        raise AssertionError(f"{options}: {seen}")
    return seen["latency_us"]["p99"]


@contextlib.contextmanager
def running_load(bench, place, logins_file):
    """Logins without end, until the returned function is called, which answers how many a second."""
    command = [str(poly_process.program("load")), *map(str, sso_place.login_options(logins_file, AT_ONCE)), "-d", "600", place.server.url]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def finish():
        process.terminate()
        return json.loads(process.communicate(timeout=60)[0])["rate"]

    try:
        yield finish
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


# --- batches ---


def batches(bench):
    seconds = {"new": [], "unchanged": [], "changed": []}
    for number in range(bench.rounds):
        with database.Server([bench.client_cpu]) as base:
            place = sso_place.Place(bench, base)
            items = sso_place.teachers()
            for what, expected, count in (("new", "created", sso_place.TEACHERS), ("unchanged", "unchanged", sso_place.TEACHERS),
                                          ("changed", "updated", 40)):
                if what == "changed":
                    items = [sso_place.teacher(number, " Младший") if number < 40 else item for number, item in enumerate(items)]
                statuses, taken = place.batch(items)
                if statuses.count(expected) != count:
                    raise AssertionError(f"{what}: {statuses[:5]}")
                seconds[what].append(taken)
            bench.forget(place.server)
    spreads = {what: figures.Spread.of(taken) for what, taken in seconds.items()}
    section = [
        f"## Batch provisioning of {sso_place.TEACHERS} teachers in one request",
        "",
        "| what | seconds |",
        "|---|---|",
        f"| {sso_place.TEACHERS} new | {spreads['new'].text(3)} |",
        f"| {sso_place.TEACHERS} unchanged | {spreads['unchanged'].text(3)} |",
        f"| 40 changed among {sso_place.TEACHERS} | {spreads['changed'].text(3)} |",
    ]
    return section, [
        figures.limit_goal("B10", f"{sso_place.TEACHERS} new teachers in sso-svc", spreads["new"], 1, "s", 3),
        figures.limit_goal("B10", f"{sso_place.TEACHERS} unchanged in sso-svc", spreads["unchanged"], 0.2, "s", 3),
        figures.limit_goal("B10", "40 changed in sso-svc", spreads["changed"], 0.2, "s", 3),
    ]


# --- beside another server ---


def start_glewlwyd(bench):
    port = poly_process.free_port()
    directory = bench.directory / "glewlwyd"
    command = glewlwyd.prepare(directory, port)
    server = bench.child("Glewlwyd", command, port, bench.cpus)
    bodies = {"logins": directory / "login", "refreshes": directory / "refreshes"}
    bodies["logins"].write_text(glewlwyd.LOGIN_BODY, encoding="ascii")
    lines = []
    for _ in range(AT_ONCE):
        answer = poly_http.request(
            "POST", server.url + glewlwyd.TOKEN_PATH, body=glewlwyd.LOGIN_BODY.encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        lines.append(glewlwyd.refresh_body(answer.json["refresh_token"]))
    bodies["refreshes"].write_text("\n".join(lines) + "\n", encoding="ascii")
    options = ["-c", AT_ONCE, "-m", "POST", "-p", glewlwyd.TOKEN_PATH, *glewlwyd.FORM_HEADER]
    return server, {what: [*options, "-B", file] for what, file in bodies.items()}


def beside_glewlwyd(bench):
    title = "## Beside Glewlwyd"
    if not glewlwyd.is_installed():
        return [title, "", "Debian's package glewlwyd is not installed: nothing to compare with."], []
    with database.Server(bench.cpus) as base:
        place = sso_place.Place(bench, base, daemon_cpus=bench.cpus, WORKERS=min(2, len(bench.cpus)))
        accounts = place.accounts()
        tokens = sso_place.sessions_of(place, accounts, AT_ONCE)
        ours = {"logins": sso_place.login_options(accounts, AT_ONCE), "refreshes": sso_place.refresh_options(tokens, AT_ONCE)}
        other, theirs = start_glewlwyd(bench)
        rates = {what: ([], []) for what in ours}
        for _ in range(bench.rounds):
            for what, (mine, its) in rates.items():
                mine.append(figures.measure_round(bench, place.server, [*ours[what], "-d", bench.seconds], 200)[1])
                its.append(figures.measure_round(bench, other, [*theirs[what], "-d", bench.seconds], 200)[1])
            bench.empty_logs()
    rows, goals = ["| what | sso-svc a second | Glewlwyd | ratio |", "|---|---|---|---|"], []
    for what, (mine, its) in rates.items():
        mine, its = figures.Spread.of(mine), figures.Spread.of(its)
        ratio = f"{mine.median / its.median:.2f}×"
        rows.append(f"| {what} | {mine.text(0)} | {its.text(0)} | {ratio} |")
        goals.append(figures.Goal("Glewlwyd", f"{what} beside Glewlwyd's", ratio, "–", None))
    section = [
        title,
        "",
        f"{AT_ONCE} clients, every CPU for both. sso-svc hashes with argon2id (19 MiB, 2 passes), rotates "
        "refresh tokens and keeps them in a durable PostgreSQL; Glewlwyd 2 hashes with PBKDF2, keeps the refresh token "
        "as it is and has its database in SQLite, as its package sets it up. Both sign with ES256.",
        "",
        *rows,
    ]
    return section, goals


CASES = {
    "logins": figures.brief(logins, rounds=3),
    "B9": figures.brief(storm),
    "batch": figures.brief(batches, rounds=3),
    "glewlwyd": figures.brief(beside_glewlwyd, rounds=3),
}
