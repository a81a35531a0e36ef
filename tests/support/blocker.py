# SPDX-License-Identifier: MIT
"""Keeps a daemon's writes waiting in the middle of what they do."""

import subprocess
import time

from poly_process import wait_until


class Blocker:
    """A session that locks tables against writers; SHARE lets those go on who only lock rows."""

    def __init__(self, database, tables, mode="EXCLUSIVE"):
        self.database = database
        self.session = subprocess.Popen(
            [database.postgres.binaries / "psql", "-X", "-q", "-d", database.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.session.stdin.write(f"BEGIN; LOCK TABLE {tables} IN {mode} MODE;\n".encode())
        self.session.stdin.flush()
        granted = f"SELECT count(*) > 0 FROM pg_locks WHERE mode = '{mode.title()}Lock' AND locktype = 'relation' AND granted"
        database.await_value(granted, "t")

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
