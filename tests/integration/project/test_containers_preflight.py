# SPDX-License-Identifier: MIT
"""Where no Docker Engine runs and none can be started, CI says so and goes on; where one runs, failures are failures."""

import os
import pathlib
import stat
import subprocess

import pytest

from poly_process import ROOT

SAYS_RUNNING = 'case $1 in info) echo 20.10;; import|image|rm) ;; run) ;; exec) ;; esac'
SAYS_NOT_RUNNING = "echo 'Cannot connect to the Docker daemon' >&2; exit 1"
PASSES = "def test_nothing():\n    pass\n"
FAILS = "def test_nothing():\n    assert False\n"


@pytest.fixture
def machine(tmp_path):
    """machine(docker=..., dockerd=...): a machine on which these programs do that; runs a test on it if it can."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "ldd", "dirname", "tee", "grep", "tail", "mkdir", "python3", "cat", "env", "sed"):
        found = next((place for place in ("/usr/bin", "/bin", "/usr/sbin", "/sbin") if pathlib.Path(place, name).exists()), None)
        if found:
            (programs / name).symlink_to(pathlib.Path(found, name))

    def install(name, script):
        path = programs / name
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run(test=PASSES, **scripts):
        for name, script in {"ip": "echo '[]'", "iptables": "true", **scripts}.items():
            if script:
                install(name, script)
        (tmp_path / "test_it.py").write_text(test)
        environment = {"PATH": str(programs), "POLY_BUILD": str(tmp_path / "build")}
        answer = subprocess.run(
            [ROOT / "scripts/run-containers.sh", "run", "compose-test", tmp_path / "test_it.py"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return answer.returncode, answer.stdout.splitlines()[-1]

    return run


def test_no_docker(machine):
    assert machine() == (0, "compose-test: not run, because there is no docker here")


def test_no_engine_and_none_to_start(machine):
    status, said = machine(docker=SAYS_NOT_RUNNING)
    assert status == 0
    assert said.startswith("compose-test: not run, because no Docker Engine answers")


@pytest.mark.skipif(os.geteuid() != 0, reason="an engine is started by root alone")
@pytest.mark.parametrize("iptables", ("true", None))
def test_the_engine_s_own_reason(machine, iptables):
    error = 'failed to start daemon: Devices cgroup isn\\\'t mounted'
    status, said = machine(docker=SAYS_NOT_RUNNING, iptables=iptables, dockerd=f"echo $'time=now level=info\\n{error}\\n'; exit 1")
    assert status == 0
    assert said == "compose-test: not run, because dockerd does not start: failed to start daemon: Devices cgroup isn't mounted"


def test_an_engine_that_runs_no_container(machine):
    refusal = "echo 'docker: Error response from daemon: cgroups: cannot find one' >&2; exit 125"
    status, said = machine(docker=SAYS_RUNNING.replace("run) ;;", f"run) {refusal};;"))
    assert status == 0
    assert said == "compose-test: not run, because the Docker Engine runs no container: cgroups: cannot find one"


def test_an_engine_whose_commands_run_elsewhere(machine):
    refusal = 'echo "OCI runtime exec failed: stat $3: no such file or directory: unknown" >&2; exit 126'
    status, said = machine(docker=SAYS_RUNNING.replace("exec) ;;", f"exec) {refusal};;"))
    assert status == 0
    assert said.startswith("compose-test: not run, because the Docker Engine runs no container: ")
    assert "/preflight/nothing: no such file or directory" in said


def test_where_the_engine_runs_the_tests_do(machine):
    assert machine(docker=SAYS_RUNNING) == (0, "compose-test: 1 passed, 0 failed, 0 skipped")


def test_where_the_engine_runs_failures_are_failures(machine):
    assert machine(docker=SAYS_RUNNING, test=FAILS) == (1, "compose-test: 0 passed, 1 failed, 0 skipped")


def test_a_fault_of_the_decision_itself_is_a_failure(machine):
    status, said = machine(docker="case $1 in info) ;; *) echo broken >&2; exit 1;; esac")
    assert (status, said) == (1, "compose-test: 0 passed, 1 failed")
