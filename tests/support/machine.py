# SPDX-License-Identifier: MIT
"""What a report says of the machine and of the sources that it was made with."""

import os
import platform
import subprocess

from poly_process import ROOT


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return models[0] if models else platform.machine()


def memory_mebibytes():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(file.readline().split()[1]) // 1024


def describe():
    return (f"{len(os.sched_getaffinity(0))} CPUs ({processor()}), {memory_mebibytes()} MiB, "
            f"Linux {platform.release()}")


def commit():
    answer = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or "unknown (no git here)"
