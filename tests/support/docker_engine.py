# SPDX-License-Identifier: MIT
"""A Docker Engine for tests: the one that runs, or one that is started for them and leaves nothing behind."""

import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from command import Failed, run
from engine_network import Bridge
from poly_process import wait_until

START_SECONDS = 180
PLACE = pathlib.Path("/var/tmp")
PREFIX = "poly-docker-"
PR_SET_PDEATHSIG = 1


class Unavailable(Failed):
    """There is no Docker Engine here, and the machine lets none be started. Says why, in one line."""


def end_well_when_terminated():
    """SIGTERM then ends what was started, as Ctrl-C does."""

    def interrupt(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def dies_with_its_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def is_alive(pid, command):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == command
    except OSError:
        return False


def pid_in(path):
    try:
        return int(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def remove_root(root):
    """An engine's last mounts go a moment after it."""
    for _ in range(50):
        mounts = [line.split()[1] for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
        for mount in sorted((place for place in mounts if place.startswith(f"{root}/")), reverse=True):
            run("umount", "--lazy", mount, check=False)
        shutil.rmtree(root, ignore_errors=True)
        if not root.exists():
            return
        time.sleep(0.2)


def remove_abandoned_bridge(root):
    """Of an engine whose run was killed; it noted the name."""
    note = root / "bridge"
    if note.exists():
        Bridge(note.read_text(encoding="utf-8")).remove()
        note.unlink()


def remove_abandoned():
    """What runs that were killed have left: their names have the process that made them."""
    for root in PLACE.glob(f"{PREFIX}*"):
        named = re.match(rf"{PREFIX}(\d+)-", root.name)
        if named and not pathlib.Path("/proc", named[1]).exists() and not is_alive(pid_in(root / "pid"), "dockerd"):
            remove_abandoned_bridge(root)
            remove_root(root)


def one_line(text):
    return " ".join(text.split())[:400]


def last_words(log):
    """Why dockerd ended, as it says itself."""
    lines = [line for line in log.splitlines() if line.strip()]
    for line in reversed(lines):
        if "failed to start" in line or "level=fatal" in line:
            message = re.search(r'msg="((?:[^"\\]|\\.)*)"', line)
            return message[1] if message else line
    return lines[-1] if lines else "it said nothing"


class Engine:
    """`root` is kept when POLY_DOCKER_ROOT names it, so that images need not be made anew in the next run."""

    def __init__(self):
        self.environment = dict(os.environ)
        self._kept = os.environ.get("POLY_DOCKER_ROOT")
        self._root = None
        self._process = None
        self._bridge = Bridge()

    # --- life ---

    @property
    def is_own(self):
        return self._process is not None

    def start(self):
        """Unavailable where there is none and none can be started."""
        self._must_have_programs()
        answer = self._info()
        if answer.returncode == 0:
            return self
        if os.geteuid() != 0:
            raise Unavailable(f"no Docker Engine answers ({one_line(answer.stderr)}), and starting one takes root")
        if not shutil.which("dockerd"):
            raise Unavailable("no Docker Engine answers, and there is no dockerd to start")
        try:
            self._start_own()
        except BaseException:
            self.end()
            raise
        return self

    @staticmethod
    def _must_have_programs():
        if not shutil.which("docker"):
            raise Unavailable("there is no docker here")

    def _start_own(self):
        remove_abandoned()
        self._root = pathlib.Path(self._kept or tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=PLACE))
        self._root.mkdir(exist_ok=True)
        if is_alive(pid_in(self._root / "pid"), "dockerd"):
            raise Failed(f"another run uses {self._root}")
        (self._root / "pid").unlink(missing_ok=True)
        remove_abandoned_bridge(self._root)
        socket = self._root / "docker.sock"
        self.environment["DOCKER_HOST"] = f"unix://{socket}"
        (self._root / "bridge").write_text(self._bridge.name, encoding="utf-8")
        try:
            network = self._bridge.make()
        except (Failed, FileNotFoundError) as fault:
            raise Unavailable(f"no bridge can be made: {one_line(str(fault))}") from fault
        with open(self._root / "log", "wb") as log:
            self._process = subprocess.Popen(
                [
                    "dockerd",
                    f"--data-root={self._root / 'data'}",
                    f"--exec-root={self._root / 'exec'}",
                    f"--pidfile={self._root / 'pid'}",
                    f"--host=unix://{socket}",
                    *network,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_its_parent,
            )
        try:
            wait_until(self._is_up, START_SECONDS, "the Docker Engine that was started")
        except Unavailable:
            raise
        except AssertionError as fault:
            raise Unavailable(f"dockerd does not answer {START_SECONDS} s after its start: {self._said()}") from fault
        self._remove_containers()

    def _said(self):
        return one_line(last_words((self._root / "log").read_text(errors="replace")))

    def _is_up(self):
        if self._process.poll() is not None:
            raise Unavailable(f"dockerd does not start: {self._said()}")
        return self.answers()

    def _info(self):
        try:
            return self.docker("info", "--format", "{{.ServerVersion}}", check=False, timeout=60)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess((), 1, "", "no answer within 60 s")

    def answers(self):
        return self._info().returncode == 0

    def _remove_containers(self):
        """Of an earlier run with the same root, or of this one when it was interrupted."""
        left = self.docker("ps", "--all", "--quiet", check=False).stdout.split()
        if left:
            self.docker("rm", "--force", "--volumes", *left, check=False)
        self.docker("network", "prune", "--force", check=False)
        volumes = self.docker("volume", "ls", "--quiet", check=False).stdout.split()
        if volumes:
            self.docker("volume", "rm", *volumes, check=False)

    def end(self):
        if self._process:
            if self._process.poll() is None:
                self._remove_containers()
            self._stop_process()
            self._process = None
        self._bridge.remove()
        if self._root:
            (self._root / "bridge").unlink(missing_ok=True)
        if self._root and not self._kept:
            remove_root(self._root)

    def _stop_process(self):
        self._process.terminate()
        try:
            self._process.wait(120)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        containerd = pid_in(self._root / "exec/containerd/containerd.pid")
        if is_alive(containerd, "containerd"):
            os.kill(containerd, signal.SIGKILL)

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

    def import_image(self, name, tar):
        """From the bytes of a tar file."""
        answer = subprocess.run(["docker", "import", "-", name], input=tar, capture_output=True, env=self.environment, timeout=300)
        if answer.returncode != 0:
            raise Failed(answer.stderr.decode(errors="replace"))

    def pull(self, image):
        """False when no registry has it or none can be reached."""
        try:
            return self.docker("pull", "--quiet", image, check=False, timeout=300).returncode == 0
        except subprocess.TimeoutExpired:
            return False
