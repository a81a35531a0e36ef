# SPDX-License-Identifier: MIT
"""The cases of the bench, by their numbers in the list of goals. Each answers (lines of the report, goals)."""

import datetime
import os
import pathlib
import subprocess
import tempfile
import time

import figures
import picture
import poly_http
import poly_process

CONNECTIONS = 64
WANTED_BODY = 8192
MONDAY = datetime.date(2025, 9, 8)
UPSTREAM_DELAY_MS = 50
COLD_CONNECTIONS = 8
COLD_RATE = 40
COLD_KEYS = 200
CPU_KEYS = 800
STAMPEDE = 1000
CACHED_WEEKS = 10000


def group_ids(campus):
    ids = []
    for faculty in campus.ruz("/faculties")["faculties"]:
        groups = campus.ruz(f"/faculties/{faculty['id']}/groups")["groups"] or []
        ids += [group["id"] for group in groups]
    return ids


def week_path(group, monday):
    return f"/api/schedule/groups/{group}/week?date={monday.isoformat()}"


def start_pair(bench, campus_environment=None, cpus=None, **environment):
    """campus-sim on the client's CPU and schedule-svc before it; answers their daemons and schedule-svc's server."""
    campus = bench.campus(campus_environment)
    settings = {"RUZ_BASE_URL": campus.ruz_url, "WORKERS": 1, "REFRESH_GROUPS": 0, **environment}
    server, schedule = bench.daemon("schedule-svc", settings, cpus=cpus)
    return campus, schedule, server


def typical_week(campus, schedule):
    """The path of a timetable of about 8 KB, and its bytes."""
    best = None
    with poly_http.Client(schedule.url) as client:
        for group in group_ids(campus)[:200:5]:
            path = week_path(group, MONDAY)
            body = client.get(path).body
            if best is None or abs(len(body) - WANTED_BODY) < abs(len(best[1]) - WANTED_BODY):
                best = (path, body)
    return best


def hot_week(bench):
    campus, schedule, ours = start_pair(bench)
    path, body = typical_week(campus, schedule)
    nginx = bench.nginx(ours)
    tuned = bench.nginx(ours, "nginx, open_file_cache", "open_file_cache max=1000 inactive=1h;")
    bare = bench.bare_loop(body)
    silent, _ = bench.daemon(
        "schedule-svc",
        {"RUZ_BASE_URL": campus.ruz_url, "WORKERS": 1, "REFRESH_GROUPS": 0, "LOG_LEVEL": "warning"},
    )
    silent.name = "schedule-svc, no line a request"
    loads = figures.measure(bench, [ours, silent, nginx, tuned, bare], ["-c", CONNECTIONS, "-p", path])
    mine, other = loads[ours.name], loads[nginx.name]
    section = [
        f"## B1: a hot group week, {len(body)} bytes of JSON, {CONNECTIONS} keep-alive connections",
        "",
        "nginx serves the same bytes from its proxy cache, with one worker and no access log; the bare loop a canned "
        "answer of them. The goals are held against the daemon as it logs by default.",
        "",
        f"`load -c {CONNECTIONS} -d {bench.seconds:g} -p '{path}'`",
        "",
        *figures.load_table(loads),
    ]
    return section, [
        figures.ratio_goal("B1", "CPU/request against nginx", mine.cpu_us, other.cpu_us, 0.6),
        figures.ratio_goal(
            "B1", "CPU/request against the bare loop", mine.cpu_us, loads[bare.name].cpu_us, 1.4
        ),
        figures.ratio_goal("B1", "throughput against nginx", mine.rate, other.rate, 1.0, at_least=True),
    ]


def conditional_and_gzip(bench):
    campus, schedule, ours = start_pair(bench)
    path, _ = typical_week(campus, schedule)
    nginx = bench.nginx(ours)
    section = ["## B2: the same with If-None-Match, and with gzip", ""]
    goals = []
    etag = schedule.get(path).header("ETag")
    zipped = schedule.get(path, headers={"Accept-Encoding": "gzip"})
    for what, header, status in (
        ("304", f"If-None-Match: {etag}", 304),
        (f"gzip, {len(zipped.body)} bytes", "Accept-Encoding: gzip", 200),
    ):
        name, _, value = header.partition(": ")
        for server in (ours, nginx):
            for _ in range(2):
                seen = poly_http.get(server.url + path, headers={name: value})
            if seen.status != status or (status == 200 and seen.body != zipped.body):
                raise AssertionError(f"{server.name} answers {seen} to {header}")
        loads = figures.measure(bench, [ours, nginx], ["-c", CONNECTIONS, "-p", path, "-H", header], status)
        section += [f"{what} (`-H '{header}'`):", "", *figures.load_table(loads), ""]
        goals.append(
            figures.ratio_goal(
                "B2",
                f"CPU/request against nginx, {what}",
                loads[ours.name].cpu_us,
                loads[nginx.name].cpu_us,
                0.7,
            )
        )
    return section[:-1], goals


