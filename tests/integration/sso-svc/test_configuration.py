# SPDX-License-Identifier: MIT
"""The environment: every fault told at once, secrets worth the name and from files, `config` that shows none."""

import secrets

import pytest

import sso
from poly_process import run

SECRET = secrets.token_hex(32)
SECRETS = ["SERVICES_SSO_SERVICE_SECRET", "TRAFFIC_SSO_SERVICE_SECRET", "TRAFFIC_INTERNAL_SERVICE_SECRET"]
OPTIONAL = ["BOT_SSO_SERVICE_SECRET", *(f"{name}_PREVIOUS" for name in SECRETS[:2]), "BOT_SSO_SERVICE_SECRET_PREVIOUS"]


@pytest.fixture
def good(tmp_path):
    """All that is required, with a database that is not there."""
    (tmp_path / "keys").mkdir(mode=0o700)
    return {
        "LISTEN": "127.0.0.1:0",
        "DATABASE_URL": "postgresql://poly:geheim@127.0.0.1:1/none",
        "SIGNING_KEYS_DIR": tmp_path / "keys",
        **{name: secrets.token_hex(32) for name in SECRETS},
    }


def serve(environment):
    return run("sso-svc", "serve", environment=environment)


def faults(environment):
    done = serve(environment)
    assert done.returncode == 2 and done.stdout == ""
    return done.stderr.splitlines()


def test_what_is_required():
    lines = faults({"LISTEN": "127.0.0.1:0"})
    required = ["DATABASE_URL", "SIGNING_KEYS_DIR", *SECRETS]
    assert sorted(line.split()[0] for line in lines) == sorted(required)
    assert all("is required" in line for line in lines)


def test_every_fault_at_once(good):
    wrong = {
        "LISTEN": "nowhere",
        "WORKERS": "many",
        "DATABASE_URL": "mysql://root@localhost/sso",
        "DATABASE_CONNECTIONS": "0",
        "TRAFFIC_API_URL": "ftp://traffic",
        "FRONTEND_URL": "portal",
        "CORS_ALLOW_ORIGINS": "*",
        "TRUSTED_PROXIES": "proxy.local",
        "ACCESS_TOKEN_SECONDS": "5",
        "REFRESH_TOKEN_SECONDS": "1e6",
        "REFRESH_IDLE_SECONDS": "-1",
        "PASSWORD_HASH_MEMORY_KIB": "1024",
        "PASSWORD_HASH_PASSES": "1",
        "LOGIN_ATTEMPTS_PER_ACCOUNT": "0",
        "AUDIT_RETENTION_DAYS": "forever",
        "SSO_ADMIN_PASSWORD": "short",
        "BOT_SSO_SERVICE_SECRET": "short",
        SECRETS[0]: "",
    }
    lines = faults({**good, **wrong})
    assert sorted(line.split()[0] for line in lines) == sorted(wrong)


@pytest.mark.parametrize("name", [*SECRETS, *OPTIONAL])
@pytest.mark.parametrize(
    "secret, why", [("a" * 31, "shorter than 32 bytes"), ("changeme-" * 4, "placeholder"), ("x" * 40, "placeholder"), ("my-secret-" * 4, "placeholder")]
)
def test_secrets_worth_the_name(good, name, secret, why):
    [line] = faults({**good, name: secret})
    assert line.startswith(name) and why in line
    assert secret not in line


def test_hashing_is_never_weaker_than_owasp_says(good):
    lines = faults({**good, "PASSWORD_HASH_MEMORY_KIB": "19455", "PASSWORD_HASH_PASSES": "1"})
    assert len(lines) == 2


def test_development_allows_placeholders_and_says_so(start_sso_svc):
    svc = start_sso_svc(ENVIRONMENT="development", SERVICES_SSO_SERVICE_SECRET="changeme-" * 4)
    response = svc.get("/api/users?app_filter=services", headers={"X-Service-Secret": "changeme-" * 4})
    assert response.status == 200
    assert any("DEVELOPMENT MODE" in line["message"] for line in svc.log(level="warning"))


def test_development_allows_nothing_else(good):
    [line] = faults({**good, "ENVIRONMENT": "development", SECRETS[1]: "short"})
    assert line.startswith(SECRETS[1])


