# SPDX-License-Identifier: MIT
"""main-svc when CAS or the record book hangs, drips, resets, fails or answers nonsense, when clients leave or crawl, and
when it is stopped in the middle: clear errors in time, nothing sent twice, and whoever is signed in is served on."""

import base64
import concurrent.futures
import hashlib
import hmac
import json
import secrets
import shutil
import signal
import subprocess
import time

import pytest

import poly_http
from campus import CAS, RECORD_BOOK, password_of
from poly_process import BUILD, INSTRUMENTED, LOOPBACK, PATIENCE, free_port, load, wait_until
from portal import Browser, bearer
from test_slow_clients import Crowd

# Each call may take this long; a login makes two, a record book three.
DEADLINE_MS = 1200 * PATIENCE
SLACK = 1.0 * PATIENCE
GIGABYTE = 1 << 30
MEBIBYTE = 1 << 20

LOGIN = "/api/auth/login"
RIGHT = {"username": "student4", "password": password_of("student4")}
TYPES = {"Content-Type": "application/json"}

# 10: what a site does, and what a student gets of it.
FAULTS = {
    "hangs": ({"mode": "hang"}, {504}),
    "drips": ({"mode": "drip", "drip_bytes_per_second": 200}, {504}),
    "resets": ({"mode": "reset"}, {503}),
    "answers 500": ({"status": 500}, {503}),
    "answers HTML": ({"mode": "html"}, {502}),
    "answers HTML and 404": ({"mode": "html", "status": 404}, {502}),
    "breaks off": ({"mode": "truncated"}, {502}),
    "answers 1 GB": ({"mode": "huge", "size_bytes": GIGABYTE, "chunked": False}, {502}),
    "answers 1 GB in chunks": ({"mode": "huge", "size_bytes": GIGABYTE}, {502}),
    "answers another shape": ({"mode": "wrong_schema"}, {502}),
    "has another layout": ({"mode": "layout"}, {502}),
    "redirects for ever": ({"mode": "redirect"}, {502}),
    "sets a cookie too long": ({"mode": "cookies"}, {502}),
}
each_fault = pytest.mark.parametrize("fault, statuses", FAULTS.values(), ids=FAULTS.keys())


def assert_problem(response, statuses):
    assert response.status in statuses, response
    assert response.header("content-type") == "application/problem+json"
    problem = response.json
    assert problem["code"] and problem["title"] and problem["detail"] and problem["request_id"]
    assert response.status != 503 or int(response.header("retry-after")) > 0


@pytest.fixture
def impatient(start_main_svc, campus_sim):
    return start_main_svc(campus_sim, CAS_DEADLINE_MS=DEADLINE_MS, RECORD_BOOK_DEADLINE_MS=DEADLINE_MS)


def peak_resident_bytes(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))


def still_serves(main_svc, token):
    assert main_svc.ask("/api/auth/me", token).status == 200
    assert main_svc.launch_token(token)


@pytest.mark.fault(10)
@each_fault
def test_cas(impatient, campus_sim, fault, statuses):
    token = impatient.token()
    resident = impatient.resident_bytes()
    campus_sim.fault("/login", site=CAS, **fault)
    began = time.monotonic()
    assert_problem(impatient.log_in(**RIGHT), statuses)
    assert time.monotonic() - began < DEADLINE_MS / 1000 + SLACK
    still_serves(impatient, token)
    assert INSTRUMENTED or peak_resident_bytes(impatient) - resident < 24 * MEBIBYTE
    campus_sim.clear_faults()
    assert impatient.login()


@pytest.mark.fault(10)
@each_fault
def test_validation(impatient, campus_sim, fault, statuses):
    address, cookie = impatient.set_out()
    back = Browser(campus_sim).sign_in(address)
    campus_sim.fault("/p3/serviceValidate", site=CAS, **fault)
    campus_sim.reset_requests()
    began = time.monotonic()
    answer = impatient.come_back(back, cookie)
    assert answer.status in statuses, answer
    assert time.monotonic() - began < DEADLINE_MS / 1000 + SLACK
    # A ticket is good once: whatever happened, it is not sent again.
    if fault.get("mode") != "redirect":
        assert campus_sim.requests("/p3/serviceValidate", site=CAS)["total"] == 1


