# SPDX-License-Identifier: MIT
"""What docs/operations.md says of the units holds on a machine that runs them."""

import contextlib
import json
import re
import socket
import subprocess
import time

import pytest

import crowd
import poly_http
import smoke
from conftest import PORTS, readiness, url
from poly_process import LOOPBACK, program, wait_until
from university import PDF

WITH_DATABASE = ("sso-svc", "services-svc", "traffic-svc")


@pytest.fixture(autouse=True)
def whole(machine):
    """Before each test and after it, whatever it stops."""
    yield
    for daemon in PORTS:
        machine.run("systemctl", "reset-failed", daemon, f"{daemon}.socket", check=False)
        machine.run("systemctl", "start", daemon)
    machine.wait_ready()


def active(machine, unit):
    return machine.run("systemctl", "is-active", unit, check=False).stdout.strip()


def test_the_smoke_scripts_pass(machine):
    smoke.check_all({daemon: url(daemon) for daemon in PORTS}, machine.secrets["admin"])


@pytest.mark.parametrize("daemon", PORTS)
def test_the_unit_that_runs_leaves_little_to_harm(machine, daemon):
    machine.run("systemd-analyze", "security", "--no-pager", "--threshold=20", daemon)


@pytest.mark.parametrize("daemon", PORTS)
def test_it_is_ready_when_systemctl_returns(machine, daemon):
    machine.run("systemctl", "restart", daemon)
    assert poly_http.get(url(daemon) + "/healthz").status == 200


@pytest.mark.parametrize("daemon", PORTS)
def test_a_stop_is_graceful(machine, daemon):
    machine.run("systemctl", "stop", daemon)
    assert machine.show(daemon, "Result") == "success"
    assert (machine.show(daemon, "ExecMainCode"), machine.show(daemon, "ExecMainStatus")) == ("1", "0")
    said = [json.loads(line)["message"] for line in machine.journal(daemon) if line.startswith("{")]
    last = said[len(said) - said[::-1].index("serving") :]
    assert "stopping" in last
    assert "drain time is over, closing the rest" not in last
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, PORTS[daemon]), 5).close()


@pytest.mark.parametrize("daemon", PORTS)
def test_one_that_is_killed_comes_back(machine, daemon):
    before = machine.show(daemon, "MainPID")
    machine.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", daemon)
    wait_until(lambda: machine.show(daemon, "MainPID") not in (before, "0"), 30, "another process")
    wait_until(lambda: readiness(daemon) == 200, 30, "it to be ready")


def test_a_file_goes_up_and_comes_down(people):
    department, staff = people.department(people.app_admin("services"))
    service = people.service(staff, department, requires_attachment=True)
    session = people.services_session(people.student())
    application = people.apply(session, service, [("справка.pdf", "application/pdf", PDF)])
    stored = people.ask("GET", "services", f"/api/applications/{application['id']}", headers=session).json["attachments"]
    path = f"/api/applications/attachments/{stored[0]['id']}/download"
    assert people.ask("GET", "services", path, headers=session).body == PDF


def test_the_snapshot_is_kept(machine):
    poly_http.get(url("schedule-svc") + "/api/schedule/faculties")
    machine.run("systemctl", "stop", "schedule-svc")
    assert machine.run("ls", "/var/lib/schedule-svc").split() == ["schedule.snapshot"]


DIRECTORIES = {
    "sso-svc": "-E SIGNING_KEYS_DIR=/var/lib/sso-svc",
    "main-svc": "-E SIGNING_KEYS_DIR=/var/lib/main-svc",
    "services-svc": "-E SIGNING_KEYS_DIR=/var/lib/services-svc/keys -E UPLOAD_DIR=/var/lib/services-svc/uploads",
}


@pytest.mark.parametrize("daemon", DIRECTORIES)
def test_a_signing_key_is_added_without_a_restart(machine, daemon):
    def published():
        return {key["kid"] for key in poly_http.get(url(daemon) + "/.well-known/jwks.json").json["keys"]}

    before, process = published(), machine.show(daemon, "MainPID")
    machine.shell(
        f"systemd-run --pipe --wait --collect -p EnvironmentFile=/etc/poly/{daemon}.env "
        f"{DIRECTORIES[daemon]} /usr/local/sbin/{daemon} keys rotate"
    )
    wait_until(lambda: before < published(), 30, "the new key to be published")
    assert machine.show(daemon, "MainPID") == process
    machine.run("systemctl", "restart", daemon)
    assert before < published()


def test_a_secret_may_be_a_credential(machine):
    """As the units' comment says."""
    machine.write("/etc/poly/services-secret", machine.secrets["services"])
    machine.write(
        "/etc/systemd/system/services-svc.service.d/secret.conf",
        "[Service]\nLoadCredential=services:/etc/poly/services-secret\n"
        "Environment=SERVICES_SSO_SERVICE_SECRET_FILE=%d/services\n",
        0o644,
    )
    machine.run("sed", "-i", "/^SERVICES_SSO_SERVICE_SECRET=/d", "/etc/poly/services-svc.env")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "services-svc")
    assert readiness("services-svc") == 200