def test_secrets_from_files(start_sso_svc, tmp_path):
    files = {}
    for name, secret in [*((name, secrets.token_hex(32)) for name in SECRETS), ("SSO_ADMIN_PASSWORD", "Пароль из файла")]:
        files[name] = tmp_path / name
        files[name].write_text(secret + "\n", encoding="utf-8")
    svc = start_sso_svc(**{name: "" for name in files}, **{f"{name}_FILE": path for name, path in files.items()})
    secret = files[SECRETS[0]].read_text(encoding="utf-8").strip()
    assert svc.get("/api/users?app_filter=services", headers={"X-Service-Secret": secret}).status == 200
    assert svc.login(password="Пароль из файла")


def test_a_secret_file_that_is_not_there(good, tmp_path):
    missing = tmp_path / "nothing"
    environment = {**good, f"{SECRETS[0]}_FILE": missing}
    del environment[SECRETS[0]]
    [line] = faults(environment)
    assert SECRETS[0] in line and str(missing) in line


def test_no_bot(start_sso_svc):
    """Without a secret there is none, and nothing passes for it."""
    svc = start_sso_svc(BOT_SSO_SERVICE_SECRET="")
    for secret in ("", " ", sso.SERVICE_SECRETS["bot"]):
        assert svc.get("/api/users?app_filter=traffic", headers={"X-Service-Secret": secret}).status == 401


def test_the_breached_passwords_file(start_sso_svc, tmp_path):
    words = tmp_path / "breached"
    words.write_text("Политех-1899\r\nдругой пароль\n\n", encoding="utf-8")
    svc = start_sso_svc(BREACHED_PASSWORDS_FILE=words)
    for password, status in (("политех-1899", 422), ("Другой Пароль", 422), ("password1", 422), ("Политех-1900", 201)):
        assert svc.provision("teacher", "t-1", password=password).status == status, password


def test_a_breached_passwords_file_that_is_not_there(good, database, tmp_path):
    environment = {**good, "DATABASE_URL": database.url, "BREACHED_PASSWORDS_FILE": tmp_path / "nothing"}
    assert run("sso-svc", "migrate", environment=environment).returncode == 0
    done = serve(environment)
    assert done.returncode == 1 and "BREACHED_PASSWORDS_FILE" in done.stdout + done.stderr


def test_config_shows_no_secret(good):
    hidden = {name: good[name] for name in SECRETS} | {"SSO_ADMIN_PASSWORD": "Пароль первого", "BOT_SSO_SERVICE_SECRET": SECRET}
    environment = {**good, **hidden, "SSO_ADMIN_USERNAME": "main.admin", "ACCESS_TOKEN_SECONDS": "777"}
    done = run("sso-svc", "config", environment=environment, check=True)
    for name in [*good, *OPTIONAL, "SSO_ADMIN_PASSWORD", "PASSWORD_HASH_QUEUE", "LOGIN_ATTEMPTS_PER_ADDRESS"]:
        assert name in done.stdout
    assert "777" in done.stdout and "main.admin" in done.stdout
    for secret in [*hidden.values(), "geheim"]:
        assert secret not in done.stdout + done.stderr


def test_a_keys_directory_that_is_none(good, database, tmp_path):
    environment = {**good, "DATABASE_URL": database.url}
    assert run("sso-svc", "migrate", environment=environment).returncode == 0
    for place in (tmp_path / "nothing", tmp_path / "file"):
        (tmp_path / "file").write_text("", encoding="utf-8")
        done = serve({**environment, "SIGNING_KEYS_DIR": place})
        assert done.returncode == 1 and str(place) in done.stdout + done.stderr


def test_keys_that_others_may_read(good, database):
    environment = {**good, "DATABASE_URL": database.url}
    assert run("sso-svc", "migrate", environment=environment).returncode == 0
    assert run("sso-svc", "keys", "rotate", environment=environment).returncode == 0
    [key] = good["SIGNING_KEYS_DIR"].glob("*.pem")
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    done = serve(environment)
    assert done.returncode == 1 and key.name.removesuffix(".pem") in done.stdout + done.stderr


def test_the_command_line():
    for arguments, said in ((["version"], "sso-svc"), (["--help"], "migrate"), (["--help"], "keys rotate")):
        done = run("sso-svc", *arguments, check=True)
        assert said in done.stdout
    assert run("sso-svc", "dance").returncode == 2


def test_healthcheck(sso_svc):
    address = f"127.0.0.1:{sso_svc.port}"
    environment = {**sso_svc.environment, "LISTEN": address}
    assert run("sso-svc", "healthcheck", environment=environment).returncode == 0
    sso_svc.stop()
    assert run("sso-svc", "healthcheck", environment=environment).returncode == 1
