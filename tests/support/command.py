# SPDX-License-Identifier: MIT
"""Other programs, run to their end."""

import subprocess


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
