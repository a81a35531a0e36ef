# SPDX-License-Identifier: MIT
"""`sso-svc keys rotate` fails or is killed beside a serving sso-svc: there is a whole new key or none, and logins go on."""

import errno
import random
import signal
import subprocess
import time

import pytest

import sso
from failing import Failing
from poly_process import INSTRUMENTED, PATIENCE, program, run, wait_until

pytestmark = pytest.mark.fault(21)

CALLS = {
    "opendir": errno.EMFILE,
    "openat": errno.ENOSPC,
    "fstat": errno.EIO,
    "flock": errno.EIO,
    "read": errno.EIO,
    "write": errno.ENOSPC,
    "fsync": errno.EIO,
    "renameat": errno.EIO,
    "BIO_new": 0,
    "BIO_new_mem_buf": 0,
    "PEM_read_bio_PrivateKey": 0,
    "PEM_write_bio_PrivateKey": 0,
    "EVP_PKEY_CTX_new_from_pkey": 0,
    "malloc": errno.ENOMEM,
    "calloc": errno.ENOMEM,
}
KILLS = 25
MOST_SECONDS = 0.03  # until it is killed; it takes less


@pytest.fixture
def daemon(start_sso_svc):
    return start_sso_svc(LOGIN_ATTEMPTS_PER_ACCOUNT=100000)


def keys(daemon, *words, environment=None):
    return run("sso-svc", "keys", *words, environment={**daemon.environment, **(environment or {})})


def key_ids(daemon):
    """Oldest first. A key that is not whole would be refused."""
    answer = keys(daemon, "list")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return [line.split()[0] for line in answer.stdout.splitlines() if line[:2] == "20"]


def retire_between(daemon):
    """All but the first, which has signed, and the newest: a directory holds 32."""
    for key in key_ids(daemon)[1:-1]:
        assert keys(daemon, "retire", key).returncode == 0


def check_service(daemon):
    """Who logs in now and who has a token of before are let in."""
    token = daemon.login()["access_token"]
    assert daemon.get("/api/auth/me", headers=sso.bearer(token)).status == 200
    assert daemon.get("/readyz").status == 200


def published(daemon):
    return {key["kid"] for key in daemon.get("/.well-known/jwks.json").json["keys"]}


@pytest.mark.parametrize("nth", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_a_call_fails(daemon, tmp_path, nth):
    failing = Failing(tmp_path / "calls", CALLS, INSTRUMENTED)
    token = daemon.login()["access_token"]
    reached = 0
    for name in CALLS:
        before = key_ids(daemon)
        failing.fail(name, nth)
        answer = keys(daemon, "rotate", environment=failing.environment)
        reached += failing.failed(name) > 0
        failing.stop()
        words = answer.stdout + answer.stderr
        print(name, answer.returncode, words)
        assert answer.returncode in (0, 1, 2, -signal.SIGABRT), (name, words)
        assert words, name
        added = [key for key in key_ids(daemon) if key not in before]
        if answer.returncode == 0:
            assert len(added) == 1, name
        else:
            assert len(added) <= 1, name
        check_service(daemon)
        retire_between(daemon)
    assert reached >= (len(CALLS) - 3 if nth == 1 else 1)
    assert keys(daemon, "rotate").returncode == 0
    wait_until(lambda: published(daemon) >= set(key_ids(daemon)), 10, "the new key to be published")
    daemon.restart()
    check_service(daemon)
    assert daemon.get("/api/auth/me", headers=sso.bearer(token)).status == 200


def test_it_is_killed(daemon):
    for _ in range(KILLS):
        rotation = subprocess.Popen([program("sso-svc"), "keys", "rotate"], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL, env={k: str(v) for k, v in daemon.environment.items()})
        time.sleep(random.uniform(0, MOST_SECONDS * PATIENCE))
        rotation.kill()
        rotation.wait()
        check_service(daemon)
        retire_between(daemon)
    assert keys(daemon, "rotate").returncode == 0
    wait_until(lambda: published(daemon) == set(key_ids(daemon)), 10, "the keys to be published")
    daemon.restart()
    check_service(daemon)
    left = [path.name for path in daemon.environment["SIGNING_KEYS_DIR"].iterdir() if path.suffix not in (".pem", "")]
    assert len(left) <= 1, left
