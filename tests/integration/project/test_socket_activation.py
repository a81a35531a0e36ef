# SPDX-License-Identifier: MIT
"""A daemon takes the socket that its supervisor listens on, as systemd passes it, and leaves it open when it stops."""

import os
import signal
import socket
import subprocess
import sys

import pytest

import poly_http
from poly_process import LOOPBACK, PATIENCE, ROOT, program

DAEMONS = sorted(path.parent.name for path in ROOT.glob("*-svc/main.c"))

# Becomes the program, with the socket at the place and the variables that sd_listen_fds(3) describes.
SUPERVISOR = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=sys.argv[2], LISTEN_FDNAMES="test.socket")
os.execv(sys.argv[3], [sys.argv[3], "serve"])
"""


@pytest.fixture
def listener():
    with socket.create_server((LOOPBACK, 0), backlog=100) as opened:
        os.set_inheritable(opened.fileno(), True)
        yield opened


@pytest.fixture
def activate(listener):
    """activate(count="1"): schedule-svc on that socket."""
    processes = []

    def start_it(count="1"):
        fd = str(listener.fileno())
        command = [sys.executable, "-c", SUPERVISOR, fd, count, str(program("schedule-svc"))]
        environment = {
            "PATH": os.environ["PATH"],
            "LISTEN": f"{LOOPBACK}:1",
            "RUZ_BASE_URL": f"http://{LOOPBACK}:1",
            "DICTIONARIES_PRELOAD": "false",
            "LISTEN_FDS": "1",
            **{key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")},
        }
        processes.append(
            subprocess.Popen(command, env=environment, pass_fds=[listener.fileno()], stdout=subprocess.PIPE, text=True)
        )
        return processes[-1]

    yield start_it
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def url(listener):
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"


def health(listener):
    try:
        return poly_http.get(url(listener) + "/healthz", timeout=20 * PATIENCE).status
    except (OSError, poly_http.Broken):
        return None


def test_it_serves_on_the_socket_that_it_was_passed(listener, activate):
    activate()
    assert health(listener) == 200  # the first connection waits in the socket until the daemon is there


def test_who_connects_during_a_restart_is_served_after_it(listener, activate):
    first = activate()
    assert health(listener) == 200
    first.send_signal(signal.SIGTERM)
    assert first.wait(20 * PATIENCE) == 0
    with socket.create_connection(listener.getsockname(), 20 * PATIENCE) as waiting:
        waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: poly\r\nConnection: close\r\n\r\n")
        activate()
        assert waiting.recv(100).startswith(b"HTTP/1.1 200 ")


def test_more_than_one_socket_is_a_fault(activate):
    process = activate("2")
    output, _ = process.communicate(timeout=20 * PATIENCE)
    assert process.returncode == 1
    assert "passes 2 sockets" in output


@pytest.mark.parametrize("daemon", DAEMONS)
def test_the_unit_of_the_socket_listens_where_the_daemon_would(daemon):
    port = {"main-svc": 8001, "services-svc": 8002, "traffic-svc": 8003, "sso-svc": 8004, "schedule-svc": 8005}[daemon]
    text = (ROOT / f"deploy/systemd/{daemon}.socket").read_text(encoding="utf-8")
    assert f"ListenStream=127.0.0.1:{port}\n" in text
    assert "WantedBy=sockets.target" in text
