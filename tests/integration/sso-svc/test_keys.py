# SPDX-License-Identifier: MIT
"""Signing keys that come and go while the daemon serves."""

import secrets
import time

import pytest

import crowd
import forge
import poly_process
import sso
from people import People
from poly_process import wait_until
from refusals import check_problem

SETTLE = 30  # a key is published so long before it signs
RELOAD = 15  # more than it takes until a change of the directory is seen


def keys(svc, *arguments):
    return poly_process.run("sso-svc", "keys", *arguments, environment={**svc.environment, "LISTEN": "127.0.0.1:0"})


def listed(svc):
    """Of `keys list`: {kid: use}."""
    done = keys(svc, "list")
    assert done.returncode == 0, done.stderr
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert lines[0] == ["KID", "CREATED", "USE"]
    return {kid: use for kid, _, use in lines[1:]}


def published(svc):
    return {key["kid"] for key in svc.get("/.well-known/jwks.json").json["keys"]}


def signer(svc):
    return forge.header_of(svc.login()["access_token"])["kid"]


def lay_down_key(svc, age):
    """A key of an operator's own, by the name so many seconds old."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - age))
    kid = f"{stamp}-{secrets.token_hex(4)}"
    path = forge.key_file(svc.environment["SIGNING_KEYS_DIR"], kid)
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(forge.new_key().export_to_pem(private_key=True, password=None))
    fresh.rename(path)
    return kid


def is_good(svc, token):
    return svc.get("/api/auth/me", headers=sso.bearer(token)).status == 200


def test_the_first_key(sso_svc):
    [kid] = published(sso_svc)
    assert listed(sso_svc) == {kid: "signs"}
    assert signer(sso_svc) == kid


def test_retire(start_sso_svc, database, tmp_path):
    """What a retired key signed is refused, and nothing else."""
    svc = sso.Sso(database, tmp_path / "keys")
    old = lay_down_key(svc, 86400)
    assert keys(svc, "rotate").returncode == 0
    [present] = set(listed(svc)) - {old}
    svc = start_sso_svc()
    assert signer(svc) == old  # the other one has not settled
    token = svc.login()["access_token"]
    assert is_good(svc, token)
    assert keys(svc, "retire", old).returncode == 0
    wait_until(lambda: published(svc) == {present}, RELOAD, "the old key to go")
    check_problem(svc.get("/api/auth/me", headers=sso.bearer(token)), 401, "unauthenticated")
    assert is_good(svc, svc.login()["access_token"])


def test_what_cannot_be_retired(sso_svc):
    [kid] = published(sso_svc)
    for name, why in ((kid, "it is the newest one"), ("20200101T000000Z-00000000", "there is no such key"), ("../../etc/passwd", "no such key")):
        done = keys(sso_svc, "retire", name)
        assert done.returncode == 1 and why in done.stderr, done.stderr
    assert published(sso_svc) == {kid}


def test_a_key_for_an_empty_directory(database, tmp_path):
    """Before the first start: then it signs at once."""
    svc = sso.Sso(database, tmp_path / "keys")
    assert "the first key, which signs at once" in keys(svc, "rotate").stdout
    assert list(listed(svc).values()) == ["signs"]


@pytest.mark.slow
def test_a_broken_key_does_no_harm(sso_svc):
    [kid] = published(sso_svc)
    path = forge.key_file(sso_svc.environment["SIGNING_KEYS_DIR"], "20200101T000000Z-00000000")
    path.touch(mode=0o600)
    path.write_text("-----BEGIN PRIVATE KEY-----\nnonsense\n", encoding="ascii")
    sso_svc.wait_log("the signing keys cannot be read, those known stay in use", seconds=RELOAD)
    assert published(sso_svc) == {kid} and is_good(sso_svc, sso_svc.login()["access_token"])


class Visitor:
    """Refreshes, shows the token to every replica, and is never turned away."""

    def __init__(self, replicas, people):
        self.replicas = replicas
        self.session = people.provision().login()

    def __call__(self):
        for replica in self.replicas:
            response = replica.refresh(self.session["refresh_token"])
            assert response.status == 200, response
            self.session = response.json
            for other in self.replicas:
                response = other.get("/api/auth/me", headers=sso.bearer(self.session["access_token"]))
                assert response.status == 200, response
        return forge.header_of(self.session["access_token"])["kid"]


def rotate_under_load(replicas, seconds):
    people = People(replicas[0])
    loads = [crowd.Load(Visitor(replicas, people), threads=1) for _ in range(4)]
    for load in loads:
        load.__enter__()
    try:
        said = keys(replicas[0], "rotate").stdout
        assert said.startswith("added ") and f"is published now and signs in {SETTLE} s" in said
        ends = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() > ends, seconds + 1, "the time to pass")
    finally:
        for load in loads:
            load.__exit__()
    assert [load.faults for load in loads] == [[]] * 4
    return {kid for load in loads for kid in load.answers}


def test_rotation_under_load(start_sso_svc):
    replicas = [start_sso_svc(), start_sso_svc()]
    [old] = published(replicas[0])
    assert rotate_under_load(replicas, 6) == {old}
    for replica in replicas:
        wait_until(lambda svc=replica: len(published(svc)) == 2, RELOAD, "the new key to be published")
    [new] = published(replicas[1]) - {old}
    assert listed(replicas[0]) == {old: "signs", new: "is published and will sign"}


@pytest.mark.slow
def test_rotation_under_load_until_the_new_key_signs(start_sso_svc):
    replicas = [start_sso_svc(), start_sso_svc()]
    [old] = published(replicas[0])
    signers = rotate_under_load(replicas, SETTLE + 10)
    [new] = published(replicas[0]) - {old}
    assert signers == {old, new}
    assert {signer(replica) for replica in replicas} == {new}
