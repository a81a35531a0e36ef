#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""make soak: all daemons under a mixed load at half of their peak, with random faults, for hours. Memory, descriptors and
latency must stay flat, and what is not served must have a fault for its reason. Writes bench/soak.md."""

import argparse
import contextlib
import os
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import machine  # noqa: E402
import picture  # noqa: E402
import poly_process  # noqa: E402
import postgres  # noqa: E402
import soak_figures  # noqa: E402
import soak_world  # noqa: E402
from soak_figures import Fault, Sample  # noqa: E402

SAMPLE_SECONDS = 5.0
PEAK_SECONDS = 6.0
PARTS = (0.5, 0.4, 0.3, 0.2, 0.1)
MOST_LATE = 0.01
READY_SECONDS = 60.0
POINTS = 150  # of a line in a picture
QUIET_LEVELS = ('"level":"info"', '"level":"debug"')


class Soak:
    """One run: its threads put what they see into `windows`, `faults`, `samples` and `complaints`."""

    def __init__(self, options, directory):
        self.options = options
        self.directory = pathlib.Path(directory)
        self.random = random.Random(options.seed)
        self.database = postgres.Postgres({"shared_buffers": "128MB", "max_connections": 150, "autovacuum": "on"})
        self.windows, self.faults, self.samples, self.complaints = [], [], [], {}
        self.started = {}  # {daemon: (life, time)}
        self.under_fault = threading.Lock()  # no sample of a process that is being replaced
        self.ends = threading.Event()
        self.zero = time.monotonic()

    def now(self):
        return time.monotonic() - self.zero

    # --- processes ---

    def start(self, daemon):
        """With its log in a file, since nobody reads hours of it along."""
        if daemon.log_to is None:
            daemon.log_to = self.directory / f"{daemon.name}.log"
        daemon.start()
        life = self.started.get(daemon.name, (0, 0))[0] + 1
        self.started[daemon.name] = (life, time.monotonic())
        return daemon

    def begin(self):
        self.database.start()
        databases = {name: self.database.new_database() for name in ("sso", "services", "traffic")}
        self.world = soak_world.World(databases, self.directory, self.start)
        self.loads = soak_world.loads_of(self.world)

    def end(self):
        """Stops everything; every daemon must end well."""
        self.database.mend()
        for daemon in [*self.world.daemons.values(), self.world.platform.campus_sim]:
            try:
                daemon.stop(30)
            except AssertionError as fault:
                self.complain(f"{daemon.name}: {fault}"[:300])
        self.database.end()

    def complain(self, what):
        self.complaints[what] = self.complaints.get(what, 0) + 1

    # --- what runs beside ---

    def each(self, work, items):
        threads = [threading.Thread(target=self.guarded, args=(work, item), daemon=True) for item in items]
        for thread in threads:
            thread.start()
        return threads

    def guarded(self, work, *arguments):
        try:
            work(*arguments)
        except Exception as fault:  # the others go on, and the report says so
            traceback.print_exc()
            self.complain(f"the soak itself: {type(fault).__name__}: {fault}"[:300])

    def side_by_side(self, act):
        """{load's name: what act(load) answers}, all at the same time."""
        answers = {}

        def put(load):
            answers[load.name] = act(load)

        for thread in self.each(put, self.loads):
            thread.join()
        return answers

    def find_rates(self):
        """Half of what each load reaches beside the others; less where the machine has not that much to give."""
        peaks = self.side_by_side(lambda load: load.find_peak(PEAK_SECONDS))
        self.peaks = {name: peak for name, peak in peaks.items() if peak}
        for part in PARTS:
            self.part = part
            for load in self.loads:
                if load.name in self.peaks:
                    load.rate = max(1.0, self.peaks[load.name] * part)
            late = soak_figures.part_late(list(self.side_by_side(lambda load: load.window(self.now)).values()))
            print(f"soak: at {part:.0%} of the peak {late:.1%} find no connection free", flush=True)
            if late < MOST_LATE:
                return

    def load(self, load):
        while not self.ends.is_set():
            try:
                self.windows.append(load.window(self.now))
            except (AssertionError, OSError, poly_process.poly_http.Broken) as fault:
                # Logging in again failed under a fault; it is tried once more.
                self.windows.append(soak_figures.Window(load.name, self.now(), self.now(), 0, 0, 0,
                                                        {f"cannot begin: {type(fault).__name__}": 1}))
                time.sleep(0.5)

    def sample(self):
        while not self.ends.wait(SAMPLE_SECONDS):
            with self.under_fault:
                for name, daemon in self.world.daemons.items():
                    life, begun = self.started[name]
                    with contextlib.suppress(OSError, RuntimeError):
                        self.samples.append(Sample(name, life, self.now(), time.monotonic() - begun, daemon.resident_bytes(),
                                                   daemon.descriptor_count(), daemon.thread_count()))
                self.read_logs()

    def read_logs(self):
        """Counts the errors that they have, and empties them."""
        for log in self.directory.glob("*.log"):
            with open(log, "r+", encoding="utf-8", errors="replace") as file:
                for line in file:
                    if '"level":"error"' in line:
                        message = line.partition('"message":"')[2].partition('"')[0]
                        self.complain(f"log of {log.stem}, error: {message}")
                file.truncate(0)

    # --- faults ---

    def are_ready(self):
        return all(daemon._status("/readyz") == 200 for daemon in self.world.daemons.values())

    def kill(self, daemon):
        with self.under_fault:
            daemon.kill()
            time.sleep(self.random.uniform(0, 1.5))
            self.start(daemon)

    def crash_database(self):
        self.database.crash()
        time.sleep(self.random.uniform(0, 2))
        self.database.restart()

    def freeze_database(self):
        self.database.freeze()
        time.sleep(self.random.uniform(1, 5))
        self.database.thaw()

    def freeze(self, daemon):
        daemon.signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(2, 8))
        daemon.signal(signal.SIGCONT)

    def choose_fault(self):
        """(what it is called, what does it)"""
        sso = self.world.daemons["sso-svc"]
        victim = self.random.choice(list(self.world.daemons.values()))
        return self.random.choice([
            (f"kill -9 of {victim.name}", lambda: self.kill(victim)),
            ("PostgreSQL stopped at once and started", self.crash_database),
            ("PostgreSQL frozen", self.freeze_database),
            ("sso-svc frozen", lambda: self.freeze(sso)),
        ])

    def break_things(self):
        mean = self.options.fault_seconds
        while not self.ends.wait(self.random.uniform(mean / 2, mean * 3 / 2)):
            kind, act = self.choose_fault()
            fault = Fault(kind, self.now(), self.now(), self.now())
            print(f"soak: {self.now() / 60:.1f} min: {kind}", flush=True)
            act()
            fault.over = self.now()
            poly_process.wait_until(self.are_ready, READY_SECONDS, "the daemons to be ready again")
            fault.ended = self.now()
            self.faults.append(fault)

    def run(self):
        self.begin()
        try:
            self.find_rates()
            self.zero = time.monotonic()
            threads = self.each(self.load, self.loads) + self.each(lambda _: self.sample(), [None])
            if self.options.fault_seconds:
                threads += self.each(lambda _: self.break_things(), [None])
            with contextlib.suppress(KeyboardInterrupt):
                time.sleep(self.options.minutes * 60)
            self.ends.set()
            for thread in threads:
                thread.join(120)
            self.minutes = self.now() / 60
            poly_process.wait_until(self.are_ready, READY_SECONDS, "the daemons to be ready at the end")
            self.lost = self.world.lost()
        finally:
            self.end()


