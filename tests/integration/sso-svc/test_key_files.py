# SPDX-License-Identifier: MIT
"""Signing keys that the superuser changes for a daemon that is none."""

import os
import pathlib
import shutil
import tempfile

import pytest

import poly_process
import sso

NOBODY = 65534

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs a daemon as somebody else")


@pytest.fixture
def home():
    """A directory that nobody may enter, unlike pytest's; the program is there too, since the checkout may be closed."""
    with tempfile.TemporaryDirectory() as path:
        os.chmod(path, 0o755)
        shutil.copy(poly_process.program("sso-svc"), path)
        yield pathlib.Path(path)


@pytest.fixture
def keys(home):
    directory = home / "keys"
    directory.mkdir(mode=0o700)
    os.chown(directory, NOBODY, NOBODY)
    return directory


@pytest.fixture
def unprivileged(database, home, keys):
    """sso-svc as nobody; it is not started."""
    command = f'exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups "$0" "$2"'
    return sso.Sso(database, keys, wrapper=["sh", "-c", command, home / "sso-svc"]).migrate()


def rotate(daemon):
    done = poly_process.run("sso-svc", "keys", "rotate", environment=daemon.environment)
    assert done.returncode == 0, done.stderr


def published(daemon):
    return len(daemon.get("/.well-known/jwks.json").json["keys"])


def test_root_rotates(unprivileged, start):
    svc = start(unprivileged)
    token = svc.login()["access_token"]
    rotate(svc)
    poly_process.wait_until(lambda: published(svc) == 2, 10, "the new key to be published")
    svc.restart()
    assert published(svc) == 2
    assert svc.get("/api/auth/me", headers=sso.bearer(token)).status == 200


def test_root_makes_the_first_key(unprivileged, keys, start):
    rotate(unprivileged)
    assert published(start(unprivileged)) == 1
    assert {path.stat().st_uid for path in keys.iterdir()} == {NOBODY}


def test_nothing_that_was_there_is_given_away(unprivileged, keys, tmp_path):
    """The owner might have put a link to a file of root's where the lock is to be."""
    precious = tmp_path / "precious"
    precious.write_text("root's")
    (keys / ".lock").symlink_to(precious)
    done = poly_process.run("sso-svc", "keys", "rotate", environment=unprivileged.environment)
    assert done.returncode == 1
    assert precious.stat().st_uid == 0
