# SPDX-License-Identifier: MIT
"""The tests' own PostgreSQL: durable, to be broken and mended, and gone afterwards."""

import concurrent.futures
import os
import pathlib
import signal
import subprocess
import sys

import pytest

import poly_process
import postgres as postgresql

SUPPORT = pathlib.Path(postgresql.__file__).parent

KILLED = """
import sys, time
import postgres
server = postgres.Postgres().start()
print(server.directory, postgres._postmaster(server.directory), flush=True)
server.freeze()
time.sleep(600)
"""


def test_rows_are_tuples_of_text_and_none(database):
    assert database.run("SELECT 1, NULL, '', 'a,\"b\"\nc' UNION ALL SELECT 2, 't', 'u', 'ё'") == [
        ("1", None, "", 'a,"b"\nc'),
        ("2", "t", "u", "ё"),
    ]
    assert database.value("SELECT NULL") is None
    assert database.value("SELECT 1 WHERE false") is None


def test_refused_sql_says_why(database):
    with pytest.raises(postgresql.Failed, match="no_such_table"):
        database.run("SELECT 1; SELECT * FROM no_such_table")


def test_settings_are_durable(database):
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert database.value(f"SHOW {name}") == "on"


def test_databases_are_apart(postgres, database):
    database.run("CREATE TABLE t ()")
    other = postgres.new_database()
    assert other.value("SELECT count(*) FROM pg_tables WHERE tablename = 't'") == "0"
    other.drop()


def test_what_was_committed_survives_a_crash(postgres, database):
    database.run("CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
    postgres.crash()
    assert not postgres.is_running()
    with pytest.raises(postgresql.Failed):
        database.run("SELECT 1")
    postgres.restart()
    assert database.value("SELECT n FROM t") == "1"
    assert "database system was interrupted" in postgres.log()


def test_nothing_is_answered_while_it_is_frozen(postgres, database):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        postgres.freeze()
        answer = pool.submit(database.value, "SELECT 1")
        with pytest.raises(concurrent.futures.TimeoutError):
            answer.result(0.5)
        postgres.thaw()
        assert answer.result(20) == "1"


@pytest.mark.parametrize("act", ["freeze", "crash"])
def test_a_test_that_breaks_it(postgres, database, act):
    """The next one finds it whole."""
    getattr(postgres, act)()


def test_settings_of_ones_own(start_postgres, postgres):
    own = start_postgres(max_connections=7)
    assert own.run("SHOW max_connections") == [("7",)]
    assert own.port != postgres.port


def is_alive(pid):
    """A zombie that nobody has reaped yet has no command line."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_nothing_is_left_of_a_run_that_was_killed():
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED], cwd=SUPPORT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    directory, postmaster = child.stdout.readline().split()
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    poly_process.wait_until(lambda: not pathlib.Path(directory).exists(), 20, "the directory to go")
    assert not is_alive(postmaster)
