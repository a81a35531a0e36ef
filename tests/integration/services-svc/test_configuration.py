# SPDX-License-Identifier: MIT
"""The environment: every fault told at once, secrets worth the name, and what is only seen when it is used."""

import secrets

import pytest

from poly_process import run

SECRET = "SERVICES_SSO_SERVICE_SECRET"
REQUIRED = ["DATABASE_URL", "SIGNING_KEYS_DIR", SECRET, "UPLOAD_DIR"]


@pytest.fixture
def good(tmp_path):
    """All that is required, with a database that is not there."""
    for name in ("keys", "uploads"):
        (tmp_path / name).mkdir(mode=0o700)
    return {
        "LISTEN": "127.0.0.1:0",
        "DATABASE_URL": "postgresql://poly:geheim@127.0.0.1:1/none",
        "SIGNING_KEYS_DIR": tmp_path / "keys",
        "UPLOAD_DIR": tmp_path / "uploads",
        SECRET: secrets.token_hex(32),
    }


def faults(environment):
    done = run("services-svc", "serve", environment=environment)
    assert done.returncode == 2 and done.stdout == ""
    return done.stderr.splitlines()


def test_what_is_required():
    lines = faults({"LISTEN": "127.0.0.1:0"})
    assert sorted(line.split()[0] for line in lines) == sorted(REQUIRED)
    assert all("is required" in line for line in lines)


def test_every_fault_at_once(good):
    wrong = {
        "LISTEN": "nowhere",
        "DATABASE_URL": "mysql://root@localhost/services",
        "DATABASE_CONNECTIONS": "1",
        "STUDENT_SESSION_SECONDS": "5",
        "SSO_API_URL": "ftp://sso",
        "MAIN_API_URL": "portal",
        "MAX_UPLOAD_FILE_BYTES": "0",
        "AUDIT_RETENTION_DAYS": "forever",
        SECRET: "short",
    }
    lines = faults({**good, **wrong})
    assert sorted(line.split()[0] for line in lines) == sorted(wrong)


@pytest.mark.parametrize(("secret", "why"), [("a" * 31, "shorter than 32 bytes"), ("changeme-" * 4, "placeholder")])
def test_a_secret_worth_the_name(good, secret, why):
    [line] = faults({**good, SECRET: secret})
    assert line.startswith(SECRET) and why in line
    assert secret not in line


def test_config_shows_no_secret(good):
    done = run("services-svc", "config", environment=good)
    assert done.returncode == 0
    assert good[SECRET] not in done.stdout and "geheim" not in done.stdout
    for name in REQUIRED:
        assert name in done.stdout


@pytest.mark.parametrize("day", ["2026-02-30", "13-01", "tomorrow", "2026-1"])
def test_a_holiday_that_is_none(office, day):
    environment = {**office.services.environment, "LISTEN": "127.0.0.1:0", "HOLIDAYS": f"01-01,{day}"}
    done = run("services-svc", "serve", environment=environment)
    assert done.returncode != 0
    assert day in done.stdout + done.stderr


def test_an_upload_directory_that_is_not_there(office):
    environment = {**office.services.environment, "LISTEN": "127.0.0.1:0", "UPLOAD_DIR": "/nowhere/uploads"}
    done = run("services-svc", "serve", environment=environment)
    assert done.returncode != 0
    assert "/nowhere/uploads" in done.stdout + done.stderr


def test_it_does_not_serve_without_its_schema(database, office):
    environment = {**office.services.environment, "LISTEN": "127.0.0.1:0", "DATABASE_URL": database.url}
    done = run("services-svc", "serve", environment=environment)
    assert done.returncode == 1
    assert "0001_initial" in done.stdout + done.stderr
