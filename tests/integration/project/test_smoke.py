# SPDX-License-Identifier: MIT
"""The smoke scripts pass against a daemon that works, and fail against one that does not."""

import http.server
import os
import subprocess
import threading

import pytest

import campus
import sso
from poly_process import ROOT, free_port

SCRIPTS = [path.stem for path in (ROOT / "tests/smoke").glob("*-svc.sh")]


def smoke(base, daemon="schedule-svc", **environment):
    return subprocess.run(
        [ROOT / f"tests/smoke/{daemon}.sh", base],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


def passed_whole(answer):
    assert answer.returncode == 0, answer.stdout
    assert "FAIL" not in answer.stdout
    return all(line.startswith("ok ") for line in answer.stdout.splitlines()[:-1])


def test_a_daemon_that_works(schedule_svc):
    assert passed_whole(smoke(schedule_svc.url + "/"))


def test_sso_svc_with_and_without_a_login(sso_svc):
    without = smoke(sso_svc.url, "sso-svc")
    login = {"SSO_ADMIN_USERNAME": sso.ADMIN["username"], "SSO_ADMIN_PASSWORD": sso.ADMIN["password"]}
    with_login = smoke(sso_svc.url, "sso-svc", **login)
    assert passed_whole(without) and passed_whole(with_login)
    assert len(with_login.stdout.splitlines()) > len(without.stdout.splitlines())
    assert "ok    a refresh after it" in with_login.stdout


def test_sso_svc_without_its_database(sso_svc, postgres):
    postgres.crash()
    answer = smoke(sso_svc.url, "sso-svc")
    assert answer.returncode == 1
    assert "FAIL  it is ready" in answer.stdout
    assert "ok    it lives" in answer.stdout


def test_main_svc_with_and_without_a_student(start_main_svc, schedule_svc, campus_sim):
    main_svc = start_main_svc(campus_sim, SCHEDULE_API_URL=schedule_svc.url)
    without = smoke(main_svc.url, "main-svc")
    login = {"STUDENT": "student4", "STUDENT_PASSWORD": campus.password_of("student4")}
    with_login = smoke(main_svc.url, "main-svc", **login)
    assert passed_whole(without) and passed_whole(with_login), with_login.stdout
    assert "ok    the record book, behind it" in with_login.stdout


def test_services_svc_with_and_without_tokens(office):
    without = smoke(office.services.url, "services-svc")
    tokens = {"STAFF_TOKEN": office.staff()["token"], "STUDENT_TOKEN": office.student()["token"]}
    with_tokens = smoke(office.services.url, "services-svc", **tokens)
    assert passed_whole(without) and passed_whole(with_tokens), with_tokens.stdout
    assert "ok    executors, for a student" in with_tokens.stdout


def test_traffic_svc_with_and_without_tokens(traffic_place):
    place = traffic_place
    without = smoke(place.traffic.url, "traffic-svc")
    tokens = {"ADMIN_TOKEN": place.admin(), "TEACHER_TOKEN": place.teacher()["token"]}
    with_tokens = smoke(place.traffic.url, "traffic-svc", **tokens, LAUNCH_TOKEN=place.launch_tokens()[0])
    assert passed_whole(without) and passed_whole(with_tokens), with_tokens.stdout
    assert "ok    it is counted" in with_tokens.stdout


@pytest.mark.parametrize("daemon", SCRIPTS)
def test_nobody_there(daemon):
    answer = smoke(f"http://127.0.0.1:{free_port()}", daemon)
    assert answer.returncode == 1
    assert not any(line.startswith("ok ") for line in answer.stdout.splitlines())


def test_a_daemon_without_its_upstream(start_schedule_svc, campus_sim):
    schedule_svc = start_schedule_svc(campus_sim, RUZ_BASE_URL="http://127.0.0.1:1")
    answer = smoke(schedule_svc.url)
    assert answer.returncode == 1
    assert "FAIL  faculties" in answer.stdout
    assert "ok    it lives" in answer.stdout


# --- each check fails when its subject is broken ---


class Broken(http.server.BaseHTTPRequestHandler):
    """Whatever it is asked, it has failed, and says so at length: the scripts cut that short, though no letter in two."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(500)
        body = ("-" + "я" * 400).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


@pytest.fixture
def broken():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


EVERY_LOGIN = {
    "SSO_ADMIN_USERNAME": "admin",
    "SSO_ADMIN_PASSWORD": "nothing at all",
    "STUDENT": "student4",
    "STUDENT_PASSWORD": "nothing",
    "STAFF_TOKEN": "a.b.c",
    "STUDENT_TOKEN": "a.b.c",
    "ADMIN_TOKEN": "a.b.c",
    "TEACHER_TOKEN": "a.b.c",
    "LAUNCH_TOKEN": "a.b.c",
    "SYNC_SECONDS": "1",
}


@pytest.mark.parametrize("script", [*SCRIPTS, "platform"])
def test_no_check_passes_where_everything_fails(broken, script):
    bases = [broken] * (3 if script == "platform" else 1)
    answer = subprocess.run(
        [ROOT / f"tests/smoke/{script}.sh", *bases],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **EVERY_LOGIN, "BASE_MAIN": broken},
    )
    lines = answer.stdout.splitlines()
    assert answer.returncode == 1
    assert sum(line.startswith("FAIL ") for line in lines) > 15
    assert not [line for line in lines if line.startswith("ok ")]
