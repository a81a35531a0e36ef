# SPDX-License-Identifier: MIT
"""How schedule-svc's hot answers scale with connections, beside nginx, and with workers. See cases.py."""

import cases
import figures
import picture

CONNECTIONS = (1, 4, 16, 64, 256, 1024)


def connections(bench):
    """A hot week over ever more keep-alive connections."""
    campus, schedule, ours = cases.start_pair(bench)
    path, body = cases.typical_week(campus, schedule)
    nginx = bench.nginx(ours)
    loads = {}
    for count in CONNECTIONS:
        loads[count] = figures.measure(bench, [ours, nginx], ["-c", count, "-p", path])
    names = (ours.name, nginx.name)
    rows = ["| connections | schedule-svc CPU µs | nginx CPU µs | schedule-svc/s | nginx/s | p99 µs | nginx p99 µs |",
            "|---|" + "---|" * 6]
    for count, seen in loads.items():
        mine, other = (seen[name] for name in names)
        rows.append(f"| {count} | {mine.cpu_us.text(1)} | {other.cpu_us.text(1)} | {mine.rate.text(0)} | "
                    f"{other.rate.text(0)} | {mine.latency_p99_us.text(0)} | {other.latency_p99_us.text(0)} |")
    cost = {name: [(count, seen[name].cpu_us) for count, seen in loads.items()] for name in names}
    rate = {name: [(count, seen[name].rate) for count, seen in loads.items()] for name in names}
    section = [
        f"## Connections: a hot week of {len(body)} bytes over {CONNECTIONS[0]} to {CONNECTIONS[-1]} of them",
        "",
        *rows,
        "",
        bench.draw(picture.Curve("CPU of a request", "keep-alive connections", "µs", cost)),
        "",
        bench.draw(picture.Curve("Requests a second", "keep-alive connections", "requests/s", rate)),
    ]
    most, few = loads[CONNECTIONS[-1]][ours.name], loads[64][ours.name]
    what = f"CPU/request over {CONNECTIONS[-1]} connections against 64"
    ratio = most.cpu_us.over(few.cpu_us)
    return section, [figures.Goal("–", what, f"{ratio.text(2)}×", "–", None, ratio)]


CASES = {"connections": figures.brief(connections, rounds=3)}
