# SPDX-License-Identifier: MIT
"""The disk of the snapshot or of the log is full: the daemon says so and serves on, and what was there stays whole."""

import errno
import json
import os

import pytest

from gateway import GROUP, assert_served, is_stale, output_to, week_path
from poly_process import PATIENCE, load, wait_until
from small_disk import FILLER, SmallDisk, needs_mount

pytestmark = pytest.mark.fault(22)

SNAPSHOT = "schedule.snapshot"


@pytest.fixture
def disk(tmp_path):
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.release()


def saves(schedule_svc, result):
    return schedule_svc.metric("schedule_snapshot_saves_total", result=result)


def snapshot_check(schedule_svc):
    ready = schedule_svc.get("/readyz")
    assert ready.status == 200  # answers come from memory
    return ready.json["checks"]["snapshot"]["status"]


@pytest.fixture
def saving_svc(campus_sim, start_quiet, disk):
    """schedule-svc that has saved one timetable and is about to save another, on a disk that is full by now."""
    schedule_svc = start_quiet(campus_sim, SNAPSHOT_DIR=disk.place, SNAPSHOT_SECONDS=1, wrapper=disk.wrapper())
    disk.hold(schedule_svc)
    assert schedule_svc.get(week_path(GROUP)).status == 200
    wait_until(lambda: saves(schedule_svc, "ok") == 1, 10, "a first snapshot")
    disk.fill()
    assert schedule_svc.get(week_path(GROUP + 1)).status == 200
    return schedule_svc


@needs_mount
def test_snapshot(saving_svc, disk):
    old = disk.read(SNAPSHOT)

    failure = saving_svc.wait_log("snapshot not saved")
    assert failure["level"] == "error" and failure["path"] == str(disk.place / SNAPSHOT)
    assert failure["reason"] == os.strerror(errno.ENOSPC)
    assert_served(load(saving_svc.url, "-c", 4, "-r", 300, "-d", 2.5, "-t", 5, "-p", week_path(), seconds=30), PATIENCE)
    assert saves(saving_svc, "failed") >= 2
    assert snapshot_check(saving_svc) == "io"
    assert disk.names() == {SNAPSHOT, FILLER}
    assert disk.read(SNAPSHOT) == old

    disk.make_room()
    wait_until(lambda: saves(saving_svc, "ok") == 2, 10, "a second snapshot")
    assert snapshot_check(saving_svc) == "ok"
    assert disk.names() == {SNAPSHOT}
    assert len(disk.read(SNAPSHOT)) > len(old)


@needs_mount
def test_snapshot_at_the_end(campus_sim, start_quiet, saving_svc, disk, tmp_path):
    old = disk.read(SNAPSHOT)

    saving_svc.stop()  # with status 0
    assert saving_svc.log("stopping without a snapshot of the latest")
    assert disk.names() == {SNAPSHOT, FILLER}
    assert disk.read(SNAPSHOT) == old

    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / SNAPSHOT).write_bytes(old)
    campus_sim.fault(status=500)
    next_one = start_quiet(campus_sim, SNAPSHOT_DIR=kept)
    answer = next_one.get(week_path(GROUP))
    assert answer.status == 200 and is_stale(answer)


def split_log(text):
    """(entries, broken lines) of a log."""
    entries, broken = [], []
    for line in text.splitlines():
        try:
            entries.append(json.loads(line))
        except ValueError:
            broken.append(line)
    return entries, broken


@needs_mount
def test_log(campus_sim, start_quiet, disk):
    schedule_svc = start_quiet(campus_sim, wrapper=disk.wrapper(log="log"))
    disk.hold(schedule_svc)
    wait_until(lambda: b'"serving"' in disk.read("log"), 10, "a line in the log")
    disk.fill()

    assert_served(load(schedule_svc.url, "-c", 4, "-r", 1000, "-d", 1.5, "-t", 5, "-p", week_path(), seconds=30), PATIENCE)
    wait_until(lambda: schedule_svc.metric("log_lines_dropped_total") > 1000, 10, "lost lines to be counted")

    disk.make_room()
    assert schedule_svc.get(week_path()).status == 200
    wait_until(lambda: b'"log lines dropped"' in disk.read("log"), 10, "the number of lost lines in the log")
    lost = schedule_svc.metric("log_lines_dropped_total")
    schedule_svc.stop()

    entries, broken = split_log(disk.read("log").decode())
    assert len(broken) <= 1  # the one that the disk filled up in
    assert [entry["dropped_total"] for entry in entries if entry["message"] == "log lines dropped"] == [lost]
    assert entries[-1]["message"] == "stopping"


def test_log_to_a_device_that_is_always_full(campus_sim, start_quiet):
    schedule_svc = start_quiet(campus_sim, wrapper=output_to("/dev/full"))
    assert_served(load(schedule_svc.url, "-c", 4, "-r", 1000, "-d", 1, "-t", 5, "-p", week_path(), seconds=30), PATIENCE)
    wait_until(lambda: schedule_svc.metric("log_lines_dropped_total") > 500, 10, "lost lines to be counted")
    assert schedule_svc.errors() == ""
