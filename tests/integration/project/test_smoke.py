# SPDX-License-Identifier: MIT
"""The smoke script passes against a daemon that works, and fails against one that does not."""

import subprocess

from poly_process import ROOT, free_port


def smoke(base):
    return subprocess.run(
        [ROOT / "tests/smoke/schedule-svc.sh", base], capture_output=True, text=True, timeout=120, check=False
    )


def test_a_daemon_that_works(schedule_svc):
    answer = smoke(schedule_svc.url + "/")
    assert answer.returncode == 0, answer.stdout
    assert "FAIL" not in answer.stdout
    assert all(line.startswith("ok ") for line in answer.stdout.splitlines()[:-1])


def test_nobody_there():
    answer = smoke(f"http://127.0.0.1:{free_port()}")
    assert answer.returncode == 1
    assert not any(line.startswith("ok ") for line in answer.stdout.splitlines())


def test_a_daemon_without_its_upstream(start_schedule_svc, campus_sim):
    schedule_svc = start_schedule_svc(campus_sim, RUZ_BASE_URL="http://127.0.0.1:1")
    answer = smoke(schedule_svc.url)
    assert answer.returncode == 1
    assert "FAIL  faculties" in answer.stdout
    assert "ok    it lives" in answer.stdout
