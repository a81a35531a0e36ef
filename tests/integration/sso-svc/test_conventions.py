# SPDX-License-Identifier: MIT
"""What holds for every answer: headers, content types, sizes, languages, old clients, pages of other origins."""

import functools
import json
import re

import pytest

import crowd
import sso
from refusals import check_problem, check_refused
from routes import ADMIN, ROUTES, SERVICES, TRAFFIC

PAGE = "https://pages.example"
SETTINGS = {"CORS_ALLOW_ORIGINS": f"{PAGE},http://localhost:3000"}
BODY_LIMIT = 1 << 20
BATCH = "/api/provision/traffic/teachers:batch"

every_route = pytest.mark.parametrize("route", ROUTES, ids=repr)
with_body = pytest.mark.parametrize("route", [route for route in ROUTES if route.body is not None], ids=repr)


def caller_of(svc, route):
    """Headers of somebody whom the route serves."""
    if not route.who:
        return {}
    return svc.admin() if ADMIN in route.who else sso.service(SERVICES if SERVICES in route.who else TRAFFIC)


def ask(svc, route, headers=None, **options):
    headers = {**caller_of(svc, route), **(headers or {})}
    return svc.request(route.method, route.path, headers=headers, **{"json_body": route.body, **options})


@every_route
def test_headers(svc, route):
    for response in (ask(svc, route), svc.request(route.method, route.path, json_body=route.body)):
        assert response.header("x-content-type-options") == "nosniff"
        assert response.header("referrer-policy") == "no-referrer"
        assert "frame-ancestors 'none'" in response.header("content-security-policy")
        assert response.header("x-request-id") and response.header("traceparent")
        assert response.header("server") is None
        if "jwks" not in route.path:
            assert response.header("cache-control") == "no-store"


def test_tokens_are_not_stored_by_caches(svc):
    response = svc.log_in(sso.ADMIN["username"], sso.ADMIN["password"])
    refreshed = svc.refresh(response.json["refresh_token"])
    assert {each.header("cache-control") for each in (response, refreshed)} == {"no-store"}
    assert response.header("set-cookie") is None


# --- bodies ---


@with_body
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None])
def test_another_type(svc, route, content_type):
    def send(headers):
        fields = {**headers, **({"Content-Type": content_type} if content_type else {})}
        return ask(svc, route, fields, json_body=None, body=b"{}")

    check_refused(send, 415, "unsupported_media_type")


@with_body
def test_json_of_any_spelling(svc, route):
    for content_type in ("application/json", "application/json; charset=utf-8", "Application/JSON"):
        response = ask(svc, route, {"Content-Type": content_type}, json_body=None, body=json.dumps(route.body).encode())
        assert response.status in (200, 404, 422)


@with_body
def test_no_json(svc, route):
    for body in (b"", b"{", b"[1,]", b'{"a":1}}', b"{'a':1}", b'{"a":"\xff"}', b'{"a":NaN}', b"[" * 100_000):
        response = ask(svc, route, {"Content-Type": "application/json"}, json_body=None, body=body)
        check_problem(response, 400, "malformed_request")


@with_body
def test_a_large_body(svc, route):
    limit = 4 * BODY_LIMIT if route.path == BATCH else BODY_LIMIT
    body = json.dumps({"full_name": "x" * (limit + 1)}).encode()
    check_problem(ask(svc, route, {"Content-Type": "application/json"}, json_body=None, body=body), 413, "content_too_large")


def test_members_that_nobody_knows(svc):
    user = svc.provisioned("teacher", "t-1", telegram_id=5, role="admin", app="sso", id="x", created_at="never")
    assert (user["telegram_id"], user["role"], user["app"]) == (None, "teacher", "traffic")


# --- paths and methods ---


@every_route
def test_head_and_options(svc, route):
    response = svc.request("OPTIONS", route.path)
    assert response.status in (200, 204) and route.method in response.header("allow")
    if route.method == "GET":
        head, get = svc.request("HEAD", route.path, headers=caller_of(svc, route)), ask(svc, route)
        assert (head.status, head.body) == (get.status, b"")


@pytest.mark.parametrize("path", ["/", "/api", "/api/auth", "/api/nothing", "/api/users/x/y", "/api/provision/traffic", "/api/audit/1", "/api//users", "/API/users"])
def test_there_is_nothing_else(svc, path):
    check_refused(functools.partial(svc.as_admin, "GET", path), 404, "not_found")


@every_route
def test_http_1_0(svc, route):
    """nginx's default towards an upstream."""
    body = b"" if route.body is None else json.dumps(route.body).encode()
    fields = {**caller_of(svc, route), "Content-Length": len(body), "Content-Type": "application/json"}
    head = f"{route.method} {route.path} HTTP/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    with svc.connect() as connection:
        response = connection.send(head.encode() + b"\r\n" + body).read_response()
        assert response.status == ask(svc, route).status
        assert connection.is_closed()


# --- ids of requests ---


