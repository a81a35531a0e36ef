# SPDX-License-Identifier: MIT
"""What the fault tests say together: a line for each fault on the terminal, and each test of it in a file."""

import collections
import time

import pytest

import machine
from faults import FAULTS

OUTCOMES = ("passed", "failed", "skipped", "left out")


def numbers_of(item):
    """The faults that a test shows; none when it does not say."""
    mark = item.get_closest_marker("fault")
    return mark.args if mark else ()


class Report:
    """A pytest plugin. Tests that are deselected count as left out."""

    def __init__(self, path):
        self.path = path
        self.numbers = {}  # {test: faults}
        self.outcomes = {}  # {test: outcome}, of those that ran
        self._begun = time.monotonic()

    # --- what pytest tells ---

    def pytest_itemcollected(self, item):
        self.numbers[item.nodeid] = numbers_of(item)

    def pytest_runtest_logreport(self, report):
        before = self.outcomes.get(report.nodeid)
        if report.failed or before == "failed":
            self.outcomes[report.nodeid] = "failed"
        elif report.skipped:
            self.outcomes[report.nodeid] = "skipped"
        elif report.when == "call":
            self.outcomes[report.nodeid] = "passed"

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter):
        terminalreporter.write_sep("=", "faults")
        for line in self.lines():
            terminalreporter.write_line(line)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("\n".join(self.document()) + "\n", encoding="utf-8")

    # --- what is made of it ---

    def tests_of(self, number):
        return [test for test, numbers in self.numbers.items() if number in numbers]

    def strays(self):
        """Tests that say no fault of the list."""
        return [test for test, numbers in self.numbers.items() if not set(numbers) & set(FAULTS)]

    def counts(self, tests):
        return collections.Counter(self.outcomes.get(test, "left out") for test in tests)

    def verdict(self, tests):
        if not tests:
            return "NO TEST"
        counts = self.counts(tests)
        return ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts[outcome])

    def lines(self):
        lines = [
            f"{number:2} {self.verdict(self.tests_of(number))}: {what} → {holds}"
            for number, (what, holds) in FAULTS.items()
        ]
        if self.strays():
            lines.append(f" – {self.verdict(self.strays())}: of no fault of the list, such as {self.strays()[0]}")
        return lines

    def document(self):
        yield from ["# Faults", "", f"Made by `make fault` on {time.strftime('%Y-%m-%d')} in "
                    f"{time.monotonic() - self._begun:.0f} s, on {machine.describe()}; commit {machine.commit()}.", ""]
        for number, (what, holds) in FAULTS.items():
            yield from [f"## {number}. {what}", "", f"{holds[0].upper()}{holds[1:]}. {self.verdict(self.tests_of(number))}.", ""]
            yield from self.rows(number)
        yield "`make fault` runs them all, `pytest tests/fault/FILE.py -k NAME` one of them."

    def rows(self, number):
        """A line for each test, its parameters folded."""
        folded = {}
        for test in self.tests_of(number):
            folded.setdefault(test.partition("[")[0], []).append(test)
        for name, tests in folded.items():
            file, _, function = name.rpartition("/")[2].partition("::")
            said = function.removeprefix("test_").replace("_", " ")
            yield f"- {said} (`{file}`): {self.verdict(tests)}"
        if folded:
            yield ""
