# SPDX-License-Identifier: MIT
"""Library calls of a daemon that fail when a test says so (tests/preload/failing.c)."""

import mmap
import os
import struct
import subprocess

import poly_process

RECORD = struct.Struct("32siiii")  # the call's name, left, errno, failed, seen


def preload(library, sanitized=False):
    """LD_PRELOAD for a library of tests/preload. AddressSanitizer insists on being the first."""
    libraries = [poly_process.program(library)]
    if sanitized:
        found = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
        libraries.insert(0, os.path.realpath(found.stdout.strip()))
    return ":".join(str(library) for library in libraries)


class Failing:
    """`calls` is {name: errno}; `environment` is for the daemon, which may be started again and again."""

    def __init__(self, path, calls, sanitized=False):
        self._places = {name: number * RECORD.size for number, name in enumerate(calls)}
        self._errors = dict(calls)
        path.write_bytes(b"".join(RECORD.pack(name.encode(), 0, error, 0, 0) for name, error in calls.items()))
        with open(path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self.environment = {"LD_PRELOAD": preload("failing.so", sanitized), "FAILING_CALLS": path}

    def fail(self, name, nth=1):
        """The nth call from now fails, once."""
        self._write(name, nth)

    def stop(self):
        """No more failures."""
        for name in self._places:
            self._write(name, 0)

    def failed(self, name):
        """How often it has failed since `fail`."""
        return RECORD.unpack_from(self._memory, self._places[name])[3]

    def seen(self, name):
        """How often it has been called since `fail`."""
        return RECORD.unpack_from(self._memory, self._places[name])[4]

    def _write(self, name, left):
        RECORD.pack_into(self._memory, self._places[name], name.encode(), left, self._errors[name], 0, 0)
