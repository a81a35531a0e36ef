# SPDX-License-Identifier: MIT
"""Tokens that sso-svc did not issue, in every way of making one: 401, and no costlier than a token that is right."""

import base64
import hashlib
import hmac
import json
import time
import uuid

import pytest

import poly_http
import sso
from poly_process import INSTRUMENTED

pytestmark = pytest.mark.fault(19)

LIMIT = 8192  # of a token; beyond 16 KiB the header itself is refused
TIMES = 2000


def encode(content):
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def public_key(daemon):
    return daemon.get("/.well-known/jwks.json").json["keys"][0]


class Forger:
    """Makes tokens out of one that is right."""

    def __init__(self, token, jwk):
        self.parts = token.split(".")
        self.header, self.claims = decode(self.parts[0]), decode(self.parts[1])
        self.jwk = jwk

    def made_of(self, header=None, claims=None, signature=None):
        parts = [{**self.header, **(header or {})}, {**self.claims, **(claims or {})}]
        return ".".join([*(encode(part) for part in parts), self.parts[2] if signature is None else signature])

    def hs256(self):
        text = f"{encode({**self.header, 'alg': 'HS256'})}.{self.parts[1]}"
        secret = json.dumps(self.jwk, separators=(",", ":")).encode()
        return f"{text}.{encode(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"

    def all(self):
        now = int(time.time())
        head, body, signature = self.parts
        return {
            "no algorithm": self.made_of({"alg": "none"}, signature=""),
            "the public key as a secret": self.hs256(),
            "another algorithm": self.made_of({"alg": "RS256"}),
            "another type": self.made_of({"typ": "JWT"}),
            "an unknown key": self.made_of({"kid": "20200101T000000Z-00000000"}),
            "a path for a key": self.made_of({"kid": "../" * 20 + "etc/passwd"}),
            "a key of its own": self.made_of({"jwk": self.jwk}),
            "a critical extension": self.made_of({"crit": ["b64"], "b64": False}),
            "another issuer": self.made_of(claims={"iss": "main-svc"}),
            "another audience": self.made_of(claims={"aud": "main"}),
            "expired": self.made_of(claims={"iat": now - 7200, "exp": now - 3600}),
            "from the future": self.made_of(claims={"iat": now + 3600, "exp": now + 7200}),
            "another user": self.made_of(claims={"sub": str(uuid.uuid4())}),
            "another signature": f"{head}.{body}.{encode(bytes(range(1, 65)))}",
            "a signature of zeros": f"{head}.{body}.{encode(bytes(64))}",
            "cut short": f"{head}.{body}.{signature[:-8]}",
            "cut in the claims": f"{head}.{body[:-5]}",
            "one dot": f"{head}.{body}",
            "three dots": f"{head}.{body}.{signature}.{signature}",
            "a dot twice": f"{head}..{body}.{signature}",
            "nothing but dots": "..",
            "as long as may be": f"{head}.{encode({**self.claims, 'more': 'x' * 5500})}.{signature}",
            "too long": f"{head}.{'A' * (LIMIT + 1)}.{signature}",
        }


@pytest.fixture
def forger(sso_svc):
    return Forger(sso_svc.login()["access_token"], public_key(sso_svc))


# One of each kind of route that takes a token.
ROUTES = [
    ("GET", "/api/auth/me"),
    ("GET", "/api/auth/sessions"),
    ("GET", "/api/users"),
    ("PATCH", f"/api/users/{uuid.uuid4()}"),
    ("DELETE", f"/api/users/{uuid.uuid4()}"),
    ("POST", "/api/integrations/traffic/teacher-sync/run"),
    ("GET", "/api/audit"),
]


def test_each_is_refused_by_every_kind_of_route(sso_svc, database, forger):
    written = "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM audit)"
    before = database.value(written)
    for name, token in forger.all().items():
        for method, path in ROUTES:
            body = {} if method in ("POST", "PATCH") else None
            answer = sso_svc.request(method, path, headers=sso.bearer(token), json_body=body)
            assert answer.status == 401 and answer.json["code"] == "unauthenticated", (name, method, path, answer)
    for method, path in ROUTES:
        answer = sso_svc.request(method, path, headers=sso.bearer("A" * 100_000))
        assert answer.status == 431, (method, path, answer)
    assert database.value(written) == before
    assert sso_svc.get("/api/auth/me", headers=sso.bearer(".".join(forger.parts))).status == 200


def cpu_of(daemon, token):
    """Of a request with this token, in seconds."""
    with poly_http.Client(daemon.url) as client:
        before = daemon.cpu_seconds()
        statuses = {client.get("/api/auth/me", headers=sso.bearer(token)).status for _ in range(TIMES)}
        assert statuses == {401}
        return (daemon.cpu_seconds() - before) / TIMES


@pytest.mark.slow
def test_none_costs_more_than_one_signature(start_sso_svc):
    """What the worst token of the list costs is what a signature that is wrong costs, whatever its size."""
    if INSTRUMENTED:
        pytest.skip("instrumented code costs something else")
    daemon = start_sso_svc(LOG_LEVEL="warning", WORKERS=1)
    forger = Forger(daemon.login()["access_token"], public_key(daemon))
    costs = {name: cpu_of(daemon, token) for name, token in forger.all().items()}
    yardstick = costs["another signature"]
    print({name: round(cost * 1e6) for name, cost in costs.items()}, "µs")
    assert yardstick < 0.001
    for name, cost in costs.items():
        assert cost < 1.5 * yardstick + 20e-6, (name, cost, yardstick)
    assert cpu_of(daemon, "x" * 100) < yardstick
