# SPDX-License-Identifier: MIT
"""Whether this machine can run the tests that need containers: the one place where that is decided.

/usr/bin/python3 tests/support/docker_preflight.py        0: it can; 3: it cannot, and standard output says why

It can where a Docker Engine answers, or starts, and runs a container with a network, and commands in it: below a chroot they
would see the machine's files, as health checks do. From there on failures are failures.
"""

import io
import os
import re
import sys
import tarfile

from command import Failed, run
from docker_engine import Engine, Unavailable, end_well_when_terminated, one_line

CANNOT = 3
PROGRAMS = {"/preflight/nothing": "/bin/true", "/preflight/wait": "/bin/sleep"}  # by names that no machine has


def smallest_image():
    """A tar file of two programs of this machine and their libraries."""
    files = dict(PROGRAMS)
    for program in PROGRAMS.values():
        files.update((path, path) for path in re.findall(r"(/[^\s:]+)(?:\s|$)", run("ldd", program)))
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", dereference=True) as tar:
        for name, path in files.items():
            tar.add(os.path.realpath(path), arcname=name.lstrip("/"))
    return content.getvalue()


def try_container(engine):
    name = f"poly-preflight-{os.getpid()}"
    nothing, wait = PROGRAMS
    engine.import_image(name, smallest_image())
    try:
        engine.docker("run", "--detach", "--name", name, "--publish", "127.0.0.1::8080", name, wait, "600", timeout=300)
        engine.docker("exec", name, nothing, timeout=300)
    except Failed as fault:
        raise Unavailable(f"the Docker Engine runs no container: {one_line(engine_says(str(fault)))}") from fault
    finally:
        engine.docker("rm", "--force", name, check=False)
        engine.docker("image", "rm", "--force", name, check=False)


def engine_says(text):
    """What comes after docker's own prefix, which names the command that was given."""
    return text.partition("Error response from daemon: ")[2] or text


def why_not(engine):
    """None when containers can be run here, or the reason in one line. Ends an engine that it has started."""
    try:
        engine.start()
        try_container(engine)
    except Unavailable as reason:
        return str(reason)
    finally:
        engine.end()
    return None


def main():
    end_well_when_terminated()
    reason = why_not(Engine())
    if reason:
        print(reason)
    return CANNOT if reason else 0


if __name__ == "__main__":
    sys.exit(main())
