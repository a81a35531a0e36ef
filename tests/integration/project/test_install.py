# SPDX-License-Identifier: MIT
"""make install lays out what others can build and run against."""

import os
import re
import subprocess

import pytest

from poly_process import BUILD, ROOT

PROGRAM = """\
#include "poly/strbuf.h"
#include <stdio.h>

int main(void)
{
    poly_strbuf text;

    poly_strbuf_init(&text, 100);
    poly_strbuf_printf(&text, "%d", 6 * 7);
    puts(poly_strbuf_text(&text));
    poly_strbuf_release(&text);
    return 0;
}
"""

DAEMONS = sorted(path.parent.name for path in ROOT.glob("*-svc/main.c"))
each_daemon = pytest.mark.parametrize("daemon", DAEMONS)

pytestmark = pytest.mark.skipif(BUILD != ROOT / "build", reason="what is installed is the release build")


def run(*command, **options):
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **options)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Installed under this prefix, as if for good."""
    prefix = tmp_path_factory.mktemp("prefix")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    run("make", "-C", str(ROOT), "install", f"PREFIX={prefix}", env=environment)
    return prefix


def pkg_config(installed, *options):
    environment = {**os.environ, "PKG_CONFIG_PATH": str(installed / "lib/pkgconfig")}
    return run("pkg-config", *options, "polyshared", env=environment).split()


def test_everything_is_there(installed):
    for name in (
        "include/poly/http.h",
        "lib/libpolyshared.a",
        "lib/libpolyshared.so",
        "lib/libpolyshared.so.0",
        *(f"lib/systemd/system/{daemon}.service" for daemon in DAEMONS),
        *(f"lib/systemd/system/{daemon}.socket" for daemon in DAEMONS),
        *(f"share/man/man8/{daemon}.8" for daemon in DAEMONS),
    ):
        assert (installed / name).exists(), name
    assert {path.name for path in (installed / "sbin").iterdir()} == set(DAEMONS)


@each_daemon
def test_the_unit_starts_what_was_installed(installed, daemon):
    unit = (installed / f"lib/systemd/system/{daemon}.service").read_text(encoding="utf-8")
    assert f"ExecStart={installed}/sbin/{daemon} serve" in unit
    assert not re.search("@[A-Z]+@", unit)


@each_daemon
def test_the_unit_migrates_first(installed, daemon):
    unit = (installed / f"lib/systemd/system/{daemon}.service").read_text(encoding="utf-8")
    has_database = (ROOT / daemon / "migrations").exists()
    assert (f"ExecStartPre={installed}/sbin/{daemon} migrate" in unit) == has_database


@each_daemon
def test_the_manual_can_be_read(installed, daemon):
    page = installed / f"share/man/man8/{daemon}.8"
    answer = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-Kutf8", page], capture_output=True, text=True, check=True)
    assert answer.stderr == ""
    assert daemon in answer.stdout


@each_daemon
def test_the_daemon_runs_from_there(installed, daemon):
    assert run(str(installed / f"sbin/{daemon}"), "version").startswith(f"{daemon} ")


def test_a_program_builds_against_the_shared_library(installed, tmp_path):
    source = tmp_path / "program.c"
    source.write_text(PROGRAM, encoding="utf-8")
    flags = pkg_config(installed, "--cflags", "--libs")
    run("cc", "-o", str(tmp_path / "program"), str(source), *flags, f"-Wl,-rpath,{installed}/lib")
    assert "libpolyshared.so.0" in run("ldd", str(tmp_path / "program"))
    assert run(str(tmp_path / "program")) == "42\n"


def test_a_program_builds_against_the_static_library(installed, tmp_path):
    source = tmp_path / "program.c"
    source.write_text(PROGRAM, encoding="utf-8")
    archive = str(installed / "lib/libpolyshared.a")
    flags = pkg_config(installed, "--cflags")
    libraries = [flag for flag in pkg_config(installed, "--static", "--libs") if flag != "-lpolyshared"]
    run("cc", "-o", str(tmp_path / "program"), str(source), archive, *flags, *libraries)
    assert "libpolyshared" not in run("ldd", str(tmp_path / "program"))
    assert run(str(tmp_path / "program")) == "42\n"
