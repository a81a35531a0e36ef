# SPDX-License-Identifier: MIT
"""A real PostgreSQL of the tests' own: in a temporary directory, on a free port, durable, gone when the tests are.

As root it runs as an unprivileged user, since the server refuses root.
"""

import contextlib
import csv
import glob
import io
import itertools
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile

import poly_process

ROLE = "poly"
NULL = "\x01"  # how psql writes null, apart from an empty text

# Durable as in production: fsync and synchronous_commit are on by default.
SETTINGS = {
    "listen_addresses": poly_process.LOOPBACK,
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": 100,
}


class Failed(Exception):
    """SQL that the server refused, or a server that could not be reached; says what psql said."""


def _binaries():
    """The directory of pg_ctl and its neighbours: the newest version that is installed."""
    found = glob.glob("/usr/lib/postgresql/*/bin/pg_ctl") + [shutil.which("pg_ctl") or ""]
    found = [pathlib.Path(path).resolve().parent for path in found if path]
    if not found:
        raise FileNotFoundError("PostgreSQL is not installed (pg_ctl was not found)")
    return max(found, key=lambda path: [int(part) for part in path.parent.name.split(".") if part.isdigit()])


def _unprivileged():
    """Options for subprocess that leave root behind; none when the caller is no root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("there is no unprivileged user for PostgreSQL")


def _postmaster(directory):
    try:
        return int((directory / "data" / "postmaster.pid").read_text(encoding="ascii").split("\n")[0])
    except (FileNotFoundError, ValueError):
        return None


def _signal_all(directory, number):
    """The postmaster first, so that no child comes after the list has been read."""
    parent = _postmaster(directory)
    if parent is None:
        return
    try:
        os.kill(parent, number)
        children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    except (ProcessLookupError, FileNotFoundError):
        return
    for child in children:
        try:
            os.kill(int(child), number)
        except ProcessLookupError:
            pass


def _remove(directory, binaries):
    """Ends the server, whatever state it is in, and everything it wrote."""
    _signal_all(directory, signal.SIGCONT)
    if _postmaster(directory) is not None:
        command = [binaries / "pg_ctl", "stop", "-D", directory / "data", "-m", "immediate", "-w", "-s"]
        subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, check=False, **_unprivileged())
    shutil.rmtree(directory, ignore_errors=True)


class Postgres:
    """One cluster. `settings` are added to postgresql.conf."""

    def __init__(self, settings=None):
        self.binaries = _binaries()
        self.settings = {**SETTINGS, **(settings or {})}
        self.port = poly_process.free_port()
        self.directory = None
        self._caretaker = None
        self._numbers = itertools.count(1)

    # --- life ---

    def start(self):
        """Makes the cluster and starts its server."""
        self.adopt_directory()
        options = ["-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        self._do("initdb", "-D", self.directory / "data", *options)
        settings = {**self.settings, "port": self.port, "unix_socket_directories": self.directory}
        with open(self.directory / "data" / "postgresql.conf", "a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.restart()
        return self

    def adopt_directory(self):
        """A directory of its own, gone with the test run however that ends."""
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="poly-pg-"))
        user = _unprivileged()
        if user:
            os.chown(self.directory, user["user"], user["group"])
        self._start_caretaker()

    def end(self):
        if self.directory is None:
            return
        _remove(self.directory, self.binaries)
        self._caretaker.communicate()
        self.directory = None

    def crash(self):
        """Ends the server as a crash would, without its saying good-bye."""
        self._control("stop", "-m", "immediate")

    def restart(self):
        """Starts the server, after an orderly stop if it runs; what `crash` has left behind is recovered."""
        self._control("restart" if self.is_running() else "start")

    def freeze(self):
        """Stops its processes where they are: connections stay open and nothing answers."""
        _signal_all(self.directory, signal.SIGSTOP)

    def thaw(self):
        _signal_all(self.directory, signal.SIGCONT)

    def mend(self):
        """After a test: whatever it did, the server serves."""
        self.thaw()
        if not self.is_running():
            self._control("start")

    def is_running(self):
        """Has a server that is not ending."""
        return self._call("pg_ctl", "status", "-D", self.directory / "data").returncode == 0

    def log(self):
        """What the server has said so far."""
        return (self.directory / "log").read_text(encoding="utf-8", errors="replace")

    # --- databases ---

    def url(self, database="postgres"):
        return f"postgresql://{ROLE}@{poly_process.LOOPBACK}:{self.port}/{database}"

    def new_database(self):
        """A fresh, empty one."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return Database(self, name)

    def run(self, sql, database="postgres", seconds=60):
        """Runs SQL, several statements as one transaction; the rows of the last as tuples of text and None."""
        options = ["-X", "-q", "-t", "--csv", "-P", f"null={NULL}", "-v", "ON_ERROR_STOP=1"]
        answer = self._call("psql", *options, "-d", self.url(database), "-c", sql, seconds=seconds)
        if answer.returncode != 0:
            raise Failed(f"{sql}: {answer.stderr.strip()}")
        rows = csv.reader(io.StringIO(answer.stdout))
        return [tuple(None if cell == NULL else cell for cell in row) for row in rows]

    # --- programs ---

    def _call(self, program, *arguments, seconds=60):
        return subprocess.run(
            [self.binaries / program, *arguments],
            cwd=self.directory,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGTZ": "UTC"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds * poly_process.PATIENCE,
            check=False,
            **_unprivileged(),
        )

    def _do(self, program, *arguments):
        answer = self._call(program, *arguments)
        if answer.returncode != 0:
            log = self.directory / "log"
            tail = self.log().splitlines()[-20:] if log.exists() else []
            raise Failed("\n".join([f"{program} failed: {answer.stdout}{answer.stderr}", *tail]))

    def _control(self, command, *options):
        self._do("pg_ctl", command, "-D", self.directory / "data", "-l", self.directory / "log", "-w", "-s", *options)

    def _start_caretaker(self):
        """A test run that is killed cannot tidy up: this process notices its end by the pipe, and does."""
        command = [sys.executable, os.path.abspath(__file__), self.directory, self.binaries]
        self._caretaker = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        )


class Database:
    """One database of a cluster; `url` is for DATABASE_URL."""

    def __init__(self, postgres, name):
        self.postgres = postgres
        self.name = name

    @property
    def url(self):
        return self.postgres.url(self.name)

    def run(self, sql, **options):
        """See Postgres.run."""
        return self.postgres.run(sql, self.name, **options)

    def value(self, sql):
        """The first cell, as text; None for null and for no row."""
        rows = self.run(sql)
        return rows[0][0] if rows else None

    def await_value(self, sql, expected, seconds=10):
        """Repeats the query until its first cell is this, through a server's absence too."""

        def is_there():
            try:
                return self.value(sql) == expected
            except Failed:
                return False

        poly_process.wait_until(is_there, seconds, f"{expected!r} from {sql}")

    def drop(self):
        self.postgres.run(f"DROP DATABASE {self.name} WITH (FORCE)")


def _take_care(directory, binaries):
    sys.stdin.read()
    if directory.exists():
        _remove(directory, binaries)


if __name__ == "__main__":
    _take_care(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))


@contextlib.contextmanager
def fresh_databases(postgres, count):
    """So many, which go with the context."""
    databases = [postgres.new_database() for _ in range(count)]
    try:
        yield databases
    finally:
        postgres.mend()
        for fresh in databases:
            fresh.drop()
