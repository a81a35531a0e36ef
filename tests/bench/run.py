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
import dataclasses
import os
import pathlib
import shutil
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import cases  # noqa: E402
import compare  # noqa: E402
import figures  # noqa: E402
import growth_cases  # noqa: E402
import login_cases  # noqa: E402
import machine  # noqa: E402
import portal_cases  # noqa: E402
import scaling_cases  # noqa: E402
import servers  # noqa: E402
import services_cases  # noqa: E402
import sso_cases  # noqa: E402
import traffic_cases  # noqa: E402
import traffic_growth_cases  # noqa: E402
import traffic_kiosk_cases  # noqa: E402
import traffic_sync_cases  # noqa: E402

CASES = {
    **cases.CASES,
    **scaling_cases.CASES,
    **sso_cases.CASES,
    **login_cases.CASES,
    **growth_cases.CASES,
    **portal_cases.CASES,
    **services_cases.CASES,
    **traffic_cases.CASES,
    **traffic_sync_cases.CASES,
    **traffic_kiosk_cases.CASES,
    **traffic_growth_cases.CASES,
}

# For everyday use, the quickest that tell most first; what finds no time is named.
QUICK = ("B1", "B5", "B6", "B8", "portal-week", "B2", "portal-login", "B12")
QUICK_ROUNDS, QUICK_SECONDS, QUICK_LIMIT = 3, 0.8, 150

BASELINE = ROOT / "bench" / "baseline.json"


@dataclasses.dataclass
class Outcome:
    """Of one run of a case. One that failed has a goal that says so, and is missed."""

    name: str
    section: list
    goals: list
    seconds: float
    failed: bool = False

    def figures(self):
        """{name: figure}; nothing of a case that failed."""
        return {} if self.failed else compare.figures_of(self.goals)


def run_case(name, options):
    print(f"bench: {name} …", flush=True)
    begun = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="poly-bench-") as directory:
            with servers.Bench(directory, options.rounds, options.seconds) as bench:
                bench.pictures, bench.case = options.report.parent / "pictures", name
                bench.rows = options.rows
                section, goals = CASES[name](bench)
        outcome = Outcome(name, section, goals, time.monotonic() - begun)
    except Exception as fault:  # whatever it is, the others are measured
        traceback.print_exc()
        outcome = failure(name, fault, time.monotonic() - begun)
    for goal in outcome.goals:
        print(f"  {goal.number} {goal.what}: {goal.seen}, goal {goal.goal}", flush=True)
    print(f"  took {outcome.seconds:.0f} s", flush=True)
    return outcome


def failure(name, fault, seconds):
    said = f"{type(fault).__name__}: {fault}".splitlines()[0][:300]
    section = [f"## {name}: FAILED", "", f"The case ended early, so nothing is known: `{said}`"]
    return Outcome(name, section, [figures.Goal(name, "the case itself", "FAILED", "it ends well", False)], seconds, True)


def run_all(wanted, options):
    """The outcomes, and the names of cases for which there was no time."""
    begun = time.monotonic()
    outcomes, left_out = [], []
    for name in wanted:
        if options.limit and time.monotonic() - begun > options.limit:
            left_out.append(name)
        else:
            outcomes.append(run_case(name, options))
    return outcomes, left_out


# --- the report ---


def machine_lines(options):
    cpus = sorted(os.sched_getaffinity(0))
    together = "" if len(cpus) > 1 else ", the same: throughput means little here"
    return [
        f"- {machine.describe()}; load average at the start {options.load:.2f}",
        f"- servers on CPU {cpus[0]}, client on CPU {cpus[min(1, len(cpus) - 1)]}{together}",
        f"- {servers.first_line(servers.nginx_program(), '-v')}; {servers.first_line('cc', '--version')}; "
        f"commit {machine.commit()}",
        f"- {options.rounds} rounds of {options.seconds:g} s each, shorter ones for sso-svc; figures are median (least–most) "
        "of the rounds",
        "- the daemons log a line for every request, to a file, as they do by default; nginx's access log is off",
    ]


def goal_table(outcomes):
    words = {True: "met", False: "MISSED", None: "not judged"}
    lines = ["| # | what | seen | goal | | again by |", "|---|---|---|---|---|---|"]
    for outcome in outcomes:
        for goal in outcome.goals:
            again = f"`make bench BENCH='--only {outcome.name}'`"
            lines.append(f"| {goal.number} | {goal.what} | {goal.seen} | {goal.goal} | {words[goal.met]} | {again} |")
    return lines


