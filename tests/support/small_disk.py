# SPDX-License-Identifier: MIT
"""A disk that can be filled, for one daemon."""

import errno
import os
import shutil
import subprocess

import pytest

FILLER = "filler"


def cannot_mount():
    if os.geteuid() != 0:
        return "mounting a small disk needs root"
    if not shutil.which("unshare"):
        return "unshare is not installed"
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True, timeout=10, check=False)
    return tried.stderr.strip() if tried.returncode else None


needs_mount = pytest.mark.skipif(cannot_mount() is not None, reason=str(cannot_mount()))


class SmallDisk:
    """A tmpfs that only one daemon sees, in a mount namespace that ends with it. The test gets at it through /proc."""

    def __init__(self, place, size="512k"):
        place.mkdir()
        self.place = place
        self.size = size
        self.descriptor = None

    def wrapper(self, log=None):
        """To run the daemon under; `log` is a file's name on the disk."""
        script = 'mount -t tmpfs -o "size=$1" tmpfs "$2"; shift 2; exec "$@"'
        if log:
            script += f' >"{self.place / log}"'
        return ["unshare", "--mount", "--propagation", "private", "sh", "-euc", script, "sh", self.size, self.place]

    def hold(self, daemon):
        """From here on the disk can be looked at, also after the daemon's end."""
        self.descriptor = os.open(f"/proc/{daemon.process.pid}/root{self.place}", os.O_RDONLY | os.O_DIRECTORY)

    def release(self):
        if self.descriptor is not None:
            os.close(self.descriptor)

    def _open(self, name, mode):
        return open(name, mode, buffering=0, opener=lambda path, flags: os.open(path, flags, dir_fd=self.descriptor))

    def names(self):
        return set(os.listdir(self.descriptor))

    def read(self, name):
        with self._open(name, "rb") as file:
            return file.read()

    def fill(self):
        with self._open(FILLER, "wb") as file:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError as error:
                    assert error.errno == errno.ENOSPC

    def make_room(self):
        os.unlink(FILLER, dir_fd=self.descriptor)
