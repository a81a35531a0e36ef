# SPDX-License-Identifier: MIT
"""Library calls fail under sso-svc, one at a time: what it answers is right or 5xx, and nothing is half there."""

import errno
import itertools
import signal
import time

import pytest

import poly_http
import sso
from failing import Failing
from poly_process import BUILD, INSTRUMENTED, PATIENCE, SANITIZER_MARKS, wait_until

pytestmark = pytest.mark.fault(21)

SANITIZED = BUILD / "address-undefined/bin/sso-svc"

# While it serves: the call, and the errno it fails with.
SOCKETS = {
    "accept4": errno.EMFILE,
    "recv": errno.ECONNRESET,
    "send": errno.ECONNRESET,
    "sendmsg": errno.ECONNRESET,
    "read": errno.EIO,
    "write": errno.EIO,
    "epoll_ctl": errno.ENOMEM,
    "epoll_wait": errno.EINTR,
    "event_add": 0,
}
DATABASE = dict.fromkeys(("PQsendQueryPrepared", "PQsendQueryParams", "PQpipelineSync", "PQconsumeInput", "PQflush"), 0)
CONNECTING = {
    "socket": errno.EMFILE,
    "connect": errno.ECONNREFUSED,
    "poll": errno.EINTR,  # libpq, which waits for the server's greeting
    "setsockopt": errno.EINVAL,
    "PQconnectdbParams": 0,
    "PQsetnonblocking": 0,
    "PQenterPipelineMode": 0,
    "PQsendPrepare": 0,
}
SIGNING = dict.fromkeys(("EVP_PKEY_CTX_dup", "EVP_PKEY_sign", "ECDSA_SIG_new", "d2i_ECDSA_SIG", "i2d_ECDSA_SIG"), 0)
VERIFYING = {"EVP_PKEY_verify": 0, "EVP_Digest": 0}
OTHERS = {"mmap": errno.ENOMEM}
MEMORY = dict.fromkeys(("malloc", "calloc", "realloc"), errno.ENOMEM)
SERVING = {**SOCKETS, **DATABASE, **CONNECTING, **SIGNING, **VERIFYING, **OTHERS, **MEMORY}

# While it starts, with a directory in which it makes its first key.
STARTING = {
    "socket": errno.EMFILE,
    "bind": errno.EADDRINUSE,
    "listen": errno.EADDRINUSE,
    "getaddrinfo": 0,
    "epoll_create1": errno.EMFILE,
    "eventfd": errno.EMFILE,
    "timerfd_create": errno.EMFILE,
    "pthread_create": errno.EAGAIN,
    "mmap": errno.ENOMEM,
    "opendir": errno.EMFILE,
    "openat": errno.EMFILE,
    "fstat": errno.EIO,
    "flock": errno.EIO,
    "read": errno.EIO,
    "write": errno.ENOSPC,
    "fsync": errno.EIO,
    "renameat": errno.EIO,
    "event_base_new_with_config": 0,
    "event_new": 0,
    "event_add": 0,
    "PQconnectdbParams": 0,
    "PQexec": 0,
    "BIO_new": 0,
    "BIO_new_mem_buf": 0,
    "PEM_read_bio_PrivateKey": 0,
    "PEM_write_bio_PrivateKey": 0,
    "EVP_MD_fetch": 0,
    "EVP_PKEY_CTX_new_from_pkey": 0,
    "EVP_PKEY_sign_init": 0,
    "sodium_init": 0,
    **MEMORY,
}


class Round:
    """A request of each kind, and what came of it: statuses, None for a connection that broke."""

    numbers = itertools.count()

    def __init__(self, daemon):
        self.daemon = daemon
        self.entity = f"e{next(self.numbers)}"
        self.statuses = {}

    def ask(self, what, method, path, **options):
        try:
            answer = self.daemon.request(method, path, timeout=15 * PATIENCE, **options)
        except (OSError, poly_http.Broken):
            answer = None
        self.statuses[what] = answer and answer.status
        return answer if answer and answer.status < 300 else None

    def provision(self):
        headers = {**sso.service("traffic"), "Idempotency-Key": self.entity}
        body = {"entity_id": self.entity, "full_name": "Иванов Иван"}
        self.ask("provision", "POST", "/api/provision/traffic/teacher", headers=headers, json_body=body)

    def with_token(self, tokens):
        token = sso.bearer(tokens["access_token"])
        self.ask("me", "GET", "/api/auth/me", headers=token)
        self.ask("sync", "GET", "/api/integrations/traffic/teacher-sync/status", headers=token)
        self.ask("refresh", "POST", "/api/auth/refresh", json_body={"refresh_token": tokens["refresh_token"]})

    def run(self):
        login = self.ask("login", "POST", "/api/auth/login", json_body=sso.ADMIN)
        if login:
            self.with_token(login.json)
        self.provision()
        self.ask("list", "GET", "/api/users/?app_filter=traffic", headers=sso.service("traffic"))
        return self


