# SPDX-License-Identifier: MIT
"""What the soak makes of its samples: trends that no restart hides or makes up, and what was not served without a fault."""

import sys

import pytest

from poly_process import ROOT

sys.path.insert(0, str(ROOT / "tests" / "bench"))

import soak_figures  # noqa: E402
from soak_figures import Fault, Sample, Window  # noqa: E402


def samples(life, start, ages, value_of):
    return [Sample("sso-svc", life, start + age, age, value_of(age), 40, 8) for age in ages]


def test_a_leak_shows_through_restarts():
    """Each process begins anew, so that the whole looks flat; each of them grows."""
    leaky = [each for life in range(5) for each in samples(life, life * 900, range(0, 900, 5), lambda age: 1000 + 2 * age)]
    trend = soak_figures.trend(leaky, "sso-svc", "resident")
    assert trend.per_hour == pytest.approx(7200)
    assert trend.lives == 5 and trend.longest_minutes == pytest.approx(895 / 60)
    assert soak_figures.trend(leaky, "sso-svc", "descriptors").per_hour == pytest.approx(0)


def test_levels_that_differ_are_no_trend():
    """One process has a larger cache than the next; none grows."""
    steady = [each for life in range(4) for each in samples(life, life * 900, range(0, 900, 5), lambda age: 1000 * (life + 1))]
    assert soak_figures.trend(steady, "sso-svc", "resident").per_hour == pytest.approx(0)


def test_warming_up_is_no_leak():
    warming = samples(1, 0, range(0, 900, 5), lambda age: min(age, 50) * 100)
    assert soak_figures.trend(warming, "sso-svc", "resident").per_hour == pytest.approx(0)


def test_nothing_is_said_of_processes_that_died_young():
    young = [each for life in range(3) for each in samples(life, life * 300, range(0, 300, 5), lambda age: age)]
    trend = soak_figures.trend(young, "sso-svc", "resident")
    assert trend.per_hour is None and trend.growth() is None
    assert "| – | – |" in soak_figures.trend_table([trend], "MiB")[-1]


def window(begun, ended, **troubles):
    return Window("a load", begun, ended, 100, 1000.0, 9000.0, troubles)


def test_windows_under_a_fault_are_apart():
    faults = [Fault("kill", 10, 11, 12)]
    windows = [window(0, 5), window(5, 9.9, odd=1), window(9, 10.5, broken=3), window(12.5, 17, late=2), window(14, 19)]
    disturbed = [soak_figures.is_disturbed(each, faults) for each in windows]
    assert disturbed == [False, False, True, True, False]
    summary = soak_figures.summarize(windows, faults, "a load")
    assert (summary.windows, summary.disturbed, summary.completed) == (5, 2, 500)
    assert summary.troubles == {"odd": 1} and summary.troubles_disturbed == {"broken": 3, "late": 2}
    assert soak_figures.said(summary.troubles) == "1× odd"


def test_latency_that_creeps_up_shows():
    windows = [Window("a load", at, at + 1, 1, 1.0, 1000.0 + at, {}) for at in range(0, 90)]
    summary = soak_figures.summarize(windows, [], "a load")
    assert summary.p99_first_us < 1020 and summary.p99_last_us > 1070


def test_a_load_that_was_always_under_a_fault():
    summary = soak_figures.summarize([window(0, 5)], [Fault("kill", 0, 8, 9)], "a load")
    assert summary.p99_us == 0 and summary.disturbed == 1


def test_faults_are_counted_by_kind():
    lines = soak_figures.fault_table([Fault("kill", 0, 1, 2), Fault("kill", 5, 6, 9), Fault("freeze", 20, 20.5, 21)])
    assert lines[2:] == ["| freeze | 1 | 0.5 | 0.5 | 0.5 |", "| kill | 2 | 1.0 | 2.0 | 3.0 |"]
