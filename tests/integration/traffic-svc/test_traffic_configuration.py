# SPDX-License-Identifier: MIT
"""The environment of traffic-svc: every fault told at once, secrets worth the name, and no secret said."""

import secrets
import uuid

import pytest

import sso
import telegram
from poly_process import run

SECRETS = ("TRAFFIC_SSO_SERVICE_SECRET", "TRAFFIC_INTERNAL_SERVICE_SECRET")
SETTINGS = {"TELEGRAM_BOT_TOKEN": telegram.BOT_TOKEN, "LOG_LEVEL": "debug"}


@pytest.fixture
def good():
    """All that is required, with a database that is not there."""
    return {
        "LISTEN": "127.0.0.1:0",
        "DATABASE_URL": "postgresql://poly:geheim@127.0.0.1:1/none",
        **{name: secrets.token_hex(32) for name in SECRETS},
    }


def faults(environment):
    done = run("traffic-svc", "serve", environment=environment)
    assert done.returncode == 2 and done.stdout == ""
    return done.stderr.splitlines()


def test_what_is_required():
    lines = faults({"LISTEN": "127.0.0.1:0"})
    assert sorted(line.split()[0] for line in lines) == sorted(("DATABASE_URL", *SECRETS))


def test_every_fault_at_once(good):
    wrong = {
        "LISTEN": "nowhere",
        "DATABASE_URL": "mysql://root@localhost/traffic",
        "SSO_API_URL": "ftp://sso",
        "SCHEDULE_API_URL": "x",
        "TRAFFIC_TEACHER_SYNC_ENABLED": "perhaps",
        "TRAFFIC_TEACHER_SYNC_INTERVAL_SECONDS": "-1",
        "SYNC_MISSING_GRACE_DAYS": "-1",
        "SYNC_MAX_REMOVAL_PERCENT": "101",
        "TELEGRAM_AUTH_MAX_AGE_SECONDS": "soon",
        "QR_ROTATE_SECONDS": "0",
        "SESSION_MAX_MINUTES": "0",
        SECRETS[0]: "short",
    }
    assert sorted(line.split()[0] for line in faults({**good, **wrong})) == sorted(wrong)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(("secret", "why"), [("a" * 31, "shorter than 32 bytes"), ("changeme-" * 4, "placeholder")])
def test_a_secret_worth_the_name(good, name, secret, why):
    [line] = faults({**good, name: secret})
    assert line.startswith(name) and why in line and secret not in line


def test_config_shows_no_secret(good):
    done = run("traffic-svc", "config", environment={**good, "TELEGRAM_BOT_TOKEN": telegram.BOT_TOKEN})
    assert done.returncode == 0
    for secret in (*(good[name] for name in SECRETS), "geheim", telegram.BOT_TOKEN):
        assert secret not in done.stdout


def test_it_does_not_serve_without_its_schema(shared_postgres, good):
    database = shared_postgres.new_database()
    done = run("traffic-svc", "serve", environment={**good, "DATABASE_URL": database.url})
    database.drop()
    assert done.returncode == 1 and "0001_initial" in done.stdout + done.stderr


def rows_of(database):
    tables = database.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return "\n".join(database.value(f"SELECT coalesce(string_agg(t::text, ' '), 'none') FROM {name} t") for (name,) in tables)


def test_nothing_secret_is_kept_or_said(place):
    """Passwords, tokens and what Telegram signed: in no answer, log line, metric or row."""
    planted = [f"Пароль-{secrets.token_hex(12)}" for _ in range(3)]
    name, key, said = uuid.uuid4().hex[:8], {"Idempotency-Key": str(uuid.uuid4())}, []
    body = {"username": f"t{name}", "password": planted[0], "full_name": "Тайный Пётр"}
    for _ in range(2):
        said.append(place.as_admin("POST", "/api/teachers/", json_body=body, headers=key).text)
    said.append(place.as_admin("POST", "/api/teachers/", json_body={**body, "password": planted[1]}).text)
    said.append(place.as_admin("POST", "/api/teachers/", json_body={"password": [planted[2]]}).text)
    entity = place.traffic.database.value(f"SELECT id FROM teachers WHERE username = 't{name}'")
    link = {"entity_id": entity, "telegram_id": 8_000_000_001}
    place.sso.as_service("bot", "POST", "/api/provision/traffic/teacher-link-telegram", json_body=link)
    data = telegram.init_data(8_000_000_001)
    login = place.traffic.request("POST", "/api/auth/telegram-login", json_body={"init_data": data})
    assert login.status == 200
    token = login.json["access_token"]
    said.append(place.traffic.request("POST", "/api/auth/telegram-login", json_body={"init_data": data + "0"}).text)
    said.append(place.traffic.as_user(token + "x", "GET", "/api/sessions/").text)
    said.append(place.traffic.get("/metrics").text)
    everywhere = "\n".join([*said, *place.traffic.raw_log(), place.traffic.errors(), rows_of(place.traffic.database)])
    hidden = [*planted, token, place.admin(), data[-64:], telegram.BOT_TOKEN, sso.INTERNAL_SECRET, sso.SERVICE_SECRETS["traffic"]]
    for secret in hidden:
        assert secret not in everywhere and secret.encode().hex() not in everywhere, secret