@contextlib.contextmanager
def wrong_setting(machine, daemon):
    place = f"/etc/systemd/system/{daemon}.service.d/wrong.conf"
    machine.write(place, "[Service]\nEnvironment=WORKERS=many\n", 0o644)
    machine.run("systemctl", "daemon-reload")
    yield
    machine.run("rm", place)
    machine.run("systemctl", "daemon-reload")


def test_a_wrong_setting_is_named_and_mended(machine):
    with wrong_setting(machine, "schedule-svc"):
        assert machine.run("systemctl", "restart", "schedule-svc", check=False).returncode != 0
        wait_until(lambda: active(machine, "schedule-svc") == "failed", 30, "systemd to give up")
    assert any(line.startswith("WORKERS ") for line in machine.journal("schedule-svc"))
    machine.run("systemctl", "reset-failed", "schedule-svc")
    machine.run("systemctl", "start", "schedule-svc")


def test_they_outlast_the_database_and_start_again_when_it_is_back(machine):
    machine.run("systemctl", "stop", "postgresql")
    try:
        for daemon in WITH_DATABASE:
            wait_until(lambda name=daemon: readiness(name) == 503, 30, f"{daemon} to miss the database")
        machine.run("systemctl", "restart", "--no-block", "sso-svc")
        wait_until(lambda: int(machine.show("sso-svc", "NRestarts")) > 0, 60, "a start in vain")
    finally:
        machine.run("systemctl", "start", "postgresql")
    machine.wait_ready()


def test_the_journal_has_every_line_that_was_written(machine):
    """By itself journald drops what is beyond some tens of thousands in half a minute."""
    requests = 60000
    poly_http.get(url("schedule-svc") + "/healthz")
    subprocess.run(
        [program("load"), "-c", "8", "-n", str(requests), "-p", "/nothing", url("schedule-svc")],
        check=True, timeout=300, stdout=subprocess.DEVNULL,
    )  # fmt: skip

    def kept_and_dropped():
        metrics = poly_http.get(url("schedule-svc") + "/metrics").text
        dropped = re.search(r"^log_lines_dropped_total (\d+)", metrics, re.MULTILINE)
        command = "journalctl --boot --identifier=schedule-svc --output=cat --no-pager --grep=/nothing | wc -l"
        return int(machine.shell(command)) + int(dropped[1])

    wait_until(lambda: kept_and_dropped() >= requests, 60, "each line to be in the journal, or among those known as dropped")


# --- sockets ---


@pytest.fixture(params=PORTS)
def with_socket(machine, request):
    """The name of a daemon whose socket systemd holds; enabled as the docs say, beside a daemon that runs."""
    daemon = request.param
    machine.run("systemctl", "stop", daemon)
    machine.run("systemctl", "enable", "--now", f"{daemon}.socket")
    yield daemon
    machine.run("systemctl", "disable", "--now", f"{daemon}.socket")
    machine.run("systemctl", "stop", daemon)


def test_a_request_starts_the_daemon(machine, with_socket):
    """Whoever asks first: this test, or another daemon that wants its keys."""
    assert poly_http.get(url(with_socket) + "/healthz", timeout=30).status == 200
    assert active(machine, with_socket) == "active"


@pytest.mark.parametrize("with_socket", ["sso-svc"], indirect=True)
def test_a_socket_gives_up_with_its_daemon_and_comes_back(machine, with_socket):
    with wrong_setting(machine, with_socket):
        with contextlib.suppress(OSError, poly_http.Broken):
            poly_http.get(url(with_socket) + "/healthz", timeout=30)
        wait_until(lambda: active(machine, f"{with_socket}.socket") == "failed", 60, "the socket to give up")
    machine.run("systemctl", "reset-failed", with_socket, f"{with_socket}.socket")
    machine.run("systemctl", "start", f"{with_socket}.socket")
    assert poly_http.get(url(with_socket) + "/healthz", timeout=30).status == 200


class Callers(crowd.Load):
    """Each request on a connection of its own, as many as the machine can."""

    def __init__(self, daemon):
        super().__init__(lambda: self._call(daemon), threads=6)

    @staticmethod
    def _call(daemon):
        answer = poly_http.get(url(daemon) + "/api/health", timeout=60)
        assert answer.status == 200, answer
        return time.monotonic()


def test_a_restart_under_load_loses_no_connection(machine, with_socket):
    with Callers(with_socket) as callers:
        for _ in range(2):
            enough = len(callers.answers) + 50
            wait_until(lambda: len(callers.answers) > enough, 30, "the callers to be busy")
            machine.run("systemctl", "restart", with_socket)
        enough = len(callers.answers) + 50
        wait_until(lambda: len(callers.answers) > enough, 30, "the callers to go on")
    assert not callers.faults, (len(callers.faults), len(callers.answers), callers.faults[:3])


# --- the whole machine, last ---


def test_all_start_with_the_machine(machine):
    machine.power_off()
    machine.boot().wait_ready()
    assert machine.run("systemctl", "--failed", "--quiet", "--plain", "--no-legend") == ""
