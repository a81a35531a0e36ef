# SPDX-License-Identifier: MIT
"""Keeps a daemon's writes waiting in the middle of what they do."""

import subprocess
import time

from poly_process import wait_until


class Blocker:
    """A session that locks tables against writers; SHARE lets those go on who only lock rows."""

    def __init__(self, database, tables, mode="EXCLUSIVE"):
        self._begin(database, f"LOCK TABLE {tables} IN {mode} MODE")
        granted = f"SELECT count(*) > 0 FROM pg_locks WHERE mode = '{mode.title()}Lock' AND locktype = 'relation' AND granted"
        database.await_value(granted, "t")

    def _begin(self, database, statement):
        self.database = database
        self.session = subprocess.Popen(
            [database.postgres.binaries / "psql", "-X", "-q", "-d", database.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.session.stdin.write(f"BEGIN; {statement};\n".encode())
        self.session.stdin.flush()

    def waiting(self):
        return int(self.database.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))

    def await_waiting(self, count):
        """All, or on a slow machine those that are there before the first gives up, after 4.5 s."""
        wait_until(self.waiting, 10, "the first to wait")
        ends = time.monotonic() + 3
        while self.waiting() < count and time.monotonic() < ends:
            pass

    def release(self):
        self.session.kill()
        self.session.wait()


class RowBlocker(Blocker):
    """A session that locks some rows: "teachers WHERE …"."""

    def __init__(self, database, rows):
        self._begin(database, f"SELECT FROM {rows} FOR UPDATE")
        locked = "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE '%FOR UPDATE;%'"
        database.await_value(locked, "t")
