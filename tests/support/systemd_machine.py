# SPDX-License-Identifier: MIT
"""A Debian with systemd as its first process, in a container of systemd-nspawn, with what `make install` installs.

POLY_SYSTEMD_ROOT names a directory that keeps Debian's packages from one run to the next. Nothing is written there but once.
"""

import ctypes
import os
import pathlib
import shutil
import subprocess
import tempfile

from docker_engine import Failed, run
from poly_process import ROOT, program, wait_until

MIRROR = "http://deb.debian.org/debian"
# What the daemons need to run is in docs/operations.md, too.
PACKAGES = (
    "systemd systemd-sysv dbus postgresql openssl ca-certificates "
    "libcjson1 libcurl4 libevent-core-2.1-7 libexpat1 libmagic1 libpq5 libsodium23 libssl3 libxlsxwriter4 zlib1g"
).split()
CLONE_NEWNET = 0x40000000


def why_not():
    """What is missing to run one here, or None."""
    if os.geteuid() != 0:
        return "only root can start a machine with systemd-nspawn"
    for command in ("systemd-nspawn", "debootstrap", "nsenter"):
        if not shutil.which(command):
            return f"{command} is missing: make systemd-test installs it"
    return None


def move_to_a_network_of_its_own():
    """This thread and whatever it starts: the daemons' ports, and PostgreSQL's, are then free, whatever runs beside."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise Failed(f"no network namespace: {os.strerror(ctypes.get_errno())}")
    run("ip", "link", "set", "lo", "up")


class Machine:
    def __init__(self):
        kept = os.environ.get("POLY_SYSTEMD_ROOT")
        self._place = pathlib.Path(tempfile.mkdtemp(prefix="poly-systemd-", dir="/var/tmp"))
        self._packages = pathlib.Path(kept) if kept else self._place / "packages"
        self.root = self._place / "root"
        self._nspawn = None

    # --- life ---

    def make(self):
        if not (self._packages / "usr/bin/psql").exists():
            names = ",".join(PACKAGES)
            run("debootstrap", "--variant=minbase", f"--include={names}", "bookworm", self._packages, MIRROR, timeout=1200)
        for name in ("upper", "work", "root"):
            (self._place / name).mkdir()
        layers = f"lowerdir={self._packages},upperdir={self._place / 'upper'},workdir={self._place / 'work'}"
        run("mount", "-t", "overlay", "overlay", "-o", layers, self.root)
        return self

    def install(self):
        run("make", "--silent", "--no-print-directory", "install", f"DESTDIR={self.root}", cwd=ROOT, timeout=600)
        shutil.copy(program("campus-sim"), self.root / "usr/local/bin")
        return self

    def boot(self):
        with open(self._place / "console", "ab") as console:
            self._nspawn = subprocess.Popen(
                # A machine of its own may lock memory; nspawn's filter would not let it.
                ["systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}", "--register=no", "--keep-unit",
                 "--console=read-only", "--machine=poly", "--system-call-filter=@memlock"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
            )  # fmt: skip
        wait_until(self._is_up, 120, "the machine to have started")
        return self

    def _is_up(self):
        if self._nspawn.poll() is not None:
            raise Failed("systemd-nspawn ended:\n" + (self._place / "console").read_text(errors="replace")[-3000:])
        return self._first() and self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def power_off(self):
        if self._nspawn and self._nspawn.poll() is None:
            if self._first():
                self.run("systemctl", "poweroff", check=False)
            try:
                self._nspawn.wait(90)
            except subprocess.TimeoutExpired:
                self._nspawn.kill()
                self._nspawn.wait()
        self._nspawn = None

    def end(self):
        self.power_off()
        run("umount", "--lazy", self.root, check=False)
        shutil.rmtree(self._place, ignore_errors=True)

    # --- inside ---

    def _first(self):
        """The id of the machine's first process as seen from here, or ''."""
        return pathlib.Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text(encoding="ascii").strip()

    def run(self, *command, **options):
        return run("nsenter", f"--target={self._first()}", "--all", "--", *command, **options)

    def shell(self, script, **options):
        return self.run("bash", "-euc", script, **options)

    def show(self, unit, name):
        return self.run("systemctl", "show", "--value", f"--property={name}", unit)

    def journal(self, daemon):
        """What the daemon itself has said since the machine started, line by line."""
        return self.run("journalctl", "--boot", f"--identifier={daemon}", "--output=cat", "--no-pager").splitlines()

    def write(self, path, text, mode=0o600):
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode)
        file.write_text(text, encoding="utf-8")
