# SPDX-License-Identifier: MIT
"""Runs the project's programs for tests: on a free port, until ready, with their log read along.

Standard library only, so that the bench can use it too.
"""

import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time

import poly_http

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("POLY_BUILD", "build")
LOOPBACK = "127.0.0.1"

# By sanitizers or for coverage: slower, and with other memory.
INSTRUMENTED = any(word in BUILD.name for word in ("address", "thread", "undefined", "coverage"))

# A deadline that a test waits for is multiplied by this. POLY_TEST_PATIENCE is for machines that do much else meanwhile.
PATIENCE = (6 if INSTRUMENTED else 1) * int(os.environ.get("POLY_TEST_PATIENCE", "1"))

SANITIZER_MARKS = ("Sanitizer", "runtime error:", "==ERROR", "DEADLYSIGNAL")
EPHEMERAL_FIRST = 32768


def program(name):
    """The path of a built program: a daemon, campus-sim, or a tool such as load."""
    for place in (BUILD / "bin" / name, BUILD / "tests" / name):
        if place.exists():
            return place
    raise FileNotFoundError(f"{name} is not built under {BUILD}; try make all tools")


def free_port():
    """A port that nobody listens on, from below those that the kernel gives to outgoing connections."""
    for _ in range(100):
        port = random.randrange(20000, EPHEMERAL_FIRST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port found")


def wait_until(condition, seconds, what):
    """Polls `condition` until it is true and answers its value; an AssertionError names `what` after the time."""
    ends = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > ends:
            raise AssertionError(f"waited {seconds * PATIENCE} s in vain for: {what}")
        time.sleep(0.005)


class Daemon:
    """A daemon of the project as a child process.

    `environment` is all it gets beside LISTEN and PATH, so that a test does not depend on the caller's variables.
    Its log is read along, or goes to the file `log_to`. `wrapper` is a command to run it under.
    """

    def __init__(self, name, environment=None, arguments=("serve",), port=None, wrapper=(), log_to=None):
        self.name = name
        self.environment = dict(environment or {})
        self.arguments = arguments
        self.wrapper = [str(word) for word in wrapper]
        self.log_to = log_to
        self.port = port or free_port()
        self.process = None
        self._lines = []
        self._errors = None
        self._reader = None

    # --- life ---

    def start(self, wait=True):
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LISTEN": f"{LOOPBACK}:{self.port}",
            **{key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")},
            **{key: str(value) for key, value in self.environment.items()},
        }
        self._lines = []
        self._errors = tempfile.TemporaryFile()
        log = open(self.log_to, "ab") if self.log_to else None
        self.process = subprocess.Popen(
            [*self.wrapper, str(program(self.name)), *self.arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log or subprocess.PIPE,
            stderr=self._errors,
            cwd=tempfile.gettempdir(),
        )
        if log:
            log.close()
        else:
            self._reader = threading.Thread(target=self._read_log, args=(self.process.stdout,), daemon=True)
            self._reader.start()
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=10):
        wait_until(self._answers_ready, seconds, f"{self.name} to be ready")
        return self

    def wait_listening(self, seconds=10):
        """Alive, ready or not."""
        wait_until(lambda: self._status("/healthz") == 200, seconds, f"{self.name} to answer /healthz")
        return self

    def stop(self, seconds=20):
        """SIGTERM; the daemon must end by itself with 0, and no sanitizer may have complained."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        status = self._reap(seconds)
        errors = self.errors()
        self._forget()
        assert status == 0, f"{self.name} ended with {status}:\n{errors}"
        assert not any(mark in errors for mark in SANITIZER_MARKS), f"{self.name}:\n{errors}"

    def kill(self):
        """SIGKILL: as if the machine had died."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self._finish_reading()
        self._forget()

    def wait_exit(self, seconds=20):
        """For a daemon that ends by itself: its exit status."""
        return self._reap(seconds)

    def restart(self):
        """Stops and starts on the same port."""
        self.stop()
        return self.start()

    def signal(self, number):
        self.process.send_signal(number)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, kind, value, trace):
        if self.process is None:
            return
        if kind is None:
            self.stop()
        else:
            self.kill()

    def _reap(self, seconds):
        try:
            status = self.process.wait(seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            tail = "\n".join(self.raw_log()[-20:])
            self.kill()
            raise AssertionError(f"{self.name} did not end within {seconds * PATIENCE} s; its log ends:\n{tail}") from None
        self._finish_reading()
        return status

    def _finish_reading(self):
        if self._reader:
            self._reader.join()
            self._reader = None
            self.process.stdout.close()

    def _forget(self):
        self._errors.close()
        self.process = None

    def _answers_ready(self):
        if self.process.poll() is not None:
            self._finish_reading()
            tail = "\n".join(self.raw_log()[-5:])
            raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.errors()}\n{tail}")
        return self._status("/readyz") == 200

    def _status(self, path):
        try:
            return poly_http.get(self.url + path, timeout=2).status
        except (OSError, poly_http.Broken):
            return None

    # --- what it says ---

    def _read_log(self, stream):
        for line in stream:
            self._lines.append(line.decode("utf-8", "replace").rstrip("\n"))

    def raw_log(self):
        """Every line of standard output so far."""
        if self.log_to:
            return pathlib.Path(self.log_to).read_text(encoding="utf-8", errors="replace").splitlines()
        return list(self._lines)

    def log(self, message=None, **fields):
        """The log's lines as dictionaries, those with this message and these fields only."""
        found = []
        for line in self.raw_log():
            try:
                entry = json.loads(line)
            except ValueError:
                raise AssertionError(f"{self.name} wrote no JSON line: {line!r}") from None
            if message is not None and entry.get("message") != message:
                continue
            if all(entry.get(key) == value for key, value in fields.items()):
                found.append(entry)
        return found

    def wait_log(self, message=None, seconds=10, **fields):
        """The first line with this message and these fields, once it is there."""
        return wait_until(lambda: self.log(message, **fields), seconds, f"'{message}' {fields} in the log")[0]

    def errors(self):
        """Standard error so far."""
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")

    # --- asking it ---

    @property
    def url(self):
        return f"http://{LOOPBACK}:{self.port}"

    def get(self, path, **options):
        return poly_http.get(self.url + path, **options)

    def request(self, method, path, **options):
        return poly_http.request(method, self.url + path, **options)

    def connect(self, timeout=10):
        """A raw connection, for requests that no client would send."""
        return poly_http.RawConnection(LOOPBACK, self.port, timeout * PATIENCE)

    def metrics(self):
        """Every sample of /metrics: {'name{label="value"}': number}."""
        samples = {}
        for line in self.get("/metrics").text.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                samples[name] = float(value)
        return samples

    def metric(self, name, **labels):
        """The sum of the samples with this name and these labels."""
        total = 0.0
        for sample, value in self.metrics().items():
            if sample.partition("{")[0] == name and all(f'{key}="{text}"' in sample for key, text in labels.items()):
                total += value
        return total

    # --- what it takes ---

    def cpu_seconds(self):
        """User and system time of the process with all its threads and its children, present and past."""
        return sum(_process_cpu(pid) for pid in [self.process.pid, *_children(self.process.pid)])

    def resident_bytes(self):
        return process_resident_bytes(self.process.pid)

    def thread_count(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def descriptor_count(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


@contextlib.contextmanager
def started_daemons():
    """`start(daemon)` starts one; all end with the context, the last first."""
    started = []

    def start(daemon):
        started.append(daemon)
        return daemon.start()

    try:
        yield start
    finally:
        for daemon in reversed(started):
            daemon.stop()


def process_resident_bytes(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"no VmRSS of process {pid}")


def _process_cpu(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def _children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except FileNotFoundError:
        return []


def process_tree_cpu(pid):
    """CPU seconds of a process and its children, such as nginx with its workers."""
    return sum(_process_cpu(each) for each in [pid, *_children(pid)])


def run(name, *arguments, environment=None, seconds=30, check=False):
    """Runs a program of the project to its end; answers the CompletedProcess with text output."""
    return subprocess.run(
        [str(program(name)), *arguments],
        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), **{k: str(v) for k, v in (environment or {}).items()}},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds * PATIENCE,
        check=check,
    )


def load(url, *options, seconds=120):
    """Runs the load generator against `url`; answers its figures."""
    return read_load([str(program("load")), *(str(option) for option in options), url], seconds)


def read_load(command, seconds=120):
    answer = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds * PATIENCE,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)
