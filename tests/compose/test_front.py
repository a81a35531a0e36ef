# SPDX-License-Identifier: MIT
"""What the nginx in front does with requests."""

import json

import pytest

import poly_http
from poly_process import wait_until
from stack import DAEMONS, PATIENCE, short


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_daemon_is_below_its_name(running_stack, daemon):
    answer = running_stack.request("GET", daemon, "/api/health")
    assert answer.status == 200 and answer.json == {"status": "ok"}


@pytest.mark.parametrize("path", ("metrics", "readyz", "healthz", "%6detrics", "x/../metrics", "/metrics"))
def test_what_is_for_operators_is_for_them_alone(running_stack, path):
    public = poly_http.RawConnection(*running_stack.front.removeprefix("http://").split(":"))
    public.send(f"GET /sso/{path} HTTP/1.1\r\nHost: poly\r\nConnection: close\r\n\r\n")
    assert public.read_response().status == 404
    assert poly_http.get(f"{running_stack.operators}/sso/metrics").status == 200


def test_an_unknown_path_is_a_problem(running_stack):
    for path in ("/", "/nothing", "/sso", "/postgres/api/health"):
        answer = poly_http.get(running_stack.front + path)
        assert answer.status == 404
        assert answer.header("content-type") == "application/problem+json"
        assert answer.json["code"] == "not_found"


def test_a_request_id_is_passed_on_or_made(running_stack):
    given = running_stack.request("GET", "sso-svc", "/api/health", headers={"X-Request-ID": "mine-1.2_3"})
    assert given.header("x-request-id") == "mine-1.2_3"
    for bad in ("a b", "x" * 200):
        made = running_stack.request("GET", "sso-svc", "/api/health", headers={"X-Request-ID": bad})
        assert made.header("x-request-id") not in (None, bad)


def last_request(stack, daemon, request_id):
    lines = stack.compose("logs", "--no-color", "--tail=200", daemon).splitlines()
    found = [json.loads(line[line.index("{") :]) for line in lines if request_id in line and '"request"' in line]
    assert found, lines[-5:]
    return found[-1]


def test_the_client_address_arrives_and_cannot_be_made_up(running_stack):
    headers = {"X-Request-ID": "who-am-i", "X-Forwarded-For": "203.0.113.7"}
    running_stack.request("GET", "sso-svc", "/api/auth/me", headers=headers)
    seen = last_request(running_stack, "sso-svc", "who-am-i")["address"]
    gateway = next(
        network["IPAM"]["Config"][0]["Gateway"]
        for network in running_stack.networks("nginx").values()
        if not network["Internal"]
    )
    assert seen == gateway  # this machine, as the front's network has it


def test_a_path_goes_on_as_it_was_written(running_stack):
    answer = running_stack.request("GET", "schedule-svc", "/api/schedule/search?q=%D0%B8%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2&kind=teacher")
    assert answer.status == 200
    # One segment for the router: a user's path, which has no GET, and not two, which would be nobody's.
    assert running_stack.request("GET", "sso-svc", "/api/users/a%2Fb").status == 405
    assert running_stack.request("GET", "sso-svc", "/api/users/a/b").status == 404


def test_a_daemon_that_is_away_is_a_problem(stack):
    stack.compose("stop", "--timeout", "20", "main-svc")
    answer = stack.request("GET", "main-svc", "/api/health")
    assert answer.status == 503
    assert answer.header("retry-after") == "1"
    assert answer.json["code"] == "unavailable"
    assert stack.request("GET", "sso-svc", "/api/health").status == 200


@pytest.mark.parametrize("daemon", DAEMONS)
def test_the_health_check_is_docker_s(running_stack, daemon):
    wait_until(lambda: running_stack.health(daemon) == "healthy", PATIENCE, "the health check to be passed")
    assert running_stack.execute(daemon, daemon, "healthcheck", check=False).returncode == 0
    assert short(daemon) in running_stack.url(daemon)