@pytest.mark.fault(10)
@pytest.mark.parametrize("path", ["/login", "/api/record-book"])
@each_fault
def test_record_book(impatient, campus_sim, fault, statuses, path):
    token = impatient.token()
    campus_sim.fault(path, site=RECORD_BOOK, **fault)
    began = time.monotonic()
    answer = impatient.ask("/api/gradebook", token)
    if fault.get("mode") == "cookies" and path != "/login":
        statuses = {*statuses, 200}
    if answer.status != 200:
        assert_problem(answer, statuses)
    assert answer.status in statuses
    assert time.monotonic() - began < 3 * DEADLINE_MS / 1000 + SLACK
    still_serves(impatient, token)
    campus_sim.clear_faults()
    assert impatient.ask("/api/gradebook", token).status == 200


@pytest.mark.fault(10)
def test_a_cas_that_is_down_is_left_alone(impatient, campus_sim):
    """After some failures nobody waits for it in vain, and it is asked again soon."""
    campus_sim.fault("/login", site=CAS, status=500)
    for _ in range(6):
        assert impatient.log_in(**RIGHT).status == 503
    campus_sim.reset_requests()
    began = time.monotonic()
    assert [impatient.log_in(**RIGHT).status for _ in range(5)] == [503] * 5
    assert campus_sim.requests(site=CAS)["total"] <= 1 and time.monotonic() - began < 2 * PATIENCE
    campus_sim.clear_faults()
    wait_until(lambda: impatient.log_in(**RIGHT).status == 200, 20, "CAS to be asked again")


# 12: a peer that resets after it has received a post has it once.


@pytest.mark.fault(12)
@pytest.mark.parametrize("mode", ["reset", "truncated"])
def test_a_form_is_posted_once(impatient, campus_sim, mode):
    page = campus_sim.get(CAS + "/login").text.replace('action="login"', 'action="logout"')
    campus_sim.override("/login", site=CAS, text=page)
    campus_sim.fault("/logout", site=CAS, mode=mode)
    campus_sim.reset_requests()
    assert impatient.log_in(**RIGHT).status in (502, 503)
    assert campus_sim.requests("/logout", site=CAS)["total"] == 1


# 14: crawling clients.


@pytest.mark.fault(14)
def test_crawling_bodies(main_svc):
    token = main_svc.token()
    crowd = Crowd(main_svc, "body", LOGIN, 1000, patience=30)
    try:
        crowd.wait_ready()
        others = load(main_svc.url, "-c", 4, "-r", 400, "-d", 1, "-p", "/api/auth/me", "-H", f"Authorization: Bearer {token}")
        assert others["errors"]["all"] == 0 and set(others["statuses"]) == {"200"}
        assert others["latency_us"]["p99"] < 200_000 * PATIENCE
        figures = crowd.finish()
    finally:
        crowd.end()
    assert figures["ended"] == figures["opened"] and figures["held"] == 0
    assert figures["longest_ms"] <= 8000 * PATIENCE


# 16: clients that leave while CAS takes its time.

SANITIZED = BUILD / "address-undefined/bin/main-svc"


