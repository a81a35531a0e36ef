# SPDX-License-Identifier: MIT
"""The images that the platform's are built on and stand beside: from a registry, or made of Debian's packages."""

import pathlib
import shutil
import subprocess
import tempfile

from docker_engine import Failed, run
from poly_process import ROOT

BASE = "debian:bookworm-slim"
POSTGRES = "postgres:15-bookworm"
NGINX = "nginx:stable-bookworm"
MIRROR = "http://deb.debian.org/debian"
STAND_INS = ROOT / "tests/compose/images"

# What the slim image lacks of a plain one.
UNNEEDED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "var/lib/apt/lists", "var/cache")


def make_base(engine):
    if not shutil.which("debootstrap"):
        raise Failed(f"{BASE} cannot be pulled, and there is no debootstrap to make it with")
    with tempfile.TemporaryDirectory(prefix="poly-base-", dir="/var/tmp") as place:
        root = pathlib.Path(place) / "root"
        run("debootstrap", "--variant=minbase", "bookworm", root, MIRROR, timeout=900)
        with open(root / "etc/apt/sources.list", "a", encoding="utf-8") as sources:
            sources.write(f"deb {MIRROR} bookworm-updates main\n")
            sources.write("deb http://deb.debian.org/debian-security bookworm-security main\n")
        for name in UNNEEDED:
            shutil.rmtree(root / name, ignore_errors=True)
            (root / name).mkdir(parents=True)
        with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as tar:
            engine.docker("import", "-c", 'CMD ["bash"]', "-", BASE, stdin=tar.stdout, timeout=300)


def provide(engine):
    """Makes what cannot be pulled; the names of those that were made."""
    made = []
    for image, make in (
        (BASE, make_base),
        (POSTGRES, lambda engine: engine.docker("build", "-q", "-t", POSTGRES, STAND_INS / "postgres", timeout=600)),
        (NGINX, lambda engine: engine.docker("build", "-q", "-t", NGINX, STAND_INS / "nginx", timeout=600)),
    ):
        if not engine.has(image) and not engine.pull(image):
            make(engine)
            made.append(image)
    return made
