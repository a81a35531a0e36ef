#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints the line coverage of the library and the daemons from the counters of a COVERAGE=1 build.

coverage.py BUILD_TREE [--minimum PERCENT]

Lists every source, the modules and the whole. Fails when the library or a daemon's file with no HTTP in it (its
domain) is below the minimum, 90.
"""

import argparse
import collections
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

MINIMUM = 90.0
MEASURED = ("libpolyshared/src/", "-svc/", "demo/campus-sim/")


def object_data_files(tree):
    return [path for path in tree.rglob("*.gcda") if "obj/tests/" not in str(path)]


def read_counters(tree):
    """{source: {line: highest count}} over all objects."""
    lines = collections.defaultdict(dict)
    with tempfile.TemporaryDirectory() as scratch:
        for number, data in enumerate(object_data_files(tree)):
            place = pathlib.Path(scratch) / str(number)
            place.mkdir()
            subprocess.run(
                ["gcov", "--json-format", str(data.resolve())], cwd=place, check=True, stdout=subprocess.DEVNULL
            )
            for report in place.glob("*.gcov.json.gz"):
                with gzip.open(report, "rt", encoding="utf-8") as file:
                    add_report(json.load(file), lines)
    return lines


def add_report(report, lines):
    for entry in report["files"]:
        source = entry["file"].removeprefix("./")
        if source.startswith("/") or not source.endswith(".c") or not any(part in source for part in MEASURED):
            continue
        counts = lines[source]
        for line in entry["lines"]:
            number = line["line_number"]
            counts[number] = max(counts.get(number, 0), line["count"])


def untouched_sources(tree, lines):
    """Sources that were compiled and never ran: they count in full."""
    for notes in tree.rglob("*.gcno"):
        source = str(notes.relative_to(tree / "obj")).removesuffix(".gcno") + ".c"
        if any(part in source for part in MEASURED) and not source.startswith("tests/") and source not in lines:
            if not source.startswith("generated/"):
                yield source


def is_domain(source):
    """A daemon's rules: a file that takes no request."""
    if "-svc/" not in source:
        return False
    text = pathlib.Path(source).read_text(encoding="utf-8")
    return "poly_request" not in text and pathlib.Path(source).name not in ("main.c", "config.c", "routes.c")


def percent(counts):
    return 100.0 * sum(1 for count in counts if count > 0) / len(counts) if counts else 100.0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tree", type=pathlib.Path)
    parser.add_argument("--minimum", type=float, default=MINIMUM)
    options = parser.parse_args()

    lines = read_counters(options.tree)
    faults = [f"{source} never ran" for source in untouched_sources(options.tree, lines)]
    modules = collections.defaultdict(list)
    for source in sorted(lines):
        counts = list(lines[source].values())
        module = str(pathlib.Path(source).parent)
        modules[module] += counts
        if source.startswith("libpolyshared/"):
            modules["libpolyshared"] += counts
        share = percent(counts)
        mark = ""
        if is_domain(source):
            mark = "domain"
            if share < options.minimum:
                faults.append(f"{source} is at {share:.1f} %")
        missed = [number for number, count in sorted(lines[source].items()) if count == 0]
        print(f"{share:6.1f} %  {len(counts):5} lines  {source}  {mark}  {missing_text(missed)}".rstrip())
    print()
    for module, counts in sorted(modules.items()):
        print(f"{percent(counts):6.1f} %  {len(counts):5} lines  {module}")
    if percent(modules["libpolyshared"]) < options.minimum:
        faults.append(f"libpolyshared is at {percent(modules['libpolyshared']):.1f} %")
    for fault in faults:
        print(f"coverage: {fault}, the goal is {options.minimum:.0f} %", file=sys.stderr)
    print(f"coverage: {percent(modules['libpolyshared']):.1f} % of libpolyshared, {len(faults)} below the goal")
    return 1 if faults else 0


def missing_text(numbers):
    """The lines that never ran, as ranges, the first few."""
    ranges = []
    for number in numbers:
        if ranges and number <= ranges[-1][1] + 2:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in ranges]
    return ("not run: " + " ".join(texts[:12]) + (" …" if len(texts) > 12 else "")) if texts else ""


if __name__ == "__main__":
    sys.exit(main())