@pytest.mark.fault(16)
@pytest.mark.parametrize("program", ["as it is", "sanitized"])
def test_clients_that_leave(start_main_svc, campus_sim, program):
    options = {}
    if program == "sanitized":
        if INSTRUMENTED or not SANITIZED.exists():
            pytest.skip("there is no second build; make SANITIZE=address,undefined makes it")
        options["program"] = SANITIZED
    limits = {"LOGIN_ATTEMPTS_PER_ACCOUNT": 10000, "LOGIN_ATTEMPTS_PER_ADDRESS": 10000}
    main_svc = start_main_svc(campus_sim, WORKERS=1, **limits, **options)
    campus_sim.fault("/login", site=CAS, mode="hang")
    descriptors = main_svc.descriptor_count()
    body = json.dumps(RIGHT)
    for crowd in (1, 2):
        connections = [main_svc.connect() for _ in range(100)]
        for connection in connections:
            connection.send(
                f"POST {LOGIN} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            )
        wait_until(lambda: campus_sim.requests("/login", site=CAS)["in_flight"] >= 10, 10, "some of them to wait for CAS")
        for connection in connections:
            connection.close()
        wait_until(
            lambda: main_svc.metric("http_requests_total", status="499") == 100 * crowd, 10, "their places to be free"
        )
    campus_sim.clear_faults()
    wait_until(lambda: main_svc.log_in(**RIGHT).status == 200, 20, "a login")
    wait_until(lambda: main_svc.descriptor_count() <= descriptors + 4, 10, "no more descriptors than before")


# 19: tokens.


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(main_svc, **changes):
    """Tokens that are not what they say, made of a good one."""
    head, payload, signature = main_svc.token().split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    jwks = main_svc.get("/.well-known/jwks.json").body

    def made(header_changes=None, claim_changes=None, sign=None):
        one = encode(json.dumps({**header, **(header_changes or {})}).encode())
        two = encode(json.dumps({**claims, **(claim_changes or {})}).encode())
        return f"{one}.{two}." + (sign(f"{one}.{two}".encode()) if sign else signature)

    now = int(time.time())
    return {
        "no algorithm": made({"alg": "none"}, sign=lambda _: ""),
        "HS256 with the public key": made(
            {"alg": "HS256"}, sign=lambda text: encode(hmac.new(jwks, text, hashlib.sha256).digest())
        ),
        "another subject": made(claim_changes={"sub": "1"}),
        "another audience": made(claim_changes={"aud": "services"}),
        "another issuer": made(claim_changes={"iss": "sso-svc"}),
        "another type": made({"typ": "at+jwt"}),
        "another key": made({"kid": "nobody"}),
        "expired": made(claim_changes={"exp": now - 1000, "iat": now - 2000}),
        "from the future": made(claim_changes={"iat": now + 1000, "exp": now + 2000}),
        "a zero signature": f"{head}.{payload}." + "A" * 86,
        "truncated": f"{head}.{payload}.{signature[:-4]}",
        "no signature": f"{head}.{payload}.",
        "two parts": f"{head}.{payload}",
        "a launch token": main_svc.launch_token(f"{head}.{payload}.{signature}"),
        "9 KiB": f"{head}.{payload}{'A' * 9000}.{signature}",
    }


@pytest.mark.fault(19)
def test_forged_tokens(main_svc):
    good = main_svc.token()
    for what, token in forged(main_svc).items():
        for path in ("/api/auth/me", "/api/gradebook", "/api/miniapps/launch-token", "/api/schedule"):
            answer = main_svc.ask(path, token)
            assert answer.status == 401, (what, path, answer)
            assert 'error="invalid_token"' in answer.header("www-authenticate")
    # 100 KB does not even fit into a head.
    assert main_svc.get("/api/auth/me", headers=bearer("A" * 100_000)).status in (400, 431)
    assert main_svc.ask("/api/auth/me", good).status == 200


@pytest.mark.fault(19)
def test_forged_tokens_cost_little(main_svc):
    """Junk is as cheap as a bounded parse: a thousand of it holds nobody up."""
    tokens = list(forged(main_svc).values())
    before = main_svc.cpu_seconds()
    with poly_http.Client(main_svc.url) as client:
        for index in range(1000):
            assert client.get("/api/auth/me", headers=bearer(tokens[index % len(tokens)])).status == 401
    assert main_svc.cpu_seconds() - before < 1.0 * PATIENCE


# 23: the wall clock steps by an hour.


@pytest.mark.fault(23)
def test_clock_steps(start_main_svc, campus_sim, clock):
    main_svc = start_main_svc(campus_sim, LAUNCH_TOKEN_SECONDS=300, **clock.environment)
    token = main_svc.token()
    for seconds in (3600, -3600):
        clock.set(seconds)
        # Timers go on: a call that hangs ends at its deadline, and the daemon answers.
        campus_sim.fault("/login", site=CAS, mode="hang")
        began = time.monotonic()
        assert main_svc.log_in("student1", password_of("student1")).status == 504
        assert 5 < time.monotonic() - began < 9
        campus_sim.clear_faults()
        # An hour ahead a week's token is good; an hour back it comes from the future, and 30 s are all that is forgiven.
        assert main_svc.ask("/api/auth/me", token).status == (200 if seconds > 0 else 401)
        assert main_svc.ask("/api/auth/me", main_svc.token("student2")).status == 200
    for seconds, status in ((-20, 200), (-60, 401), (0, 200)):
        clock.set(seconds)
        assert main_svc.ask("/api/auth/me", token).status == status, seconds
    assert main_svc.ask("/api/gradebook", main_svc.token()).status == 200


# 24: SIGTERM in the middle, and replicas restarted one by one.


@pytest.mark.fault(24)
def test_logins_under_way_end_well(main_svc, campus_sim):
    campus_sim.fault("/login", site=CAS, delay_ms=700 * PATIENCE)
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        answers = [
            clients.submit(main_svc.log_in, f"student{number}", password_of(f"student{number}")) for number in range(1, 7)
        ]
        wait_until(lambda: campus_sim.requests("/login", site=CAS)["in_flight"] == 6, 10, "all of them to wait for CAS")
        main_svc.signal(signal.SIGTERM)
        assert [answer.result().status for answer in answers] == [200] * 6
    assert main_svc.wait_exit(20) == 0
    main_svc.start()


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
    upstream portal {{
        server {first} max_fails=0;
        server {second} max_fails=0;
        keepalive 32;
    }}
    server {{
        listen {listen};
        location / {{
            proxy_pass http://portal;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_next_upstream error timeout http_503 non_idempotent;
            proxy_next_upstream_tries 2;
        }}
    }}
}}
"""


@pytest.fixture
def balance(tmp_path):
    """balance(first, second): the URL of an nginx before the two."""
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


@pytest.mark.fault(24)
@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
def test_rolling_restart(start_main_svc, campus_sim, balance, tmp_path):
    """Tokens of one replica are the other's, and with a shared store record books too: no request fails."""
    directory = tmp_path / "sessions"
    directory.mkdir(mode=0o700)
    shared = {"SESSION_STORE_DIR": directory, "SESSION_STORE_KEY": secrets.token_hex(32)}
    replicas = [start_main_svc(campus_sim, **shared) for _ in range(2)]
    url = balance(*replicas)
    token = replicas[0].token()
    faults, answers, ends = [], [], []

    def live():
        while not ends:
            for method, path, body in (
                ("GET", "/api/auth/me", None),
                ("GET", "/api/gradebook", None),
                ("GET", "/api/miniapps/launch-token", None),
                ("POST", LOGIN, RIGHT),
            ):
                answer = poly_http.request(method, url + path, headers=bearer(token), json_body=body)
                answers.append(path)
                if answer.status != 200:
                    faults.append((path, answer))

    with concurrent.futures.ThreadPoolExecutor(4) as clients:
        running = [clients.submit(live) for _ in range(4)]
        try:
            wait_until(lambda: len(answers) > 100, 20, "the clients to be busy")
            for replica in replicas:
                seen = len(answers)
                replica.restart()
                wait_until(lambda: len(answers) > seen + 100, 20, "the replica to be busy again")
        finally:
            ends.append(True)
        for client in running:
            client.result()
    assert not faults
