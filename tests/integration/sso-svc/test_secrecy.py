# SPDX-License-Identifier: MIT
"""No password, token or secret shows where it does not belong: in a log line, a problem, a metric, a row.

Each is planted by what it is; afterwards everything that was written or said is searched for all of them.
"""

import base64
import hashlib
import secrets
import urllib.parse

import pytest

import forge
import sso
from imitated_traffic import Traffic
from people import People
from poly_process import run
from routes import ROUTES

ADMIN_PASSWORD = "Первый+пароль/администратора&"


class Planted:
    """Secrets by name, and where they were found although they must not be."""

    def __init__(self):
        self.secrets = {}

    def plant(self, name, secret):
        self.secrets[name] = secret
        return secret

    def password(self, name):
        return self.plant(f"the password of {name}", f"Пароль-{secrets.token_hex(12)}")

    def session(self, name, answer):
        """Of a login or a refresh."""
        self.plant(f"the access token of {name}", answer["access_token"])
        if "refresh_token" in answer:
            self.plant(f"the refresh token of {name}", answer["refresh_token"])
        return answer

    def found_in(self, text):
        return [name for name, secret in self.secrets.items() if any(form in text for form in forms(secret))]


def forms(secret):
    """As it is, and as a log, a URL, JSON or a database would write it."""
    raw = secret.encode()
    yield secret
    yield urllib.parse.quote(secret, safe="")
    yield secret.encode("ascii", "backslashreplace").decode()
    yield raw.hex()
    yield base64.b64encode(raw).decode().rstrip("=")
    yield hashlib.sha256(raw).hexdigest()
    if secret.count(".") == 2:
        yield secret.split(".")[2]


@pytest.fixture
def planted():
    return Planted()


def refusals_of_every_route(svc, planted):
    """Every route with secrets in the fields and headers that are for them, in forms that they do not have. The answers."""
    password = planted.password("a stranger")
    number = int(planted.plant("a number for a password", str(secrets.randbelow(10**14) + 10**14)))
    token = planted.plant("a stranger's token", forge.sign(forge.new_key(), {"alg": "ES256", "typ": "at+jwt", "kid": "x"}, {"sub": "x"}))
    secret = planted.plant("a stranger's secret", secrets.token_hex(32))
    bodies = [{"password": each, "refresh_token": each} for each in (password, token, number, [password], password * 40)]
    bodies += [{**bodies[0], "username": "some.body"}, [password]]
    headers = [svc.admin(), sso.bearer(token), {"X-Service-Secret": secret}, *(sso.service(name) for name in sso.SERVICE_SECRETS)]
    for route in ROUTES:
        for each in headers:
            fields = {**each, "Cookie": f"token={token}", "Accept-Language": "en"}
            for body in bodies if route.method in ("POST", "PATCH") else [None]:
                yield svc.request(route.method, route.path, headers=fields, json_body=body)
            if route.method in ("POST", "PATCH"):
                fields["Content-Type"] = "application/json"
                yield svc.request(route.method, route.path, headers=fields, body=f'{{"password": "{password}", oops'.encode())


def lives(svc, planted):
    """What users do with good secrets. Answers that bring a token are planted, the others are answered."""
    people = People(svc)
    planted.session("the administrator", svc.login(password=ADMIN_PASSWORD))
    for kind in sso.PROVISIONED:
        person = people.provision(kind, password=planted.password(kind))
        session = planted.session(kind, person.login())
        yield person.log_in(planted.plant(f"a wrong password of {kind}", f"Не-{secrets.token_hex(12)}"))
        spent = session["refresh_token"]
        for _ in range(2):
            session = planted.session(f"{kind}, again {_}", svc.refresh(session["refresh_token"]).json)
        yield svc.refresh(spent)
        yield people.change(person, password=planted.password(f"{kind}, changed"))
        yield svc.request("POST", "/api/auth/logout", json_body={"refresh_token": session["refresh_token"]})
    admin = people.admin("traffic", password=planted.password("an admin"))
    yield svc.as_admin("POST", f"/api/users/{admin.id}/telegram-link", json_body={"telegram_id": 17})
    planted.session("a Telegram account", svc.as_service("traffic", "POST", "/api/tokens/telegram", json_body={"telegram_id": 17}).json)
    body = {"username": admin.username, "full_name": "А", "app": "sso", "password": planted.password("who is refused")}
    yield svc.as_admin("POST", "/api/users", json_body=body, headers={"Idempotency-Key": "once"})
    body = {**body, "username": "keyed.admin", "password": planted.password("who is made by a key")}
    for _ in range(2):
        yield svc.as_admin("POST", "/api/users", json_body=body, headers={"Idempotency-Key": "twice"})
    for path in ("/api/auth/sessions", "/api/auth/me", "/api/users", "/api/audit", "/readyz", "/openapi.json"):
        yield svc.as_admin("GET", path)
    yield svc.as_admin("GET", "/api/integrations/traffic/teacher-sync/status")
    yield svc.as_admin("POST", "/api/integrations/traffic/teacher-sync/run")


