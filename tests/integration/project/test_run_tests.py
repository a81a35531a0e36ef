# SPDX-License-Identifier: MIT
"""scripts/run-tests.sh: the order of its targets, and what the closing lines make of them."""

import os
import shutil
import signal
import subprocess

import pytest

from poly_process import ROOT, wait_until

FAILED_TESTS = ["FAILED tests/test_a.py::test_x[1-2] - assert 3", "tests/unit/test_b.c:7:F:case:test_y:0: no"]
MAKEFILE = """
good:
	@echo 'good: 3 passed, 0 failed'
bad:
	@echo 'a line'; cat failed-tests; echo 'bad: 1 passed, 2 failed'; false
away:
	@echo 'away: not run, because there is none'
slow:
	@until test -e go; do sleep 0.05; done; echo 'slow: 1 passed, 0 failed' | tee over
goes:
	@touch go; echo 'goes: 1 passed, 0 failed'
needs-slow:
	@test -e over && echo 'needs-slow: 1 passed, 0 failed'
stuck:
	@sleep 600 & echo $$! >stuck; touch begun; wait
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "Makefile").write_text(MAKEFILE)
    (tmp_path / "failed-tests").write_text("\n".join(FAILED_TESTS) + "\n")
    shutil.copy(ROOT / "scripts/run-tests.sh", tmp_path)
    return tmp_path


def run(place, *arguments):
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    answer = subprocess.run(
        ["./run-tests.sh", *arguments], cwd=place, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return answer.returncode, (place / "build/test-logs/closing").read_text().splitlines()


def test_all_pass(place):
    assert run(place, "good") == (0, ["good: 3 passed, 0 failed", "3 passed, 0 failed"])


def test_a_failure_is_summed_and_named(place):
    status, closing = run(place, "bad", "good")
    assert status != 0
    counts = ["bad: 1 passed, 2 failed", "good: 3 passed, 0 failed"]
    assert closing == [*counts, *FAILED_TESTS, "failed targets: bad", "4 passed, 2 failed"]


def test_what_was_not_run_says_so_and_counts_as_nothing(place):
    status, closing = run(place, "good", "--last", "away")
    assert (status, closing[1:]) == (0, ["away: not run, because there is none", "3 passed, 0 failed"])


def test_the_last_comes_when_those_beside_have_ended(place):
    status, closing = run(place, "--beside", "slow", "--beside", "good", "--last", "needs-slow", "goes")
    assert (status, closing[-1]) == (0, "6 passed, 0 failed")
    assert closing[-2] == "needs-slow: 1 passed, 0 failed"


def test_an_interruption_ends_those_beside(place):
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    runner = subprocess.Popen(
        ["./run-tests.sh", "--beside", "stuck", "slow"], cwd=place, env=environment, start_new_session=True
    )
    wait_until((place / "begun").exists, 60, "the one beside to begin")
    runner.terminate()
    (place / "go").touch()

    stuck = int((place / "stuck").read_text(encoding="ascii"))

    def is_over():
        try:
            os.kill(stuck, 0)
        except ProcessLookupError:
            return True
        return False

    try:
        assert runner.wait(60) != 0
        wait_until(is_over, 60, "nothing to be left of those beside")
    finally:
        if not is_over():
            os.kill(stuck, signal.SIGKILL)
