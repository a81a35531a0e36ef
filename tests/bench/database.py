# SPDX-License-Identifier: MIT
"""A durable PostgreSQL for the bench, and what pgbench makes of it."""

import os
import pathlib
import re
import subprocess

import machine
import poly_process
import postgres

# As the machine's operator would set them; a quarter of the memory is what PostgreSQL's manual begins with. What is
# durable stays so: fsync, synchronous_commit and full_page_writes are on.
SETTINGS = {
    "shared_buffers": f"{machine.memory_mebibytes() // 4}MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "maintenance_work_mem": "512MB",
    "max_connections": 200,
}


class Server:
    """A cluster on some CPUs; a context manager. `cpu_seconds` is all that its processes have taken."""

    def __init__(self, cpus):
        self.cpus = cpus
        self.cluster = postgres.Postgres(SETTINGS)

    def __enter__(self):
        self.cluster.start()
        for pid in self._processes():
            os.sched_setaffinity(pid, self.cpus)
        return self

    def __exit__(self, *_):
        self.cluster.end()

    def _processes(self):
        parent = int((self.cluster.directory / "data" / "postmaster.pid").read_text(encoding="ascii").split("\n")[0])
        children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
        return [parent, *map(int, children)]

    def cpu_seconds(self):
        return poly_process.process_tree_cpu(self._processes()[0])

    def new_database(self):
        return self.cluster.new_database()

    def pgbench(self, database, script, connections, seconds, wrapper=(), variables=()):
        """Runs a script's text again and again with prepared statements; answers transactions a second."""
        file = self.cluster.directory / "script.sql"
        file.write_text(script, encoding="utf-8")
        command = [
            *wrapper,
            self.cluster.binaries / "pgbench",
            *("-n", "-M", "prepared", "-f", file, "-c", connections, "-j", 1, "-T", seconds),
            *(word for name, value in variables for word in ("-D", f"{name}={value}")),
            database.url,
        ]
        answer = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        found = re.search(r"tps = ([0-9.]+)", answer.stdout)
        failed = re.search(r"number of failed transactions: (\d+)", answer.stdout)
        if answer.returncode != 0 or not found or (failed and int(failed[1])):
            raise AssertionError(f"pgbench: {answer.stdout}{answer.stderr}")
        return float(found[1])