def report(options, outcomes, left_out, findings):
    taken = sum(outcome.seconds for outcome in outcomes)
    lines = ["# Bench", "", f"Made by `{options.command}` on {time.strftime('%Y-%m-%d')} in {taken:.0f} s.", ""]
    lines += [*machine_lines(options), ""]
    if left_out:
        lines += [f"Left out for lack of time: {', '.join(left_out)}.", ""]
    if findings:
        lines += ["## Against the baseline", "", *compare.table(findings), ""]
    lines += ["## Goals", "", *goal_table(outcomes), ""]
    for outcome in outcomes:
        lines += [*outcome.section, ""]
    return "\n".join(lines).rstrip() + "\n"


# --- against the baseline ---


def compare_all(outcomes, options):
    """The findings; cases with something worse are run a second time."""
    baseline = compare.load(options.baseline)
    same_machine = compare.is_same_machine(baseline, machine.facts())
    found = []
    for number, outcome in enumerate(outcomes):
        before = baseline["cases"].get(outcome.name, {}).get("figures", {})
        runs = [outcome.figures()]
        findings = compare.find(outcome.name, before, runs, same_machine, options.threshold)
        if compare.needs_a_second_run(findings):
            outcomes[number] = run_case(outcome.name, options)
            runs = [run for run in runs if run] + [outcomes[number].figures()]
            findings = compare.find(outcome.name, before, runs, same_machine, options.threshold)
        found += findings
    return found


def tell_findings(findings):
    for each in findings:
        if each.verdict != compare.SAME:
            print(f"bench: {each.verdict}: {each.case}, {each.what}: {each.before} → {each.now} {each.change}")
    bad = [each for each in findings if each.verdict in compare.BAD]
    counts = {verdict: sum(each.verdict == verdict for each in findings) for verdict in {f.verdict for f in findings}}
    print("bench-compare: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    return not bad


def write_baseline(outcomes, options):
    before = compare.load(options.baseline) if options.baseline.exists() else None
    measured = {outcome.name: outcome.figures() for outcome in outcomes if outcome.figures()}
    fresh = compare.update(before, machine.facts(), measured, commit=machine.commit(), rounds=options.rounds,
                           seconds=options.seconds, load=round(options.load, 2))
    compare.save(options.baseline, fresh)
    print(f"bench: baseline of {', '.join(measured)} in {options.baseline}")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="the tree with the programs")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of one round")
    parser.add_argument("--rows", type=int, default=10_000_000, help="marks of traffic-growth")
    parser.add_argument("--only", default="", help="cases, separated by commas: " + ",".join(CASES))
    parser.add_argument("--report", type=pathlib.Path, default=ROOT / "bench" / "report.md")
    parser.add_argument("--quick", action="store_true", help=f"{', '.join(QUICK)}, briefly, as far as there is time")
    parser.add_argument("--compare", action="store_true", help="against the baseline; ends with 1 after a regression")
    parser.add_argument("--threshold", type=float, default=compare.THRESHOLD, help="what part worse is worth a second run")
    parser.add_argument("--baseline", type=pathlib.Path, default=BASELINE)
    parser.add_argument("--write-baseline", action="store_true", help="keep the figures for --compare")
    options = parser.parse_args()
    options.rounds = options.rounds or (QUICK_ROUNDS if options.quick else 5)
    options.seconds = options.seconds or (QUICK_SECONDS if options.quick else 3.0)
    options.limit = QUICK_LIMIT if options.quick else None
    options.wanted = [name for name in options.only.split(",") if name] or list(QUICK if options.quick else CASES)
    options.load = os.getloadavg()[0]
    options.command = "make bench-quick" if options.quick else "make bench"
    unknown = [name for name in options.wanted if name not in CASES]
    if unknown:
        parser.error(f"no case {', '.join(unknown)}")
    if servers.nginx_program() is None:
        parser.error("nginx is not installed; try make packages")
    if options.compare and not options.baseline.exists():
        parser.error(f"there is no {options.baseline}; make bench BENCH=--write-baseline makes it")
    return options


def main():
    options = read_options()
    if options.report.parent.exists() and not options.only:
        shutil.rmtree(options.report.parent / "pictures", ignore_errors=True)
    outcomes, left_out = run_all(options.wanted, options)
    findings = compare_all(outcomes, options) if options.compare else []
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(report(options, outcomes, left_out, findings), encoding="utf-8")
    if options.write_baseline:
        write_baseline(outcomes, options)
    if left_out:
        print(f"bench: left out for lack of time: {', '.join(left_out)}")
    goals = [goal for outcome in outcomes for goal in outcome.goals]
    failed = [outcome.name for outcome in outcomes if outcome.failed]
    print(f"bench: {sum(goal.met is True for goal in goals)} goals met, {sum(goal.met is False for goal in goals)} "
          f"missed, {sum(goal.met is None for goal in goals)} not judged; see {options.report}")
    if failed:
        print(f"bench: FAILED cases: {', '.join(failed)}")
    well = tell_findings(findings) if findings else True
    sys.exit(1 if failed or not well else 0)


if __name__ == "__main__":
    main()
