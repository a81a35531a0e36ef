# SPDX-License-Identifier: MIT
"""The images that the platform's are built on and stand beside: from a registry, or made of Debian's packages."""

import concurrent.futures
import pathlib
import shutil
import subprocess
import tempfile

from command import Failed, run
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
        run("debootstrap", "--variant=minbase", "bookworm", root, MIRROR, timeout=3600)
        with open(root / "etc/apt/sources.list", "a", encoding="utf-8") as sources:
            sources.write(f"deb {MIRROR} bookworm-updates main\n")
            sources.write("deb http://deb.debian.org/debian-security bookworm-security main\n")
        for name in UNNEEDED:
            shutil.rmtree(root / name, ignore_errors=True)
            (root / name).mkdir(parents=True)
        with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as tar:
            engine.docker("import", "-c", 'CMD ["bash"]', "-", BASE, stdin=tar.stdout, timeout=1800)


def make_postgres(engine):
    engine.docker("build", "-q", "-t", POSTGRES, STAND_INS / "postgres", timeout=1800)


def make_nginx(engine):
    engine.docker("build", "-q", "-t", NGINX, STAND_INS / "nginx", timeout=1800)


MAKERS = {BASE: make_base, POSTGRES: make_postgres, NGINX: make_nginx}


def in_parallel(function, arguments):
    with concurrent.futures.ThreadPoolExecutor() as threads:
        return list(threads.map(function, arguments))


def provide(engine):
    """Makes what cannot be pulled; the names of those that were made."""
    are_there = in_parallel(lambda image: engine.has(image) or engine.pull(image), MAKERS)
    missing = [image for image, is_there in zip(MAKERS, are_there) if not is_there]
    if BASE in missing:
        make_base(engine)
    in_parallel(lambda image: MAKERS[image](engine), [image for image in missing if image != BASE])
    return missing


def compile_programs(engine):
    """The stage that all programs' images share, so that their builds find it done. Leaves an image without a name."""
    engine.docker("build", "-q", "--target", "build", "-f", ROOT / "sso-svc/Dockerfile", ROOT, timeout=3600)


def prepare(engine):
    """All that takes long before `up --build`: the compiler's packages and PostgreSQL's are fetched at the same time."""
    if not engine.has(BASE) and not engine.pull(BASE):
        make_base(engine)
    in_parallel(lambda make: make(engine), (compile_programs, provide))
