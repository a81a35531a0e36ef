# SPDX-License-Identifier: MIT
"""The daemon has no file descriptor left: who is there is served, the loops do not spin, and it recovers."""

import time

import pytest

from gateway import GROUP, week_path
from poly_process import PATIENCE, wait_until

pytestmark = pytest.mark.fault(20)

DESCRIPTORS = 96
CLIENTS = 200

REFUSED = "cannot accept a connection"


@pytest.fixture
def narrow_svc(campus_sim, start_quiet):
    return start_quiet(campus_sim, wrapper=["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"])


def ask(connection, path=None):
    connection.send(f"GET {path or week_path()} HTTP/1.1\r\nHost: schedule\r\n\r\n")
    return connection.read_response()


def refusals(schedule_svc):
    return len(schedule_svc.log(REFUSED))


def test_exhausted_by_connections(narrow_svc):
    patient = narrow_svc.connect()
    assert ask(patient).status == 200
    descriptors = narrow_svc.descriptor_count()

    crowd = [narrow_svc.connect() for _ in range(CLIENTS)]  # the kernel takes those that the daemon cannot
    narrow_svc.wait_log(REFUSED)
    assert narrow_svc.descriptor_count() == DESCRIPTORS

    began, used, count = time.monotonic(), narrow_svc.cpu_seconds(), refusals(narrow_svc)
    wait_until(lambda: refusals(narrow_svc) >= count + 10, 20, "the listener to try again")
    share = (narrow_svc.cpu_seconds() - used) / (time.monotonic() - began)
    assert share < 0.1 * PATIENCE, f"the loops spin: {share:.2f} cores"
    assert refusals(narrow_svc) < 100, "the log is flooded"

    assert ask(patient).status == 200
    answer = ask(patient, week_path(GROUP + 1))  # 200 if there is a connection to RUZ yet
    assert answer.status == 200 or (answer.status == 503 and int(answer.header("retry-after")) > 0)
    assert ask(patient, "/healthz").status == 200

    waiting = narrow_svc.connect().send(f"GET {week_path()} HTTP/1.1\r\nHost: schedule\r\n\r\n")
    for connection in crowd:
        connection.close()
    assert waiting.read_response().status == 200
    assert ask(patient).status == 200
    for connection in (waiting, patient):
        connection.close()

    wait_until(lambda: narrow_svc.descriptor_count() <= descriptors, 10, "the descriptors to be free again")
    count = refusals(narrow_svc)
    assert wait_until(lambda: narrow_svc.get(week_path(GROUP + 2)).status == 200, 10, "an answer of RUZ")
    assert refusals(narrow_svc) == count
