# SPDX-License-Identifier: MIT
"""Rounds of measuring, and what is made of them."""

import dataclasses
import statistics

WARM_SECONDS = 0.3

@dataclasses.dataclass
class Spread:
    """The least, the middle and the most of some rounds."""

    least: float
    median: float
    most: float
    rounds: tuple = ()

    @classmethod
    def of(cls, values):
        return cls(min(values), statistics.median(values), max(values), tuple(values))

    @classmethod
    def given(cls, value):
        """A number or a Spread as a Spread."""
        return value if isinstance(value, cls) else cls.of([value])

    def over(self, other):
        """The ratio, round by round where both were measured in the same rounds."""
        if len(self.rounds) == len(other.rounds) > 0:
            ratios = [mine / theirs for mine, theirs in zip(self.rounds, other.rounds)]
            return Spread.of(ratios)
        return Spread(self.least / other.most, self.median / other.median, self.most / other.least)

    def text(self, digits=1):
        return f"{self.median:.{digits}f} ({self.least:.{digits}f}–{self.most:.{digits}f})"


@dataclasses.dataclass
class Load:
    """One server under one kind of load, over all rounds."""

    name: str
    cpu_us: Spread  # CPU time a request
    rate: Spread  # requests a second
    latency_p50_us: Spread
    latency_p99_us: Spread
    requests: int

    @classmethod
    def of(cls, name, samples):
        """From what measure_round answered."""
        cpu, rate, p50, p99, requests = zip(*samples)
        return cls(name, Spread.of(cpu), Spread.of(rate), Spread.of(p50), Spread.of(p99), sum(requests))


def measure_round(bench, server, options, expected_status):
    """One round; answers (cpu µs a request, requests a second, p50, p99, requests)."""
    before = server.cpu_seconds()
    figures = bench.load(server.url, *options)
    spent = server.cpu_seconds() - before
    completed = figures["completed"]
    if figures["errors"]["all"] or figures["statuses"] != {str(expected_status): completed}:
        raise AssertionError(f"{server.name} answered {figures['statuses']}, errors {figures['errors']}")
    latency = figures["latency_us"]
    return spent * 1e6 / completed, figures["rate"], latency["p50"], latency["p99"], completed


def measure(bench, servers, options, expected_status=200):
    """Every server in turn, round after round; answers {name: Load}. A short load before that warms them up."""
    for server in servers:
        bench.load(server.url, *options, "-d", WARM_SECONDS)
    samples = {server.name: [] for server in servers}
    for _ in range(bench.rounds):
        for server in servers:
            samples[server.name].append(
                measure_round(bench, server, [*options, "-d", bench.seconds], expected_status)
            )
            bench.empty_logs()
    return {name: Load.of(name, taken) for name, taken in samples.items()}


def brief(case, rounds=5):
    """A case in rounds of half the usual length, and no more of them than `rounds`."""

    def run(bench):
        bench.rounds, bench.seconds = min(bench.rounds, rounds), bench.seconds / 2
        return case(bench)

    return run


@dataclasses.dataclass
class Goal:
    """A figure that quality asks for, and what was seen."""

    number: str
    what: str
    seen: str
    goal: str
    met: object  # True, False, or None when it could not be judged
    spread: Spread = None  # what another run is compared with; None: nothing to compare
    unit: str = "×"
    at_least: bool = False  # more is better


# `ours`, `theirs` and `value` are Spreads, or numbers where there was one measurement.


def ratio_goal(number, what, ours, theirs, limit, at_least=False):
    ratio = Spread.given(ours).over(Spread.given(theirs))
    met = ratio.median >= limit if at_least else ratio.median <= limit
    seen = f"{ratio.median:.2f}×"
    if ratio.least != ratio.most:
        seen += f" ({ratio.least:.2f}–{ratio.most:.2f})"
    return Goal(number, what, seen, f"{'≥' if at_least else '≤'} {limit:g}×", met, ratio, "×", at_least)


def limit_goal(number, what, value, limit, unit, digits=1):
    spread = Spread.given(value)
    seen = f"{spread.text(digits) if spread.least != spread.most else format(spread.median, f'.{digits}f')} {unit}"
    return Goal(number, what, seen, f"≤ {limit:g} {unit}", spread.median <= limit, spread, unit)


def core_rate(load):
    """Requests a second that one core has time for: what neighbours on the machine hardly change."""
    return Spread.of([1e6 / spent for spent in load.cpu_us.rounds])


def rate_goal(number, what, value, limit):
    spread = Spread.given(value)
    seen = spread.text(0) if spread.least != spread.most else f"{spread.median:.0f}"
    return Goal(number, what, f"{seen}/s", f"≥ {limit}/s", spread.median >= limit, spread, "/s", True)


def load_table(loads):
    lines = [
        "| server | CPU µs/request | requests/s | p50 µs | p99 µs | requests |",
        "|---|---|---|---|---|---|",
    ]
    for load in loads.values():
        lines.append(
            f"| {load.name} | {load.cpu_us.text(2)} | {load.rate.text(0)} | {load.latency_p50_us.text(0)} "
            f"| {load.latency_p99_us.text(0)} | {load.requests} |"
        )
    return lines
