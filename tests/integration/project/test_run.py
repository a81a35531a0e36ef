# SPDX-License-Identifier: MIT
"""`make run` brings everything up, says so, and stops it again."""

import os
import signal
import socket
import subprocess

import pytest

import poly_http
from poly_process import BUILD, ROOT, free_port, wait_until

pytestmark = pytest.mark.skipif(BUILD != ROOT / "build", reason="scripts/run.sh runs the release build")


class Run:
    """scripts/run.sh with ports and a directory of its own."""

    def __init__(self, directory, **environment):
        self.directory = directory
        self.schedule_port = environment.pop("SCHEDULE_PORT", None) or free_port()
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))},
            "RUN_DIR": str(directory),
            "CAMPUS_PORT": str(free_port()),
            "SCHEDULE_PORT": str(self.schedule_port),
            **environment,
        }
        self.output = ""

    def __enter__(self):
        self.process = subprocess.Popen(
            [ROOT / "scripts/run.sh"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate()

    def wait_up(self):
        for line in self.process.stdout:
            self.output += line
            if "Ctrl-C" in line:
                return self
        raise AssertionError(f"it did not come up:\n{self.output}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.end()

    def end(self):
        """Its exit status; the rest of what it said is in `output`."""
        self.output += self.process.communicate(timeout=60)[0]
        return self.process.returncode

    @property
    def url(self):
        return f"http://127.0.0.1:{self.schedule_port}"

    def daemon_pid(self):
        return int((self.directory / "schedule-svc.pid").read_text(encoding="ascii"))


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_up_and_down_and_nothing_lost(tmp_path):
    with Run(tmp_path) as run:
        run.wait_up()
        assert run.url in run.output
        lines = [line.strip() for line in run.output.splitlines() if line.strip().startswith("curl ")]
        assert len(lines) == 3
        for line in lines:
            answer = subprocess.run(
                ["bash", "-c", line + " -fsS --noproxy '*'"], capture_output=True, timeout=60, check=False
            )
            assert answer.returncode == 0, (line, answer.stderr)
        daemon = run.daemon_pid()
        assert run.stop() == 0, run.output
        assert not is_alive(daemon)
    assert list((tmp_path / "schedule-svc").iterdir()), "no snapshot was kept"

    # RUZ is down, and what was seen is there.
    with Run(tmp_path, RUZ_BASE_URL="http://127.0.0.1:1") as run:
        run.wait_up()
        week = poly_http.get(
            run.url + "/api/schedule?faculty_abbr=%D0%98%D0%9A%D0%9D%D0%9A&group_name=5130904/20102", timeout=30
        )
        assert week.status == 200
        assert week.header("X-Schedule-Stale") == "true"
        assert run.stop() == 0, run.output


def test_a_taken_port_and_its_holder_are_named(tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with Run(tmp_path, SCHEDULE_PORT=port) as run:
            assert run.end() == 1
    assert f"port {port}, which schedule-svc needs" in run.output
    assert f"pid {os.getpid()}" in run.output


def test_two_do_not_share_a_directory(tmp_path):
    with Run(tmp_path) as first:
        first.wait_up()
        with Run(tmp_path) as second:
            assert second.end() == 1
        assert "stop it first" in second.output
        assert first.stop() == 0


def test_a_daemon_that_dies_ends_it(tmp_path):
    with Run(tmp_path) as run:
        run.wait_up()
        os.kill(run.daemon_pid(), signal.SIGKILL)
        assert run.end() == 1
    assert "schedule-svc has ended" in run.output
    wait_until(lambda: not (tmp_path / "campus-sim.pid").exists(), 5, "campus-sim to be stopped too")
