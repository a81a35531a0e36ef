# SPDX-License-Identifier: MIT
"""Standard output is a pipe that nobody reads."""

import json
import os
import threading

import pytest

from gateway import assert_served, output_to, week_path
from poly_process import PATIENCE, load, wait_until

pytestmark = pytest.mark.fault(22)

# Their lines are more than the pipe and the log's queue of 1 MiB hold.
REQUESTS = 12000


class Pipe:
    def __init__(self, path):
        self.path = path
        os.mkfifo(path)
        self.descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._reader = None
        self._text = b""

    def begin_reading(self):
        os.set_blocking(self.descriptor, True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while piece := os.read(self.descriptor, 65536):
            self._text += piece

    def contains(self, text):
        return text.encode() in self._text

    def finish_reading(self):
        """Every line, once the daemon has ended."""
        self._reader.join()
        return self._text.decode().splitlines()

    def close(self):
        os.close(self.descriptor)


@pytest.fixture
def pipe(tmp_path):
    pipe = Pipe(tmp_path / "output")
    yield pipe
    pipe.close()


@pytest.fixture
def blocked_svc(campus_sim, start_quiet, pipe):
    """schedule-svc under load until its log no longer takes anything."""
    schedule_svc = start_quiet(campus_sim, wrapper=output_to(pipe.path))
    assert_served(load(schedule_svc.url, "-c", 8, "-n", REQUESTS, "-t", 5, "-p", week_path(), seconds=30), PATIENCE)
    wait_until(lambda: schedule_svc.metric("log_lines_dropped_total") > 0, 10, "lines to be dropped")
    return schedule_svc


def test_requests_are_served(blocked_svc):
    assert_served(load(blocked_svc.url, "-c", 4, "-r", 500, "-d", 1, "-t", 5, "-p", week_path(), seconds=30), PATIENCE)


def test_what_was_lost_is_told_when_somebody_reads(blocked_svc, pipe):
    pipe.begin_reading()
    wait_until(lambda: pipe.contains('"log lines dropped"'), 10, "the number of lost lines in the log")
    blocked_svc.stop()
    entries = [json.loads(line) for line in pipe.finish_reading()]  # all of them whole
    requests = sum(entry["message"] == "request" and entry["path"].endswith("/week") for entry in entries)
    lost = [entry["dropped_total"] for entry in entries if entry["message"] == "log lines dropped"]
    assert lost[-1] > 0 and requests + lost[-1] >= REQUESTS
    assert entries[-1]["message"] == "stopping"


def test_the_end_does_not_wait_for_a_reader(blocked_svc):
    blocked_svc.stop(seconds=10)
