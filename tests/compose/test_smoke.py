# SPDX-License-Identifier: MIT
"""The smoke scripts against the stack: they pass, and fail as soon as any daemon is broken."""

import subprocess

import pytest

from poly_process import ROOT
from stack import DAEMONS, PATIENCE, short


def smoke(stack, sync_seconds):
    environment = {
        **stack.engine.environment,
        **{f"BASE_{short(daemon).upper()}": stack.url(daemon) for daemon in DAEMONS},
        "SSO_ADMIN_USERNAME": "admin",
        "SSO_ADMIN_PASSWORD": stack.secret("sso-admin"),
        "STUDENT": "student4",
        "STUDENT_PASSWORD": "polytech-student4",
        "SYNC_SECONDS": str(sync_seconds),
    }
    return subprocess.run(
        ["make", "--no-print-directory", "-C", ROOT, "smoke"],
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
        env=environment,
    )


def test_everything_passes(running_stack):
    answer = smoke(running_stack, PATIENCE)
    assert answer.returncode == 0, "\n".join(line for line in answer.stdout.splitlines() if not line.startswith("ok "))
    for daemon in (*DAEMONS, "platform"):
        assert f"--- {daemon}" in answer.stdout


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_broken_daemon_is_noticed(stack, daemon):
    """What the front then says of it is no answer that a check is content with."""
    stack.compose("stop", "--timeout", "20", daemon)
    answer = smoke(stack, 1)
    assert answer.returncode != 0
    failed = answer.stdout.rpartition("smoke scripts that failed: ")[2]
    assert daemon in failed.split("\n")[0].split()