def cold_miss(bench):
    campus, schedule, ours = start_pair(bench, {"RUZ_DELAY_MS": UPSTREAM_DELAY_MS})
    groups = group_ids(campus)[:COLD_KEYS]
    rows = ["| round | upstream alone p50 | p99 | through schedule-svc p50 | p99 | added p50 | p99 |", "|---|" + "---|" * 6]
    added_p50, added_p99 = [], []
    for number in range(bench.rounds):
        monday = MONDAY + datetime.timedelta(weeks=number)
        upstream_paths = [f"/api/v1/ruz/scheduler/{group}?date={monday}" for group in groups]
        alone = cold_load(bench, campus.url, upstream_paths, "-r", COLD_RATE)
        through = cold_load(bench, schedule.url, [week_path(group, monday) for group in groups], "-r", COLD_RATE)
        added_p50.append((through["p50"] - alone["p50"]) / 1000)
        added_p99.append((through["p99"] - alone["p99"]) / 1000)
        rows.append(
            f"| {number + 1} | {alone['p50']} µs | {alone['p99']} µs | {through['p50']} µs | {through['p99']} µs "
            f"| {added_p50[-1]:.2f} ms | {added_p99[-1]:.2f} ms |"
        )
    asked, figures_of_stampede = stampede(bench, campus, schedule, groups[0])
    cpu = schedule_cpu_of_a_miss(bench, ours, group_ids(campus)[:CPU_KEYS])
    section = [
        f"## B3: cold misses, the upstream answers after {UPSTREAM_DELAY_MS} ms",
        "",
        f"{len(groups)} keys that were never asked for, in each round, {COLD_RATE} a second by the clock; "
        "the same weeks from campus-sim itself.",
        "",
        *rows,
        "",
        f"CPU of a miss: {cpu:.2f} ms.",
        "",
        f"{STAMPEDE} requests at once for one key that was never asked for: {asked} upstream, "
        f"answers {figures_of_stampede['statuses']}, the last after {figures_of_stampede['latency_us']['max']} µs.",
    ]
    return section, [
        figures.limit_goal("B3", "added latency p50", figures.Spread.of(added_p50), 1, "ms", 2),
        figures.limit_goal("B3", "added latency p99", figures.Spread.of(added_p99), 3, "ms", 2),
        figures.Goal(
            "B3", f"upstream requests for {STAMPEDE} misses on one key", f"{asked}", "1", asked == 1
        ),
    ]


def cold_load(bench, url, paths, *options):
    file = bench.directory / "paths"
    file.write_text("\n".join(paths) + "\n", encoding="ascii")
    seen = bench.load(url, "-c", COLD_CONNECTIONS, "-n", len(paths), "-P", file, *options)
    if seen["statuses"] != {"200": len(paths)}:
        raise AssertionError(f"{url} answered {seen}")
    return seen["latency_us"]


def schedule_cpu_of_a_miss(bench, server, groups):
    """In ms, under as many misses as it can do."""
    monday = MONDAY - datetime.timedelta(weeks=2)
    before = server.cpu_seconds()
    cold_load(bench, server.url, [week_path(group, monday) for group in groups])
    return (server.cpu_seconds() - before) * 1000 / len(groups)


def stampede(bench, campus, schedule, group):
    path = week_path(group, MONDAY - datetime.timedelta(weeks=1))
    campus.reset_requests()
    seen = bench.load(schedule.url, "-c", STAMPEDE, "-n", STAMPEDE, "-p", path)
    return campus.requests("/scheduler")["total"], seen


def start_to_ready(environment, name="schedule-svc"):
    """Milliseconds from starting the program to its first 200 on /readyz."""
    daemon = poly_process.Daemon(name, environment, log_to=os.devnull)
    begun = time.perf_counter()
    daemon.start(wait=False)
    while True:
        try:
            if poly_http.get(daemon.url + "/readyz", timeout=2).status == 200:
                break
        except (OSError, poly_http.Broken):
            time.sleep(0.0005)
        if time.perf_counter() > begun + 20:
            raise AssertionError(f"{name} is not ready after 20 s")
    taken = (time.perf_counter() - begun) * 1000
    daemon.stop()
    return taken