class Subject:
    """The daemon, and the calls that fail under it."""

    def __init__(self, daemon, failing, database):
        self.daemon = daemon
        self.failing = failing
        self.database = database
        self.entities = []
        self.unreached = set()
        self.usual = Round(daemon).run().statuses  # the sync has nobody to ask
        assert self.usual["login"] == self.usual["me"] == self.usual["list"] == 200

    def try_failure(self, name, nth):
        if name in CONNECTING:
            self.lose_connections()
        self.failing.fail(name, nth)
        began = time.monotonic()
        tried = Round(self.daemon).run()
        taken = time.monotonic() - began
        reached = self.failing.failed(name) > 0
        self.failing.stop()
        if not reached:
            self.unreached.add((name, nth))
        died = self.revive(name)
        self.judge(name, tried.statuses, died)
        assert taken < 20 * PATIENCE, (name, nth, taken, tried.statuses)
        tried.provision()  # with the same key
        assert tried.statuses["provision"] in (200, 201), (name, nth, tried.statuses)
        self.entities.append(tried.entity)

    def judge(self, name, statuses, died):
        print(name, statuses, "died" if died else "")
        for what, status in statuses.items():
            fine = status in (200, 201, 500, 503, 504) or status == self.usual[what]
            if status is None:
                fine = died or name in SOCKETS
            if status == 401:  # a token that cannot be checked does not pass
                fine = what in ("me", "sync") and (name in VERIFYING or name in SIGNING)
            assert fine, (name, what, status)

    def revive(self, name):
        """Starts it again if it has died, which it does only with a reason; True then."""
        try:
            wait_until(lambda: is_settled(self.daemon), 10, "it to be ready or gone")
        except AssertionError:
            raise AssertionError(f"{name}: neither ready nor gone, {self.daemon.raw_log()[-3:]}") from None
        if self.daemon.is_running():
            return False
        check_last_words(self.daemon, name)
        self.daemon.start()
        return True

    def lose_connections(self):
        self.database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sso-svc'")

    def check_everything_is_whole(self):
        entities = {entity for (entity,) in self.database.run("SELECT entity_id FROM users WHERE app = 'traffic'")}
        assert set(self.entities) <= entities
        users = "SELECT count(*) FROM users WHERE app = 'traffic'"
        assert self.database.value(users) == str(len(entities))
        audited = "SELECT count(*) FROM audit WHERE event = 'user_provisioned'"
        assert self.database.value(audited) == str(len(entities))
        orphans = "SELECT count(*) FROM sessions WHERE id NOT IN (SELECT session_id FROM refresh_tokens)"
        assert self.database.value(orphans) == "0"


def options_of(build):
    if build == "sanitized" and (INSTRUMENTED or not SANITIZED.exists()):
        pytest.skip("there is no second build; make SANITIZE=address,undefined makes it")
    return build == "sanitized" or INSTRUMENTED


def make_daemon(database, directory, build, environment):
    settings = {"WORKERS": 1, "DATABASE_CONNECTIONS": 2, "LOGIN_ATTEMPTS_PER_ACCOUNT": 100000, **environment}
    daemon = sso.Sso(database, directory / "keys", settings)
    if build == "sanitized":
        daemon.name = str(SANITIZED)
    return daemon


slow = pytest.mark.slow
VARIANTS = [
    ("as it is", (1,)),
    pytest.param("as it is", (2, 3, 5, 8), marks=slow),
    pytest.param("sanitized", (1, 2, 4), marks=slow),
]


@pytest.mark.parametrize("build, which", VARIANTS)
def test_while_it_serves(database, tmp_path, start, build, which):
    sanitized = options_of(build)
    calls = {name: error for name, error in SERVING.items() if not (sanitized and name in MEMORY)}
    failing = Failing(tmp_path / "calls", calls, sanitized)
    daemon = make_daemon(database, tmp_path, build, {})
    daemon.migrate()
    daemon.environment.update(failing.environment)
    subject = Subject(start(daemon), failing, database)
    for name, nth in itertools.product(calls, which):
        subject.try_failure(name, nth)
    subject.check_everything_is_whole()
    assert Round(daemon).run().statuses == subject.usual
    if 1 in which:
        assert not {name for name, nth in subject.unreached if nth == 1}


@pytest.mark.parametrize("build, which", VARIANTS)
def test_while_it_starts(database, tmp_path, start, build, which):
    sanitized = options_of(build)
    calls = {name: error for name, error in STARTING.items() if not (sanitized and name in MEMORY)}
    failing = Failing(tmp_path / "calls", calls, sanitized)
    make_daemon(database, tmp_path, "as it is", {}).migrate()
    unreached = set()
    for name, nth in itertools.product(calls, which):
        directory = tmp_path / f"{name}-{nth}"
        directory.mkdir()
        failing.fail(name, nth)
        daemon = start(make_daemon(database, directory, build, failing.environment), wait=False)
        try:
            began_well = begins_well(daemon, name, nth)
            if not failing.failed(name):
                unreached.add((name, nth))
        finally:
            failing.stop()
        if not began_well:
            daemon.start()  # what it has left behind is no obstacle
        assert daemon.log_in(**sso.ADMIN).status == 200, (name, nth)
        daemon.stop()
    if 1 in which:
        assert not {name for name, nth in unreached if nth == 1}


def begins_well(daemon, name, nth):
    """Whether it is ready; otherwise it must have ended with a reason."""
    try:
        wait_until(lambda: is_settled(daemon), 15, "it to be ready or gone")
    except AssertionError:
        raise AssertionError(f"{name} {nth}: neither ready nor gone, {daemon.raw_log()[-3:]}") from None
    if daemon.is_running():
        return True
    check_last_words(daemon, f"{name} {nth}")
    return False


def is_settled(daemon):
    try:
        return not daemon.is_running() or daemon.get("/readyz", timeout=2).status == 200
    except (OSError, poly_http.Broken):
        return False


def check_last_words(daemon, name):
    """It ended by itself: with a status or, when there was no going on, by abort; and it said why."""
    status = daemon.wait_exit()
    words = daemon.errors() + "\n".join(daemon.raw_log()[-3:])  # another thread may have the very last
    print(name, "ended with", status, words)
    assert status in (1, 2, -signal.SIGABRT), (name, status, words)
    assert '"level":"error"' in words, (name, status, words)
    assert not any(mark in words for mark in SANITIZER_MARKS), (name, words)