def test_a_request_id_is_taken(svc):
    response = svc.get("/api/users", headers={"X-Request-ID": "Seen.Before_17-x"})
    assert response.header("x-request-id") == response.json["request_id"] == "Seen.Before_17-x"


@pytest.mark.parametrize("bad", ["a b", "x" * 129, "я", '"', ""])
def test_or_made(svc, bad):
    response = svc.get("/api/users", headers={"X-Request-ID": bad.encode()})
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,128}", response.header("x-request-id"))
    assert response.header("x-request-id") != bad


def test_a_trace_goes_on(svc):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    response = svc.get("/api/users", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert response.header("traceparent").startswith(f"00-{trace}-")


# --- languages ---


@pytest.mark.parametrize(
    "accept, english", [("en", True), ("en-GB,ru;q=0.5", True), ("ru", False), ("de", False), ("ru,en;q=0.9", False), ("en;q=0.1,ru", False), ("", False)]
)
def test_languages(svc, accept, english):
    response = svc.get("/api/users", headers={"Accept-Language": accept})
    assert (response.json["detail"] == "Sign in to continue.") == english
    assert "Accept-Language" in response.header("vary")


# --- pages of other origins ---


def test_pages_that_may_call(svc):
    for response in (svc.get("/api/users", headers={"Origin": PAGE, **svc.admin()}), svc.get("/api/users", headers={"Origin": PAGE})):
        assert response.header("access-control-allow-origin") == PAGE
        assert "Origin" in response.header("vary")
        assert "X-Total-Count" in response.header("access-control-expose-headers")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{PAGE}.evil.example", "http://pages.example", "*"])
def test_pages_that_may_not(svc, origin):
    response = svc.get("/api/users", headers={"Origin": origin, **svc.admin()})
    assert response.header("access-control-allow-origin") is None


def test_preflight(svc):
    fields = {"Origin": PAGE, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
    response = svc.request("OPTIONS", "/api/users/17", headers=fields)
    assert response.status in (200, 204)
    assert response.header("access-control-allow-origin") == PAGE
    assert "PATCH" in response.header("access-control-allow-methods")
    allowed = {name.strip().lower() for name in response.header("access-control-allow-headers").split(",")}
    assert {"authorization", "x-student-token", "idempotency-key", "x-request-id", "if-none-match"} <= allowed
    assert "x-service-secret" not in allowed


# --- operation ---


@pytest.mark.parametrize("path", ["/api/health", "/healthz"])
def test_health(svc, path):
    assert svc.get(path).json == {"status": "ok"}


def test_readiness_names_its_checks(svc):
    checks = svc.get("/readyz").json["checks"]
    assert {name: check["status"] for name, check in checks.items()} == {"database": "ok", "administrator": "ok"}


METRICS = [
    "sso_logins_total",
    "sso_refreshes_total",
    "sso_provisions_total",
    "sso_telegram_tokens_total",
    "poly_token_failures_total",
    "poly_offload_waiting",
    "http_requests_total",
]


def test_metrics(svc):
    samples = svc.metrics()
    names = {sample.partition("{")[0] for sample in samples}
    assert [name for name in METRICS if name not in names] == []
    assert 'poly_offload_waiting{pool="hash"}' in samples


@pytest.mark.parametrize(
    "outcome, body",
    [
        ("ok", sso.ADMIN),
        ("wrong", {**sso.ADMIN, "password": "не тот пароль"}),
        ("wrong", {"username": "nobody.here", "password": "не тот пароль"}),
    ],
)
def test_logins_are_counted(svc, outcome, body):
    before = svc.metric("sso_logins_total", outcome=outcome)
    svc.request("POST", "/api/auth/login", json_body=body)
    assert svc.metric("sso_logins_total", outcome=outcome) == before + 1


def test_no_metric_names_anybody(svc, people):
    """Labels are few: routes, not paths; outcomes, not people."""
    person = people.provision()
    svc.as_admin("GET", f"/api/users/by-ruz-teacher/{people.number()}")
    svc.as_admin("PATCH", f"/api/users/{person.id}", json_body={})
    text = svc.get("/metrics").text
    assert person.id not in text and person.username not in text
    assert 'route="/api/users/{id}"' in text


# --- when the database is away ---


def test_without_a_database(sso_svc, postgres):
    admin = sso_svc.admin()
    postgres.crash()
    headers = [admin if ADMIN in route.who else caller_of(sso_svc, route) for route in ROUTES]
    requests = [(route.method, route.path, {"headers": each, "json_body": route.body}) for route, each in zip(ROUTES, headers)]
    for route, response in zip(ROUTES, crowd.ask_together(sso_svc.url, requests)):
        if response.status not in (200, 404, 422):
            check_problem(response, 503)
            assert response.json["code"] in ("upstream_unavailable", "teacher_sync_unavailable"), route
    assert sso_svc.get("/api/auth/me", headers=admin).status == 200
    assert sso_svc.get("/.well-known/jwks.json").status == 200
    assert sso_svc.get("/healthz").status == 200
    response = sso_svc.get("/readyz")
    assert response.status == 503 and response.json["checks"]["database"]["status"] != "ok"
