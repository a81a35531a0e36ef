# SPDX-License-Identifier: MIT
"""The bench tells a regression from noise, keeps a baseline, and goes on after a case that fails."""

import json
import subprocess
import sys

import pytest

from poly_process import ROOT

sys.path.insert(0, str(ROOT / "tests" / "bench"))

import compare  # noqa: E402
import figures  # noqa: E402
import picture  # noqa: E402
from figures import Spread  # noqa: E402


def figure(least, median, most, unit="×", at_least=False):
    return {"least": least, "median": median, "most": most, "unit": unit, "at_least": at_least, "goal": "", "met": True}


USUAL = figure(0.98, 1.0, 1.02)


@pytest.mark.parametrize(
    "now, expected",
    [
        (figure(0.99, 1.01, 1.04), compare.SAME),
        (figure(0.90, 0.95, 1.00), compare.SAME),
        (figure(1.15, 1.20, 1.25), compare.WORSE),
        (figure(1.01, 1.20, 1.50), compare.NOISE),  # one round was as good as ever
        (figure(0.70, 0.80, 0.90), compare.BETTER),
        (figure(0.70, 0.80, 0.99), compare.NOISE),
        (figure(1.05, 1.09, 1.20), compare.SAME),  # apart, but not by enough to matter
    ],
)
def test_less_is_better(now, expected):
    assert compare.compare(USUAL, now) == expected


@pytest.mark.parametrize(
    "now, expected",
    [
        (figure(0.75, 0.80, 0.85, at_least=True), compare.WORSE),
        (figure(0.75, 0.80, 0.99, at_least=True), compare.NOISE),
        (figure(1.15, 1.20, 1.30, at_least=True), compare.BETTER),
        (figure(0.95, 0.97, 1.00, at_least=True), compare.SAME),
    ],
)
def test_more_is_better(now, expected):
    before = figure(0.98, 1.0, 1.02, at_least=True)
    assert compare.compare(before, now) == expected


def test_the_threshold():
    now = figure(1.25, 1.3, 1.35)
    assert compare.compare(USUAL, now, threshold=0.5) == compare.SAME
    assert compare.compare(USUAL, now, threshold=0.2) == compare.WORSE


def test_what_is_worse_once_is_noise_and_twice_a_regression():
    worse, fine = figure(1.2, 1.3, 1.4), figure(0.97, 1.0, 1.1)
    assert compare.verdict(USUAL, [worse]) == compare.WORSE
    assert compare.verdict(USUAL, [worse, fine]) == compare.NOISE
    assert compare.verdict(USUAL, [worse, worse]) == compare.REGRESSION


def test_only_ratios_are_compared_across_machines():
    slow = figure(200, 210, 220, unit="µs")
    assert compare.verdict(figure(100, 110, 120, unit="µs"), [slow], same_machine=False) == compare.ELSEWHERE
    assert compare.verdict(figure(100, 110, 120, unit="µs"), [slow], same_machine=True) == compare.WORSE
    assert compare.verdict(USUAL, [figure(2, 2, 2)], same_machine=False) == compare.WORSE


def test_a_difference_about_nothing_has_no_ratio():
    assert compare.compare(figure(-0.7, 0.1, 3.5, "µs"), figure(2, 4, 6, "µs")) == compare.NOISE


def test_figures_that_are_new_gone_or_failed():
    before = {"a": USUAL, "b": USUAL}
    verdicts = {each.what: each.verdict for each in compare.find("B1", before, [{"a": USUAL, "c": USUAL}])}
    assert verdicts == {"a": compare.SAME, "b": compare.GONE, "c": compare.NEW}
    [finding] = compare.find("B1", before, [{}])
    assert finding.verdict == compare.FAILED
    assert compare.needs_a_second_run([finding])


def test_a_second_run_is_for_what_is_worse():
    worse, same = {"a": figure(1.2, 1.3, 1.4)}, {"a": USUAL}
    assert compare.needs_a_second_run(compare.find("B1", {"a": USUAL}, [worse]))
    assert not compare.needs_a_second_run(compare.find("B1", {"a": USUAL}, [same]))
    [finding] = compare.find("B1", {"a": USUAL}, [worse, worse])
    assert finding.verdict == compare.REGRESSION in compare.BAD
    assert finding.change == "+30%"
    assert "| B1 | a | 1× (0.98–1.02) | 1.3× (1.2–1.4) | +30% | REGRESSION |" in compare.table([finding])