def stripped_size(name):
    with tempfile.TemporaryDirectory() as scratch:
        copy = pathlib.Path(scratch) / name
        subprocess.run(["strip", "-o", str(copy), str(poly_process.program(name))], check=True)
        return copy.stat().st_size


def start_and_size(bench):
    campus = bench.campus()
    environment = {"RUZ_BASE_URL": campus.ruz_url}
    times = figures.Spread.of([start_to_ready(environment) for _ in range(10)])
    _, daemon = bench.daemon("schedule-svc", {**environment, "DICTIONARIES_PRELOAD": "false"}, cpus=bench.cpus)
    idle = daemon.resident_bytes() / 2**20
    _, loaded = bench.daemon("schedule-svc", environment, cpus=bench.cpus)
    poly_process.wait_until(lambda: loaded.get("/api/schedule/search?q=51").status == 200, 20, "the dictionaries")
    with_dictionaries = loaded.resident_bytes() / 2**20
    size = stripped_size("schedule-svc") / 2**20
    section = [
        "## B12: start and size of schedule-svc",
        "",
        "| what | seen |",
        "|---|---|",
        f"| from exec to the first 200 on /readyz, 10 starts | {times.text(1)} ms |",
        f"| resident, idle, {daemon.thread_count()} threads | {idle:.1f} MiB |",
        f"| resident with the dictionaries of the campus loaded | {with_dictionaries:.1f} MiB |",
        *cached_weeks_rows(bench, campus),
        f"| binary, stripped | {size:.2f} MiB |",
    ]
    return section, [
        figures.limit_goal("B12", "start to ready", times, 100, "ms"),
        figures.limit_goal("B12", "idle resident memory", idle, 12, "MiB"),
        figures.limit_goal("B12", "binary, stripped", size, 1, "MiB", 2),
    ]


def cached_weeks_rows(bench, campus):
    """Fills the cache with many weeks, with its default bound and without one that matters."""
    groups = group_ids(campus)
    weeks = [MONDAY + datetime.timedelta(weeks=number) for number in range(-(-CACHED_WEEKS // len(groups)))]
    paths = [week_path(group, monday) for monday in weeks for group in groups][:CACHED_WEEKS]
    rows = []
    for what, limit in (("its default bound", {}), ("a bound of 1 GiB", {"CACHE_MAX_BYTES": 2**30})):
        settings = {"RUZ_BASE_URL": campus.ruz_url, "UPSTREAM_MAX_IN_FLIGHT": 16, **limit}
        server, schedule = bench.daemon("schedule-svc", settings, cpus=bench.cpus)
        cold_load(bench, schedule.url, paths)
        resident = schedule.resident_bytes() / 2**20
        rows.append(f"| resident after {len(paths)} different weeks, cache with {what} | {resident:.1f} MiB |")
        bench.forget(server)
    return rows


def workers(bench):
    if len(bench.cpus) < 4:
        server_cpus, honest = bench.cpus, False
    else:
        server_cpus, honest = bench.cpus[:-2], True
        bench.client_cpu = bench.cpus[-1]
    rates = {}
    for count in (1, 2) if len(bench.cpus) < 6 else (1, 2, 3, 4):
        campus, schedule, server = start_pair(bench, cpus=server_cpus, WORKERS=count)
        path, _ = typical_week(campus, schedule)
        loads = figures.measure(bench, [server], ["-c", CONNECTIONS, "-p", path])
        rates[count] = loads[server.name]
        bench.forget(server)
    gain = rates[2].rate.over(rates[1].rate)
    curve = picture.Curve("Requests a second", "workers", "requests/s",
                          {"schedule-svc, a hot week": [(count, load.rate) for count, load in rates.items()]}, False)
    section = [
        "## B14: one worker and two",
        "",
        "| workers | requests/s | CPU µs/request |",
        "|---|---|---|",
        *[f"| {count} | {load.rate.text(0)} | {load.cpu_us.text(2)} |" for count, load in rates.items()],
        "",
        bench.draw(curve),
    ]
    if not honest:
        section += [
            "",
            f"With {len(bench.cpus)} CPUs the client takes from the workers what a second one would gain: "
            "two workers cannot be judged here. That takes four.",
        ]
    goal = figures.ratio_goal("B14", "throughput, two workers against one", gain, 1, 1.8, at_least=True)
    if not honest:
        goal.met = None
    return section, [goal]


CASES = {
    "B1": hot_week,
    "B2": conditional_and_gzip,
    "B3": cold_miss,
    "B12": start_and_size,
    "B14": workers,
}
