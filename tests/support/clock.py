# SPDX-License-Identifier: MIT
"""The time of day of a daemon, which a test sets while it runs (tests/preload/clock.c)."""

import mmap
import struct

from failing import preload

OFFSET = struct.Struct("q")


class Clock:
    """`environment` is for the daemon; its monotonic clock goes on as ever."""

    def __init__(self, path):
        path.write_bytes(OFFSET.pack(0))
        with open(path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self.environment = {"LD_PRELOAD": preload("clock.so"), "STEPPED_CLOCK": path}

    def set(self, seconds):
        """So far ahead of the real one."""
        OFFSET.pack_into(self._memory, 0, seconds)