# --- the report ---


def curves(soak):
    """Memory of each daemon over the run."""
    series = {}
    for name in soak.world.daemons:
        mine = [sample for sample in soak.samples if sample.daemon == name]
        step = max(1, len(mine) // POINTS)
        series[name] = [(sample.at / 60, sample.resident / soak_figures.MEBIBYTE) for sample in mine[::step]]
    return picture.Curve("Resident memory", "minutes", "MiB", {name: each for name, each in series.items() if each}, False)


def report(soak, options):
    summaries = [soak_figures.summarize(soak.windows, soak.faults, load.name) for load in soak.loads]
    names = sorted({sample.daemon for sample in soak.samples})
    lines = [
        "# Soak", "",
        f"Made by `make soak SOAK_MINUTES={options.minutes:g}` on {time.strftime('%Y-%m-%d')}: {soak.minutes:.1f} minutes, seed "
        f"{options.seed}, on {machine.describe()}; load average at the start {options.load:.2f}; commit {machine.commit()}.", "",
        f"Each load is at {soak.part:.0%} of the rate that it reached beside all others in the beginning. The load, the daemons and "
        "PostgreSQL share the CPUs. A window of load is under a fault from its beginning until a second after every daemon "
        "is ready again. Requests come by the clock: those that find no connection free are not sent.", "",
        *soak_figures.load_table(summaries), "",
        *verdicts(soak, summaries), "",
        "## Memory", "", *soak_figures.trend_table(
            [soak_figures.trend(soak.samples, name, "resident", soak_figures.MEBIBYTE) for name in names], "MiB"), "",
        f"A trend is the common slope of all processes of a daemon, each from its {soak_figures.WARM_UP_SECONDS:g}th second on; "
        f"none where no process was watched for {soak_figures.TREND_SECONDS / 60:g} minutes after that.", "",
    ]
    path = options.report.parent / "pictures" / "soak-memory.svg"
    lines += ["![Resident memory by minutes](pictures/soak-memory.svg)", ""] if picture.draw(curves(soak), path) else []
    lines += ["## Descriptors", "", *soak_figures.trend_table(
        [soak_figures.trend(soak.samples, name, "descriptors") for name in names], "descriptors"), ""]
    lines += ["## Faults", "", *soak_figures.fault_table(soak.faults), ""]
    lines += [f"## Peaks that the rates are {soak.part:.0%} of", "", *(f"- {name}: {peak:.0f}/s" for name, peak in soak.peaks.items()), ""]
    return "\n".join(lines)


def verdicts(soak, summaries):
    clean = soak_figures.add_up([soak_figures.Window("", 0, 0, 0, 0, 0, each.troubles) for each in summaries])
    served = sum(each.completed for each in summaries)
    lines = [f"- {served} requests; outside of faults not served: {soak_figures.said(clean)}"]
    lines += [f"- acknowledged and lost: {soak_figures.said({k: v for k, v in soak.lost.items() if v})} "
              f"of {', '.join(f'{count} {table}' for table, count in soak.world.acknowledged.items())}"]
    lines += [f"- {count}× {what}" for what, count in sorted(soak.complaints.items())] or ["- no error in any log"]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--fault-seconds", type=float, default=75, help="from one fault to the next, on average; 0: none")
    parser.add_argument("--seed", type=int, default=None, help="of the faults")
    parser.add_argument("--report", type=pathlib.Path, default=ROOT / "bench" / "soak.md")
    options = parser.parse_args()
    options.load = os.getloadavg()[0]
    options.seed = random.randrange(10**6) if options.seed is None else options.seed
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with tempfile.TemporaryDirectory(prefix="poly-soak-") as directory:
        soak = Soak(options, directory)
        soak.run()
        text = report(soak, options)
    options.report.parent.mkdir(parents=True, exist_ok=True)
    options.report.write_text(text, encoding="utf-8")
    print(text)
    print(f"soak: see {options.report}")
    sys.exit(1 if any(soak.lost.values()) else 0)


if __name__ == "__main__":
    main()
