# SPDX-License-Identifier: MIT
"""What the fault tests share."""

import os
import pathlib
import resource
import shutil
import subprocess

import pytest

import fault_report
import link as link_of_two
import poly_http
from clock import Clock
from poly_process import INSTRUMENTED, LOOPBACK, free_port, wait_until

# Nothing is fetched but what a test asks for.
QUIET = {"DICTIONARIES_PRELOAD": "false", "REFRESH_GROUPS": 0, "WORKERS": 2}


def pytest_addoption(parser):
    parser.addoption("--fault-report", type=pathlib.Path, help="say of each fault how its tests did, and write it here")


def pytest_configure(config):
    """A test that plays thousands of clients needs a descriptor for each."""
    config.addinivalue_line("markers", "fault(number): shows what holds under that fault of tests/fault/faults.py")
    path = config.getoption("--fault-report", None)
    if path:
        config.pluginmanager.register(fault_report.Report(path), "fault-report")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@pytest.fixture
def start_quiet(start, tmp_path):
    """start_quiet(campus_sim, VARIABLE=value, option=value): schedule-svc that fetches nothing on its own account.

    Options are those of poly_process.Daemon, and `program`.
    """

    def start_it(upstream, program="schedule-svc", **given):
        variables = {name: value for name, value in given.items() if name.isupper()}
        options = {name: value for name, value in given.items() if not name.isupper()}
        defaults = {**QUIET, "RUZ_BASE_URL": upstream.ruz_url, "SNAPSHOT_DIR": tmp_path / "snapshot"}
        return start(str(program), {**defaults, **variables}, **options)

    return start_it


@pytest.fixture
def clock(tmp_path):
    """The time of day of the daemons that are given its environment (clock.Clock)."""
    if INSTRUMENTED:
        pytest.skip("the sanitizers' library must come first; the other build is enough for this")
    return Clock(tmp_path / "clock")


@pytest.fixture
def link():
    """A network of the test's own (link.Link); the test itself is moved to its server's side."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("needs root and ip, for network namespaces of its own")
    there = link_of_two.Link()
    try:
        there.make()
        yield there
    except (subprocess.CalledProcessError, PermissionError) as fault:
        pytest.skip(f"no network namespaces here: {getattr(fault, 'stderr', None) or fault}")
    finally:
        there.close()


NGINX = """\
daemon off;
worker_processes 1;
pid {directory}/nginx.pid;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory};
    proxy_temp_path {directory};
    fastcgi_temp_path {directory};
    uwsgi_temp_path {directory};
    scgi_temp_path {directory};
    upstream replicas {{
        server {first} max_fails=0;
        server {second} max_fails=0;
        keepalive 32;
    }}
    server {{
        listen {listen};
        location / {{
            proxy_pass http://replicas;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_next_upstream error timeout http_503;
            proxy_next_upstream_tries 2;
        }}
    }}
}}
"""


@pytest.fixture
def balance(tmp_path):
    """balance(first, second): the URL of an nginx before the two."""
    if not shutil.which("nginx"):
        pytest.skip("nginx is not installed")
    started = []

    def start_nginx(first, second):
        port = free_port()
        addresses = {name: f"{LOOPBACK}:{number}" for name, number in (("first", first.port), ("second", second.port))}
        configuration = tmp_path / "nginx.conf"
        configuration.write_text(NGINX.format(directory=tmp_path, listen=f"{LOOPBACK}:{port}", **addresses))
        started.append(subprocess.Popen(["nginx", "-p", tmp_path, "-e", tmp_path / "nginx.log", "-c", configuration]))
        url = f"http://{LOOPBACK}:{port}"
        wait_until(lambda: is_up(url), 10, "nginx to answer")
        return url

    yield start_nginx
    for nginx in started:
        nginx.terminate()
        nginx.wait(20)


def is_up(url):
    try:
        return poly_http.get(url + "/healthz", timeout=2).status == 200
    except OSError:
        return False
