#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reports the line coverage of the library's modules and the daemons' domain files, from a COVERAGE=1 build's counters.

coverage.py BUILD_TREE [--report FILE] [--lines] [--minimum PERCENT]

A domain file is a daemon's file that takes no request: its rules, and its store. Prints the report and writes it to
FILE; with --lines prints every source and the lines that never ran instead. Fails when a module or a domain file is below
the minimum, 90.
"""

import argparse
import collections
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "support"))

import machine  # noqa: E402

MINIMUM = 90.0
LIBRARY = "libpolyshared/src/"
DAEMON = re.compile(r"[a-z]+-svc/[^/]+")
MEASURED = re.compile(rf"({LIBRARY}|[a-z]+-svc/|demo/campus-sim/).+\.c")
NO_DOMAIN = ("main.c", "config.c", "routes.c")


# --- counters ---


def is_measured(source):
    return MEASURED.fullmatch(source) and pathlib.Path(source).exists()


def read_counters(tree):
    """{source: {line: highest count}} over all objects, and whose counters are of another compilation and left out."""
    lines = collections.defaultdict(dict)
    stale = []
    objects = tree / "obj"
    notes = [path for path in objects.rglob("*.gcno") if is_measured(f"{path.relative_to(objects).with_suffix('')}.c")]
    with tempfile.TemporaryDirectory() as scratch:
        for number, note in enumerate(notes):
            place = pathlib.Path(scratch) / str(number)
            place.mkdir()
            said = subprocess.run(
                ["gcov", "--json-format", str(note.resolve())], cwd=place, check=False, capture_output=True, text=True
            )
            if "stamp mismatch" in said.stderr:
                stale.append(str(note.relative_to(objects).with_suffix(".c")))
            elif said.returncode != 0:
                sys.exit(f"coverage: gcov failed: {said.stderr.strip()}")
            for report in place.glob("*.gcov.json.gz"):
                with gzip.open(report, "rt", encoding="utf-8") as file:
                    add_report(json.load(file), lines)
    return lines, sorted(stale)


def add_report(report, lines):
    for entry in report["files"]:
        source = entry["file"].removeprefix("./")
        if source.startswith("/") or not is_measured(source) or not entry["lines"]:
            continue
        counts = lines[source]
        for line in entry["lines"]:
            number = line["line_number"]
            counts[number] = max(counts.get(number, 0), line["count"])


# --- what they say ---


def is_domain(source):
    path = pathlib.Path(source)
    if not DAEMON.fullmatch(source) or path.name in NO_DOMAIN:
        return False
    return "poly_request" not in path.read_text(encoding="utf-8")


def group(lines):
    """{name: [counts of lines]} of the library, its modules, and the domain files."""
    groups = collections.defaultdict(list)
    for source, counts in sorted(lines.items()):
        if source.startswith(LIBRARY):
            groups["libpolyshared"] += counts.values()
            groups[str(pathlib.Path(source).parent)] += counts.values()
        elif is_domain(source):
            groups[source] += counts.values()
    return groups


def percent(counts):
    return 100.0 * sum(1 for count in counts if count > 0) / len(counts)


def missing_text(counts):
    """The lines that never ran, as ranges."""
    ranges = []
    for number in sorted(number for number, count in counts.items() if count == 0):
        if ranges and number <= ranges[-1][1] + 2:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def write_report(groups, minimum):
    texts = [
        "# Line coverage",
        "",
        f"Of commit {machine.commit()}, by the unit and integration tests; `make coverage` measures it "
        f"again. A module or a domain file below {minimum:.0f} % fails it.",
        "",
        "| part | lines | run |",
        "|---|---:|---:|",
    ]
    texts += [f"| {name} | {len(counts)} | {percent(counts):.1f} % |" for name, counts in sorted(groups.items())]
    return "\n".join(texts) + "\n"


def print_lines(lines):
    for source, counts in sorted(lines.items()):
        missing = missing_text(counts)
        print(f"{percent(counts.values()):6.1f} %  {len(counts):5} lines  {source}{missing and '  not run: ' + missing}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tree", type=pathlib.Path)
    parser.add_argument("--report", type=pathlib.Path)
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("--minimum", type=float, default=MINIMUM)
    options = parser.parse_args()

    lines, stale = read_counters(options.tree)
    groups = group(lines)
    if not groups["libpolyshared"]:
        sys.exit(f"coverage: there is nothing of the library in {options.tree}")
    report = write_report(groups, options.minimum)
    if options.report:
        options.report.write_text(report, encoding="utf-8")
    if options.lines:
        print_lines(lines)
    else:
        print(report)
    if stale:
        some = ", ".join(stale[:3]) + (" …" if len(stale) > 3 else "")
        print(f"coverage: compiled again since they ran, and not counted ({len(stale)}): {some}", file=sys.stderr)
    below = [name for name, counts in sorted(groups.items()) if percent(counts) < options.minimum]
    for name in below:
        missing = f"; not run: {missing_text(lines[name])}" if name in lines else ""
        print(f"coverage: {name} is at {percent(groups[name]):.1f} %, not {options.minimum:.0f} %{missing}", file=sys.stderr)
    print(f"coverage: {percent(groups['libpolyshared']):.1f} % of libpolyshared, {len(below)} below the goal")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