def tables(database):
    """All that the database has, but for the columns that are meant to be secret."""
    names = [name for (name,) in database.run("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")]
    assert {"users", "sessions", "refresh_tokens", "audit", "idempotency_keys"} <= set(names)
    return {name: "\n".join(row for (row,) in database.run(f"SELECT t::text FROM {name} t")) for name in names}


def test_nothing_shows(start_sso_svc, database, postgres, planted):
    with Traffic() as traffic:
        svc = start_sso_svc(
            TRAFFIC_API_URL=traffic.url,
            LOG_LEVEL="debug",
            SSO_ADMIN_PASSWORD=ADMIN_PASSWORD,
            LOGIN_ATTEMPTS_PER_ACCOUNT=10000,
            LOGIN_ATTEMPTS_PER_ADDRESS=10000,
        )
        svc.adopt(svc.login(password=ADMIN_PASSWORD))
        planted.plant("the administrator's password", ADMIN_PASSWORD)
        planted.plant("the administrator's token", svc.admin()["Authorization"].removeprefix("Bearer "))
        planted.plant("the internal secret", sso.INTERNAL_SECRET)
        for name, secret in sso.SERVICE_SECRETS.items():
            planted.plant(f"the secret of {name}", secret)
        answers = [*lives(svc, planted), *refusals_of_every_route(svc, planted)]
        traffic.says({"detail": "no"}, status=401)
        answers.append(svc.as_admin("POST", "/api/integrations/traffic/teacher-sync/run"))
    answers.append(svc.as_admin("GET", "/api/integrations/traffic/teacher-sync/status"))
    postgres.crash()
    answers.append(svc.log_in(sso.ADMIN["username"], ADMIN_PASSWORD))
    postgres.restart()
    svc.wait_ready()
    key = next(svc.environment["SIGNING_KEYS_DIR"].glob("*.pem")).read_text(encoding="ascii")
    planted.plant("the signing key", "".join(key.splitlines()[1:-1])[40:])
    said = {
        "the log": "\n".join(svc.raw_log()),
        "standard error": svc.errors(),
        "the metrics": svc.get("/metrics").text,
        "PostgreSQL's log": postgres.log(),
        "config": run("sso-svc", "config", environment=svc.environment).stdout,
        **{f"table {name}": text for name, text in tables(database).items()},
    }
    for number, answer in enumerate(answers):
        said[f"answer {number} ({answer.status})"] = str(answer.headers) + answer.text
    assert len(answers) > 300 and len(planted.secrets) > 30
    assert {place: planted.found_in(text) for place, text in said.items() if planted.found_in(text)} == {}


def test_the_search_would_find_them(planted):
    """In each of their forms."""
    password = planted.password("x")
    assert all(planted.found_in(f"…{form}…") == ["the password of x"] for form in forms(password))
    assert planted.found_in("nothing") == []


def test_answers_bring_nobody_elses(svc):
    """What users are told of users."""
    user = svc.provisioned("teacher", "t-1", password="Пароль учителя")
    assert not any("password" in name or "hash" in name or "chat" in name for name in user)
    session = svc.get("/api/auth/sessions", headers=svc.admin()).json[0]
    assert not any("token" in name or "hash" in name for name in session)


def test_idempotency_keys_hold_no_password_to_guess(svc, file_database):
    """A plain hash of a body with a password would be one to try millions of passwords on."""
    body = b'{"username":"guess.me","full_name":"A","app":"traffic","password":"Short-pass-1"}'
    headers = {**svc.admin(), "Idempotency-Key": "guess", "Content-Type": "application/json"}
    assert svc.request("POST", "/api/users", headers=headers, body=body).status == 201
    [(digest,)] = file_database.run("SELECT encode(digest, 'hex') FROM idempotency_keys ORDER BY created_at DESC LIMIT 1")
    inner = hashlib.sha256(body).hexdigest()
    guesses = [body, inner.encode(), f"POST /api/users {inner}".encode(), b"POST /api/users " + body]
    assert digest not in [hashlib.sha256(guess).hexdigest() for guess in guesses]
