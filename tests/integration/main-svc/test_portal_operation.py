# SPDX-License-Identifier: MIT
"""What whoever runs the daemon sees of it."""

import json
import os

import pytest

from campus import CAS, RECORD_BOOK
from poly_process import Daemon, run, wait_until


def test_openapi_is_the_file(main_svc, document):
    assert main_svc.get("/openapi.json").json == json.loads(json.dumps(document.root))


@pytest.mark.parametrize("path", ["/api/health", "/healthz", "/readyz"])
def test_health(main_svc, document, path):
    response = main_svc.get(path)
    assert response.status == 200
    document.check("get", path, response)


def test_every_fault_of_the_configuration_is_told():
    wrong = {"CAS_SERVER": "ftp://cas", "PASSWORD_KEEP_MAX": "0", "SESSION_STORE_KEY": "short", "LISTEN": "127.0.0.1:0"}
    done = run("main-svc", "serve", environment=wrong)
    assert done.returncode == 2
    for name in ("CAS_SERVER", "PASSWORD_KEEP_MAX", "SESSION_STORE_KEY", "SIGNING_KEYS_DIR", "RECORD_BOOK_URL"):
        assert name in done.stderr


def test_the_checks(main_svc, campus_sim):
    """CAS and the record book are reported; without them the daemon still serves those who are signed in."""
    token = main_svc.token()
    campus_sim.fault(site=CAS, status=500)
    campus_sim.fault(site=RECORD_BOOK, status=500)

    def fail():
        main_svc.log_in("student1", "polytech-student1")
        main_svc.ask("/api/gradebook", token)
        checks = main_svc.get("/readyz").json["checks"]
        return {checks[name]["status"] for name in ("cas", "record_book")} == {"unavailable"}

    wait_until(fail, 10, "both breakers to open")
    assert main_svc.get("/readyz").status == 200
    assert main_svc.ask("/api/auth/me", token).status == 200


def test_keys_rotate_without_a_restart(main_svc):
    """The new key is published before it signs; tokens of the old one go on."""
    token = main_svc.token()
    done = run("main-svc", "keys", "rotate", environment=main_svc.environment)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: len(main_svc.get("/.well-known/jwks.json").json["keys"]) == 2, 15, "the new key")
    assert main_svc.ask("/api/auth/me", token).status == 200


def test_no_locked_memory_no_start(main_svc):
    if os.geteuid() == 0:
        pytest.skip("root may lock what it wants")
    shell = ["sh", "-c", 'ulimit -l 64 && exec "$0" "$@"']
    daemon = Daemon("main-svc", main_svc.environment, wrapper=shell)
    daemon.start(wait=False)
    assert daemon.wait_exit() == 1
