# SPDX-License-Identifier: MIT
"""The control of traffic-svc's teacher sync, relayed for administrators. Here traffic-svc is an imitation."""

import functools
import socket

import pytest

import poly_process
import sso
from imitated_traffic import PROBLEM, Traffic
from refusals import check_problem, check_refused

STATUS = ("GET", "/api/integrations/traffic/teacher-sync/status")
RUN = ("POST", "/api/integrations/traffic/teacher-sync/run")
INTERNAL = {STATUS: ("GET", "/api/teachers/sync/status"), RUN: ("POST", "/api/teachers/sync/run")}

every_route = pytest.mark.parametrize("route", [STATUS, RUN], ids=["status", "run"])


PORT = poly_process.free_port()
SETTINGS = {"TRAFFIC_API_URL": f"http://127.0.0.1:{PORT}"}


@pytest.fixture(scope="module")
def imitation():
    with Traffic(PORT) as traffic:
        yield traffic


@pytest.fixture
def traffic(imitation):
    imitation.begin_anew()
    return imitation


@pytest.fixture
def fresh_svc(start_sso_svc):
    """Whose calls may fail: others would find a circuit breaker open."""
    return start_sso_svc(**SETTINGS)


def asking(svc, route):
    return functools.partial(svc.as_admin, *route)


def test_status(svc, traffic):
    state = {"running": True, "enabled": True, "last_error": None, "last_stats": {"fetched": 4000, "failed_sample": ["Ё"]}}
    traffic.says(state)
    response = svc.as_admin(*STATUS)
    assert (response.status, response.json) == (200, state)
    assert response.header("content-type").startswith("application/json")


def test_run(svc, traffic):
    response = svc.as_admin(*RUN)
    assert (response.status, response.json) == (202, {"status": "started"})


def test_one_runs_already(svc, traffic):
    problem = {"type": "about:blank", "title": "Уже идёт", "status": 409, "detail": "Синхронизация уже идёт.", "code": "sync_running", "request_id": "r"}
    traffic.says(problem, status=409, content_type=PROBLEM)
    response = svc.as_admin(*RUN)
    assert (response.status, response.header("content-type")) == (409, PROBLEM)
    assert (response.json["code"], response.json["detail"]) == ("sync_running", "Синхронизация уже идёт.")


@every_route
def test_what_traffic_svc_gets(svc, traffic, route):
    """The internal secret and the request's id; nothing of the administrator's."""
    headers = {**svc.admin(), "X-Request-ID": "sync-17", "Cookie": "a=b", **sso.service("traffic")}
    headers.pop("X-Service-Secret")
    assert svc.request(*route, headers=headers).status in (200, 202)
    [(method, path, sent)] = traffic.asked
    assert (method, path) == INTERNAL[route]
    assert sent["X-Service-Secret"] == sso.INTERNAL_SECRET
    assert sent["X-Request-ID"] == "sync-17"
    assert sent["Authorization"] is None and sent["Cookie"] is None


def test_who_may_not_is_not_relayed(svc, traffic):
    for route in (STATUS, RUN):
        assert svc.request(*route).status == 401
        assert svc.as_service("traffic", *route).status == 403
    assert traffic.asked == []


@every_route
@pytest.mark.parametrize("status", [401, 403])
def test_traffic_svc_refuses_the_secret(svc, traffic, route, status):
    """That is nothing the administrator did wrong."""
    traffic.says({"code": "unauthenticated", "detail": "x"}, status=status, content_type=PROBLEM)
    check_refused(asking(svc, route), 502, "teacher_sync_rejected")


def test_traffic_svc_fails_and_comes_back(fresh_svc, traffic):
    for route in (STATUS, RUN):
        traffic.says({"detail": "oops"}, status=500, content_type=PROBLEM)
        check_refused(asking(fresh_svc, route), 503, "teacher_sync_unavailable")
        traffic.begin_anew()
        assert fresh_svc.as_admin(*route).status in (200, 202)


@every_route
@pytest.mark.parametrize(
    "status, content_type, body",
    [(200, "text/html", "<html>nginx</html>"), (302, "text/html", ""), (404, "text/html", "<h1>404</h1>"), (204, "text/plain", "")],
)
def test_traffic_svc_talks_nonsense(svc, traffic, route, status, content_type, body):
    traffic.says(body, status=status, content_type=content_type, Location="http://127.0.0.1:1/")
    check_refused(asking(svc, route), 502, "teacher_sync_rejected")


@every_route
@pytest.mark.parametrize("body", ['{"running": tr', "", '{"a":1,"a":2}', b'{"a":"\xff"}'])
def test_traffic_svc_sends_broken_json(svc, traffic, route, body):
    traffic.says(body)
    check_refused(asking(svc, route), 502, "teacher_sync_rejected")


def test_traffic_svc_is_down(sso_svc):
    for route in (STATUS, RUN):
        check_refused(asking(sso_svc, route), 503, "teacher_sync_unavailable")


@pytest.mark.slow
def test_traffic_svc_hangs(start_sso_svc):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        svc = start_sso_svc(TRAFFIC_API_URL=f"http://127.0.0.1:{silent.getsockname()[1]}")
        check_problem(svc.as_admin(*STATUS), 504)
        assert svc.get("/healthz").status == 200


def test_a_run_is_audited_and_a_look_is_not(svc, traffic, file_database):
    events = "SELECT count(*) FROM audit WHERE event = 'teacher_sync_requested'"
    before = int(file_database.value(events))
    for route in (STATUS, RUN, STATUS):
        svc.as_admin(*route)
    assert len(traffic.asked) == 3
    assert int(file_database.value(events)) == before + 1
