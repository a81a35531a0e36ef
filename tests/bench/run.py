#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""make bench: measures the daemons against references in the same run, and writes bench/report.md.

schedule-svc is held against nginx and a bare loop, sso-svc against pgbench, `openssl speed`, itself with fewer users,
and Glewlwyd where that is installed.

CPU per request (user and system time of the server's processes, from /proc, divided by the requests answered) is
the figure to trust: throughput depends on who else uses the machine. Servers run on one CPU, the client on another,
and servers take turns, round after round.
"""

import argparse
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import cases  # noqa: E402
import growth_cases  # noqa: E402
import login_cases  # noqa: E402
import portal_cases  # noqa: E402
import servers  # noqa: E402
import sso_cases  # noqa: E402

CASES = {**cases.CASES, **sso_cases.CASES, **login_cases.CASES, **growth_cases.CASES, **portal_cases.CASES}


def machine_lines(bench):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) // 1024
    load = os.getloadavg()
    return [
        f"- {len(bench.cpus)} CPUs usable ({models[0] if models else platform.machine()}), {memory} MiB, "
        f"Linux {platform.release()}; load average at the start {load[0]:.2f}",
        f"- servers on CPU {bench.server_cpu}, client on CPU {bench.client_cpu}"
        + ("" if bench.server_cpu != bench.client_cpu else ", the same: throughput means little here"),
        f"- {servers.first_line(servers.nginx_program(), '-v')}; {servers.first_line('cc', '--version')}; "
        f"commit {commit()}",
        f"- {bench.rounds} rounds of {bench.seconds:g} s each, shorter ones for sso-svc; figures are median (least–most) "
        "of the rounds",
        "- the daemons log a line for every request, to a file, as they do by default; nginx's access log is off",
    ]


def commit():
    answer = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or "unknown (no git here)"


def goal_table(goals):
    words = {True: "met", False: "MISSED", None: "not judged"}
    lines = ["| # | what | seen | goal | |", "|---|---|---|---|---|"]
    lines += [f"| {goal.number} | {goal.what} | {goal.seen} | {goal.goal} | {words[goal.met]} |" for goal in goals]
    return lines


def report(bench, sections, goals, seconds):
    lines = ["# Bench", "", f"Made by `make bench` on {time.strftime('%Y-%m-%d')} in {seconds:.0f} s.", ""]
    lines += [*machine_lines(bench), "", "## Goals", "", *goal_table(goals), ""]
    for section in sections:
        lines += [*section, ""]
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="the tree with the programs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of one round")
    parser.add_argument("--only", default="", help="cases, separated by commas: " + ",".join(CASES))
    parser.add_argument("--report", type=pathlib.Path, default=ROOT / "bench" / "report.md")
    options = parser.parse_args()
    wanted = [name for name in options.only.split(",") if name] or list(CASES)
    unknown = [name for name in wanted if name not in CASES]
    if unknown:
        parser.error(f"no case {', '.join(unknown)}")
    if servers.nginx_program() is None:
        parser.error("nginx is not installed; try make packages")

    begun = time.monotonic()
    sections, goals = [], []
    for name in wanted:
        print(f"bench: {name} …", flush=True)
        with tempfile.TemporaryDirectory(prefix="poly-bench-") as directory:
            with servers.Bench(directory, options.rounds, options.seconds) as bench:
                section, reached = CASES[name](bench)
        bench.rounds, bench.seconds = options.rounds, options.seconds
        sections.append(section)
        goals += reached
        for goal in reached:
            print(f"  {goal.number} {goal.what}: {goal.seen}, goal {goal.goal}", flush=True)
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(report(bench, sections, goals, time.monotonic() - begun), encoding="utf-8")
    print(f"bench: {sum(goal.met is True for goal in goals)} goals met, {sum(goal.met is False for goal in goals)} "
          f"missed, {sum(goal.met is None for goal in goals)} not judged; see {options.report}")


if __name__ == "__main__":
    main()
