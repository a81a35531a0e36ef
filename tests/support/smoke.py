# SPDX-License-Identifier: MIT
"""The smoke scripts against a platform with demo data."""

import os
import subprocess

from poly_process import ROOT
from stack import short


def check_all(urls, admin_password):
    """`urls`: {daemon: where it is reached}. An assertion with what did not hold."""
    environment = {
        **os.environ,
        **{f"BASE_{short(daemon).upper()}": url for daemon, url in urls.items()},
        "SSO_ADMIN_USERNAME": "admin",
        "SSO_ADMIN_PASSWORD": admin_password,
        "STUDENT": "student4",
        "STUDENT_PASSWORD": "polytech-student4",
    }
    answer = subprocess.run(
        [ROOT / "tests/smoke/all.sh"], capture_output=True, text=True, timeout=300, check=False, env=environment
    )
    assert answer.returncode == 0, "\n".join(line for line in answer.stdout.splitlines() if not line.startswith("ok "))
