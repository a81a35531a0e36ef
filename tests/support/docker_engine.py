# SPDX-License-Identifier: MIT
"""A Docker Engine for tests: the one that runs, or one that is started for them and leaves nothing behind."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from poly_process import wait_until


class Failed(AssertionError):
    """A command that should have succeeded, with what it printed."""


def run(*command, timeout=120, check=True, **options):
    """Its standard output, stripped; with check=False the CompletedProcess."""
    answer = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=timeout, check=False, **options
    )
    if not check:
        return answer
    if answer.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: {answer.returncode}\n{answer.stdout[-3000:]}\n{answer.stderr[-3000:]}")
    return answer.stdout.strip()


class Engine:
    """`root` is kept when POLY_DOCKER_ROOT names it, so that images need not be made anew in the next run."""

    def __init__(self):
        self.environment = dict(os.environ)
        self._kept = os.environ.get("POLY_DOCKER_ROOT")
        self._root = None
        self._process = None
        self._bridge_was_there = pathlib.Path("/sys/class/net/docker0").exists()

    # --- life ---

    def start(self):
        if self.answers():
            return self
        if os.geteuid() != 0 or not shutil.which("dockerd"):
            raise Failed("no Docker Engine answers, and none can be started: that takes root and dockerd (docker.io)")
        self._root = pathlib.Path(self._kept or tempfile.mkdtemp(prefix="poly-docker-", dir="/var/tmp"))
        self._root.mkdir(exist_ok=True)
        socket = self._root / "docker.sock"
        self.environment["DOCKER_HOST"] = f"unix://{socket}"
        with open(self._root / "log", "wb") as log:
            self._process = subprocess.Popen(
                [
                    "dockerd",
                    f"--data-root={self._root / 'data'}",
                    f"--exec-root={self._root / 'exec'}",
                    f"--pidfile={self._root / 'pid'}",
                    f"--host=unix://{socket}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._is_up, 60, "the Docker Engine that was started")
        return self

    def _is_up(self):
        if self._process.poll() is not None:
            raise Failed("dockerd ended:\n" + (self._root / "log").read_text(errors="replace")[-3000:])
        return self.answers()

    def answers(self):
        try:
            return self.docker("info", "--format", "{{.ServerVersion}}", check=False, timeout=20).returncode == 0
        except (FileNotFoundError, subprocess.TimeoutExpired):
            return False

    def end(self):
        if not self._process:
            return
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if not self._kept:
            self._remove_root()
        if not self._bridge_was_there:
            for link in ("docker0", "docker_gwbridge"):
                run("ip", "link", "delete", link, check=False)

    def _remove_root(self):
        """Its last mounts go a moment after it."""
        for _ in range(20):
            mounts = [line.split()[1] for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
            for mount in sorted((place for place in mounts if place.startswith(str(self._root))), reverse=True):
                run("umount", "--lazy", mount, check=False)
            shutil.rmtree(self._root, ignore_errors=True)
            if not self._root.exists():
                return
            time.sleep(0.2)

    # --- commands ---

    def docker(self, *arguments, **options):
        return run("docker", *arguments, env=self.environment, **options)

    def compose_command(self):
        """Compose as a plug-in, or the older docker-compose; POLY_COMPOSE may name either."""
        named = os.environ.get("POLY_COMPOSE")
        if named:
            return named.split()
        has_plugin = self.docker("compose", "version", check=False).returncode == 0
        return ["docker", "compose"] if has_plugin else ["docker-compose"]

    # --- containers ---

    def inspect(self, what, template):
        return self.docker("inspect", what, "--format", template)

    def crash(self, container):
        """kill -9 of its first process, which is none of Docker's doing, so that Docker restarts it."""
        os.kill(int(self.inspect(container, "{{.State.Pid}}")), 9)

    def has(self, image):
        return self.docker("image", "inspect", image, check=False).returncode == 0

    def pull(self, image):
        """False when no registry has it or none can be reached."""
        try:
            return self.docker("pull", "--quiet", image, check=False, timeout=300).returncode == 0
        except subprocess.TimeoutExpired:
            return False
