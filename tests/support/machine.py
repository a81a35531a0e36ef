# SPDX-License-Identifier: MIT
"""What a report says of the machine and of the sources that it was made with."""

import os
import platform
import shutil
import subprocess

from poly_process import ROOT

NO_COMMIT = "unknown (no git here)"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return models[0] if models else platform.machine()


def memory_mebibytes():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(file.readline().split()[1]) // 1024


def facts():
    """What decides whether figures of two runs are comparable, and what is good to know."""
    return {"processor": processor(), "cpus": len(os.sched_getaffinity(0)), "memory_mib": memory_mebibytes(),
            "kernel": platform.release()}


def describe():
    return "{cpus} CPUs ({processor}), {memory_mib} MiB, Linux {kernel}".format(**facts())


def commit():
    if not shutil.which("git"):
        return NO_COMMIT
    answer = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or NO_COMMIT
