# SPDX-License-Identifier: MIT
"""`make run` brings everything up, says so, and stops it again."""

import json
import os
import re
import signal
import socket
import subprocess

import pytest

import poly_http
from poly_process import BUILD, ROOT, free_port, wait_until

PASSWORD = "Литейный мост, 1879"

pytestmark = pytest.mark.skipif(BUILD != ROOT / "build", reason="scripts/run.sh runs the release build")


class Run:
    """scripts/run.sh with ports and a directory of its own."""

    def __init__(self, directory, **environment):
        self.directory = directory
        self.schedule_port = environment.pop("SCHEDULE_PORT", None) or free_port()
        self.sso_port = free_port()
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))},
            "RUN_DIR": str(directory),
            "CAMPUS_PORT": str(free_port()),
            "SCHEDULE_PORT": str(self.schedule_port),
            "SSO_PORT": str(self.sso_port),
            "MAIN_PORT": str(free_port()),
            "SERVICES_PORT": str(free_port()),
            "TRAFFIC_PORT": str(free_port()),
            "POSTGRES_PORT": str(free_port()),
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

    @property
    def sso_url(self):
        return f"http://127.0.0.1:{self.sso_port}"

    def pid(self, service="schedule-svc"):
        return int((self.directory / f"{service}.pid").read_text(encoding="ascii"))

    def log_in(self, username="admin", password=None):
        """The headers of an administrator; the first one's password is the one that was printed."""
        if password is None:
            password = re.search(r"password (\w+)\. Try", self.output)[1]
        answer = self.post("/api/auth/login", {"username": username, "password": password})
        assert answer.status == 200, answer
        return {"Authorization": "Bearer " + answer.json["access_token"]}

    def post(self, path, body, headers=None):
        return poly_http.request("POST", self.sso_url + path, json_body=body, headers=headers)

    def add_admin(self, username):
        body = {"username": username, "password": PASSWORD, "full_name": "Второй", "app": "sso", "role": "admin"}
        answer = self.post("/api/users", body, self.log_in())
        assert answer.status == 201, answer


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def assert_the_student_gets_what_is_promised(output, token):
    """The line with the launch token, the record book and the week, as it was printed."""
    [line] = [line.strip() for line in output.splitlines() if line.strip().startswith("for what in")]
    line = line.replace("curl ", "curl -fsS --noproxy '*' ") + " || exit 1"
    answer = subprocess.run(
        ["bash", "-c", line], env={**os.environ, "token": token}, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0, answer.stderr
    for member in ("launch_token", "academic_years", "days"):
        assert f'"{member}":' in answer.stdout


def demo_logins(run):
    """{username: whether it can sign in} of those that were printed."""
    password = re.search(r"each with the password (\w+):", run.output)[1]
    names = re.findall(r"^    ([a-z.]+): (?:staff|executor|administrator|teacher)", run.output, re.M)
    return {
        name: run.post("/api/auth/login", {"username": name, "password": password}).status == 200 for name in names
    }


def of_services(run, path, headers=None):
    return poly_http.get(f"http://127.0.0.1:{run.environment['SERVICES_PORT']}{path}", headers=headers).json


def demo_data(run):
    """(departments, {application: status})."""
    password = re.search(r"each with the password (\w+):", run.output)[1]
    admin = run.log_in("services.admin", password)
    applications = of_services(run, "/api/applications/?page=1&page_size=200", admin)["items"]
    return of_services(run, "/api/departments/"), {each["id"]: each["status"] for each in applications}


def scan(run):
    """What the printed line says that has a student scan a kiosk's code."""
    [line] = [line.split() for line in run.output.splitlines() if line.strip().startswith("demo/scan.py")]
    answer = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.partition(":")[0]


def test_demo_data_is_there_once(tmp_path):
    with Run(tmp_path) as run:
        run.wait_up()
        logins = demo_logins(run)
        assert len(logins) >= 9 and all(logins.values()), logins
        assert [scan(run), scan(run)] == ["ok", "already_marked"]
        made = demo_data(run)
        assert len(made[0]) == 2
        assert sorted(made[1].values()) == ["completed", "in_progress", "in_progress", "pending", "pending"]
        assert run.stop() == 0, run.output
    with Run(tmp_path) as run:
        run.wait_up()
        assert demo_data(run) == made
        assert demo_logins(run) == logins
        assert scan(run) == "already_marked"
        assert "not all of the demo data" not in run.output
        assert run.stop() == 0, run.output


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
        assert_the_student_gets_what_is_promised(run.output, json.loads(answer.stdout)["token"])
        run.add_admin("second")
        started = [run.pid(service) for service in ("postgres", "campus-sim", "schedule-svc", "sso-svc", "main-svc", "services-svc")]
        assert run.stop() == 0, run.output
        assert not any(is_alive(pid) for pid in started)
    assert list((tmp_path / "schedule-svc").iterdir()), "no snapshot was kept"

    # RUZ is down, and what was seen is there. The ports are others now.
    with Run(tmp_path, RUZ_BASE_URL="http://127.0.0.1:1") as run:
        run.wait_up()
        run.log_in()
        run.log_in("second", PASSWORD)
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


def test_secrets_are_for_their_owner(tmp_path):
    with Run(tmp_path) as run:
        run.wait_up()
        assert run.stop() == 0, run.output
    files = list((tmp_path / "secrets").iterdir())
    assert len(files) >= 7
    for path in (tmp_path / "secrets", tmp_path / "postgres", tmp_path / "sso-svc" / "keys"):
        assert path.stat().st_mode & 0o077 == 0, path
    for path in files:
        assert path.stat().st_mode & 0o177 == 0, path
        assert path.stat().st_size >= 16, path
        logs = [log.read_text(encoding="utf-8") for log in (tmp_path / "logs").iterdir()]
        assert not any(path.read_text(encoding="ascii").strip() in log for log in logs), path


def test_nothing_is_lost_with_postgres(tmp_path):
    with Run(tmp_path) as run:
        run.wait_up()
        run.add_admin("second")
        os.kill(run.pid("postgres"), signal.SIGKILL)
        assert run.end() == 1
    assert "postgres has ended" in run.output

    with Run(tmp_path) as run:
        run.wait_up()
        run.log_in("second", PASSWORD)
        assert run.stop() == 0, run.output


def test_a_daemon_that_dies_ends_it(tmp_path):
    with Run(tmp_path) as run:
        run.wait_up()
        os.kill(run.pid(), signal.SIGKILL)
        assert run.end() == 1
    assert "schedule-svc has ended" in run.output
    wait_until(lambda: not (tmp_path / "campus-sim.pid").exists(), 5, "campus-sim to be stopped too")
