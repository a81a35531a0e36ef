# SPDX-License-Identifier: MIT
"""What a soak has seen, and what is made of it: windows of load, faults, and samples of the processes."""

import collections
import dataclasses
import statistics

SETTLE_SECONDS = 1.0  # after a fault is over, what had waited is still being answered
WARM_UP_SECONDS = 120.0  # of a process: its caches, pools and arenas fill
TREND_SECONDS = 600.0  # a shorter life tells nothing of hours
HOUR = 3600.0
MEBIBYTE = float(1 << 20)


@dataclasses.dataclass
class Window:
    """Some seconds of one load. Times are seconds since the start."""

    load: str
    begun: float
    ended: float
    completed: int
    p50_us: float
    p99_us: float
    troubles: dict  # {kind: count} of whatever was not as it should be
    late: int = 0  # requests that the clock had for it and that found no connection free


@dataclasses.dataclass
class Fault:
    """From its beginning until every daemon is ready again; `over` is when the cause was gone."""

    kind: str
    begun: float
    over: float
    ended: float


@dataclasses.dataclass
class Sample:
    """What a process takes. `life` tells one process of a daemon from the next."""

    daemon: str
    life: int
    at: float
    age: float
    resident: int
    descriptors: int
    threads: int


def is_disturbed(window, faults):
    return any(window.begun < fault.ended + SETTLE_SECONDS and window.ended > fault.begun for fault in faults)


def pooled_slope(lives):
    """The common slope of several lines, each with a level of its own: [[(x, y), …], …]; None without two points."""
    above = below = 0.0
    for points in lives:
        if len(points) < 2:
            continue
        middle = statistics.fmean(x for x, _ in points), statistics.fmean(y for _, y in points)
        above += sum((x - middle[0]) * (y - middle[1]) for x, y in points)
        below += sum((x - middle[0]) ** 2 for x, _ in points)
    return above / below if below > 0 else None


def lives_of(samples, daemon, value, warm_up=WARM_UP_SECONDS):
    """The points (age, value) of each process of the daemon, once it is warm."""
    lives = collections.defaultdict(list)
    for sample in samples:
        if sample.daemon == daemon and sample.age >= warm_up:
            lives[sample.life].append((sample.age, getattr(sample, value)))
    return list(lives.values())


@dataclasses.dataclass
class Trend:
    """`per_hour` is None where no process lived long enough to have one."""

    daemon: str
    lives: int
    longest_minutes: float
    median: float
    most: float
    per_hour: float

    def growth(self):
        """What part of itself it gains in an hour."""
        return self.per_hour / self.median if self.per_hour is not None and self.median else None


def trend(samples, daemon, value, unit=1.0):
    mine = [sample for sample in samples if sample.daemon == daemon]
    warm = [life for life in lives_of(samples, daemon, value) if life[-1][0] - life[0][0] >= TREND_SECONDS]
    slope = pooled_slope(warm)
    values = [getattr(sample, value) / unit for sample in mine]
    return Trend(
        daemon,
        len({sample.life for sample in mine}),
        max(sample.age for sample in mine) / 60,
        statistics.median(values),
        max(values),
        None if slope is None else slope * HOUR / unit,
    )


@dataclasses.dataclass
class LoadSummary:
    load: str
    completed: int
    windows: int
    disturbed: int
    p50_us: float
    p99_us: float
    p99_first_us: float  # of the first third of the clean windows
    p99_last_us: float
    late: float  # part of those in clean windows
    troubles: dict  # in clean windows
    troubles_disturbed: dict


def add_up(windows):
    total = collections.Counter()
    for window in windows:
        total.update(window.troubles)
    return dict(total)


def summarize(windows, faults, load):
    mine = [window for window in windows if window.load == load]
    clean = [window for window in mine if not is_disturbed(window, faults)]
    third = max(1, len(clean) // 3)

    def median(chosen, name):
        return statistics.median(getattr(window, name) for window in chosen) if chosen else 0.0

    return LoadSummary(
        load,
        sum(window.completed for window in mine),
        len(mine),
        len(mine) - len(clean),
        median(clean, "p50_us"),
        median(clean, "p99_us"),
        median(clean[:third], "p99_us"),
        median(clean[-third:], "p99_us"),
        part_late(clean),
        add_up(clean),
        add_up([window for window in mine if is_disturbed(window, faults)]),
    )


def part_late(windows):
    late, sent = sum(window.late for window in windows), sum(window.completed for window in windows)
    return late / (late + sent) if late else 0.0


def said(troubles):
    return ", ".join(f"{count}× {kind}" for kind, count in sorted(troubles.items())) or "none"


def load_table(summaries):
    lines = [
        "| load | requests | windows (under a fault) | p50 ms | p99 ms | p99, first third → last | found no connection free | not served, no fault | under a fault |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for each in summaries:
        lines.append(
            f"| {each.load} | {each.completed} | {each.windows} ({each.disturbed}) | {each.p50_us / 1000:.2f} "
            f"| {each.p99_us / 1000:.2f} | {each.p99_first_us / 1000:.2f} → {each.p99_last_us / 1000:.2f} "
            f"| {each.late:.1%} | {said(each.troubles)} | {said(each.troubles_disturbed)} |"
        )
    return lines


def trend_table(trends, unit):
    lines = [
        f"| daemon | processes | longest, min | median {unit} | most {unit} | trend, {unit}/h | of itself/h |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in trends:
        slope = "–" if each.per_hour is None else f"{each.per_hour:+.2f}"
        growth = "–" if each.growth() is None else f"{each.growth():+.1%}"
        lines.append(f"| {each.daemon} | {each.lives} | {each.longest_minutes:.0f} | {each.median:.1f} | {each.most:.1f} "
                     f"| {slope} | {growth} |")
    return lines


def fault_table(faults):
    kinds = collections.defaultdict(list)
    for fault in faults:
        kinds[fault.kind].append((fault.over - fault.begun, fault.ended - fault.over))
    lines = ["| fault | times | lasted, median s | all ready after that, median s | longest s |", "|---|---|---|---|---|"]
    for kind, seen in sorted(kinds.items()):
        lasted, ready = zip(*seen)
        lines.append(f"| {kind} | {len(seen)} | {statistics.median(lasted):.1f} | {statistics.median(ready):.1f} "
                     f"| {max(ready):.1f} |")
    return lines