def test_a_baseline_keeps_the_cases_that_were_not_measured_again(tmp_path):
    here, there = {"processor": "x", "cpus": 2}, {"processor": "y", "cpus": 2}
    first = compare.update(None, here, {"B1": {"a": USUAL}, "B2": {"b": USUAL}}, commit="c1")
    path = tmp_path / "bench" / "baseline.json"
    compare.save(path, first)
    assert compare.load(path) == first
    second = compare.update(first, here, {"B2": {"b": figure(2, 2, 2)}}, commit="c2")
    assert second["cases"]["B1"]["commit"] == "c1" and second["cases"]["B2"]["commit"] == "c2"
    assert compare.is_same_machine(second, here) and not compare.is_same_machine(second, there)
    assert list(compare.update(first, there, {"B2": {}}, commit="c3")["cases"]) == ["B2"]


def test_ratios_are_taken_round_by_round():
    """A neighbour who slows both down in one round does no harm."""
    ours, theirs = Spread.of([10, 20, 10]), Spread.of([20, 40, 20])
    assert ours.over(theirs) == Spread(0.5, 0.5, 0.5, (0.5, 0.5, 0.5))
    goal = figures.ratio_goal("B1", "it", ours, theirs, 0.6)
    assert goal.met and goal.seen == "0.50×"
    assert compare.figures_of([goal])["B1 it"]["most"] == 0.5
    calm_then_busy = Spread.of([10, 10, 20]), Spread.of([20, 40, 40])
    assert calm_then_busy[0].over(calm_then_busy[1]).median == 0.5  # the medians' ratio would be 0.25


def test_goals_of_numbers_and_of_rounds():
    assert figures.limit_goal("B1", "it", 3, 2, "ms").seen == "3.0 ms"
    assert figures.limit_goal("B1", "it", Spread.of([1, 2, 3]), 2, "ms").seen == "2.0 (1.0–3.0) ms"
    assert figures.ratio_goal("B1", "it", 9, 10, 0.8, at_least=True).met
    assert not figures.rate_goal("B1", "it", Spread.of([5, 6, 7]), 10).met
    assert compare.figures_of([figures.Goal("B1", "it", "1", "1", True)]) == {}


def test_a_case_that_fails_is_told_and_the_next_is_measured(tmp_path):
    """The runner itself, with cases of the test's."""
    runner = f"""
import sys
sys.argv = ["run.py", "--report", {str(tmp_path / "report.md")!r}, "--write-baseline",
            "--baseline", {str(tmp_path / "baseline.json")!r}] + sys.argv[1:]
sys.path.insert(0, {str(ROOT / "tests" / "bench")!r})
import run, figures
value = float(sys.argv.pop())
run.CASES.clear()
def breaks(bench): raise ValueError("no luck")
def works(bench): return ["## works"], [figures.ratio_goal("B9", "it", figures.Spread.of([value] * 3), 1, 2)]
if value < 9: run.CASES["breaks"] = breaks
run.CASES["works"] = works
run.servers.nginx_program = lambda: "/bin/true"
run.servers.first_line = lambda *command: "-"
run.main()
"""
    def bench(*words):
        return subprocess.run(["/usr/bin/python3", "-c", runner, *words], capture_output=True, text=True, timeout=60, check=False)

    first = bench("1")
    assert first.returncode == 1, first.stderr
    assert "ValueError: no luck" in first.stderr and "FAILED cases: breaks" in first.stdout
    assert "B9 it: 1.00×" in first.stdout
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| breaks | the case itself | FAILED |" in report and "## works" in report
    kept = json.loads((tmp_path / "baseline.json").read_text(encoding="utf-8"))
    assert list(kept["cases"]) == ["works"]
    again = bench("--compare", "9")
    assert again.returncode == 1, again.stderr
    assert "REGRESSION: works, B9 it: 1× (1–1) → 9× (9–9) +800%" in again.stdout
    assert bench("--compare", "9").returncode == 0  # it is the baseline now


def test_a_picture_says_all_points():
    curve = picture.Curve("A title's", "x", "y", {"one": [(1, Spread(1, 2, 3)), (10, 5)]})
    script = picture.script(curve, "/tmp/x.svg")
    assert "1 2 1 3\n10 5 5 5" in script and "A title’s" in script and "set logscale x" in script
