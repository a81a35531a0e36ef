# SPDX-License-Identifier: MIT
"""The figures of a run held against those of a baseline: what is a regression, and what is noise.

A figure is worse when its median is by more than THRESHOLD beyond the baseline's and no round of it is as good as the
baseline's worst one; it is a regression when a second run of the case says so too. Ratios to a reference that was measured
in the same rounds are comparable on any machine, all else on the same kind of machine only.
"""

import dataclasses
import json
import time

from figures import Spread

THRESHOLD = 0.10

SAME, BETTER, WORSE, NOISE = "same", "better", "worse", "noise"
REGRESSION, NEW, GONE, ELSEWHERE, FAILED = "REGRESSION", "new", "GONE", "another machine", "FAILED"
BAD = (REGRESSION, GONE, FAILED)


@dataclasses.dataclass
class Finding:
    case: str
    what: str
    before: str
    now: str
    change: str
    verdict: str


# --- figures as they are kept ---


def figures_of(goals):
    """{name: figure} of the goals that have something to compare."""
    figures = {}
    for goal in goals:
        if goal.spread is not None:
            spread = {"least": goal.spread.least, "median": goal.spread.median, "most": goal.spread.most}
            rest = {"unit": goal.unit, "at_least": goal.at_least, "goal": goal.goal, "met": goal.met}
            figures[f"{goal.number} {goal.what}"] = {**spread, **rest}
    return figures


def spread_of(figure):
    return Spread(figure["least"], figure["median"], figure["most"])


def text_of(figure):
    space = "" if figure["unit"] in ("×", "/s") else " "
    return f"{figure['median']:.4g}{space}{figure['unit']} ({figure['least']:.4g}–{figure['most']:.4g})"


# --- judging ---


def badness(figure):
    """The figure turned so that less is better."""
    spread = spread_of(figure)
    if not figure["at_least"]:
        return spread
    return Spread(1 / spread.most, 1 / spread.median, 1 / spread.least)


def comparable(figure):
    """Differences that are about nothing have no ratio."""
    return figure["least"] > 0


def change_of(before, now):
    """By what part of itself the figure is worse now; less than nothing is better."""
    return badness(now).median / badness(before).median - 1


def compare(before, now, threshold=THRESHOLD):
    """One run's figure against the baseline's."""
    if not (comparable(before) and comparable(now)):
        return NOISE
    change, was, now_is = change_of(before, now), badness(before), badness(now)
    if change > threshold:
        return WORSE if now_is.least > was.most else NOISE
    if change < -threshold:
        return BETTER if now_is.most < was.least else NOISE
    return SAME


def verdict(before, runs, same_machine=True, threshold=THRESHOLD):
    """`runs`: the figure of each run of the case, the first one first."""
    if before["unit"] != "×" and not same_machine:
        return ELSEWHERE
    seen = [compare(before, run, threshold) for run in runs]
    if seen[0] != WORSE:
        return seen[0]
    if len(seen) == 1:
        return WORSE
    return REGRESSION if all(each == WORSE for each in seen) else NOISE


def find(case, before, runs, same_machine=True, threshold=THRESHOLD):
    """The findings about a case: `before` and each run are {name: figure}, an empty run is one that failed."""
    if not all(runs):
        return [Finding(case, "the case itself", "", "", "", FAILED)]
    findings = []
    for name, figure in before.items():
        seen = [run[name] for run in runs if name in run]
        if len(seen) < len(runs):
            findings.append(Finding(case, name, text_of(figure), "–", "", GONE))
            continue
        change = f"{change_of(figure, seen[-1]):+.0%}" if comparable(figure) and comparable(seen[-1]) else "–"
        judged = verdict(figure, seen, same_machine, threshold)
        findings.append(Finding(case, name, text_of(figure), text_of(seen[-1]), change, judged))
    for name in runs[-1]:
        if name not in before:
            findings.append(Finding(case, name, "–", text_of(runs[-1][name]), "", NEW))
    return findings


def needs_a_second_run(findings):
    return any(finding.verdict in (WORSE, FAILED) for finding in findings)


def table(findings):
    lines = ["| case | what | baseline | now | worse by | |", "|---|---|---|---|---|---|"]
    for each in findings:
        lines.append(f"| {each.case} | {each.what} | {each.before} | {each.now} | {each.change} | {each.verdict} |")
    return lines


# --- the baseline's file ---


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def is_same_machine(baseline, machine):
    return all(baseline["machine"][key] == machine[key] for key in ("processor", "cpus"))


def update(baseline, machine, cases, **how):
    """The baseline with these cases ({name: {name: figure}}) measured anew; another machine's figures go. `how` is what
    there is to say of the run: its commit, rounds, seconds, and the load of the machine."""
    kept = baseline["cases"] if baseline and is_same_machine(baseline, machine) else {}
    made = {**how, "date": time.strftime("%Y-%m-%d")}
    fresh = {name: {**made, "figures": figures} for name, figures in cases.items()}
    return {"machine": machine, "cases": {**kept, **fresh}}


def save(path, baseline):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(baseline, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
