# SPDX-License-Identifier: MIT
"""The images: small, without root, with a health check, and the same every time."""

import json

import pytest

import container_images
from poly_process import ROOT
from stack import DAEMONS

PROGRAMS = [*DAEMONS, "campus-sim"]
each_program = pytest.mark.parametrize("program", PROGRAMS)
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def image(running_stack):
    """image("sso-svc"): what `docker inspect` says of it."""

    def inspect(program):
        return json.loads(running_stack.engine.docker("image", "inspect", f"poly/{program}:{running_stack.tag}"))[0]

    return inspect


@each_program
def test_is_little_above_its_base(image, engine, program):
    base = json.loads(engine.docker("image", "inspect", container_images.BASE))[0]
    own = image(program)
    assert own["RootFS"]["Layers"][: len(base["RootFS"]["Layers"])] == base["RootFS"]["Layers"]
    assert 0 < own["Size"] - base["Size"] <= 20 * MEGABYTE


@each_program
def test_says_what_it_is(image, program):
    config = image(program)["Config"]
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["start", program]
    assert config["Cmd"] == ["serve"]
    assert config["Healthcheck"]["Test"] == ["CMD", program, "healthcheck"]
    labels = config["Labels"]
    assert labels["org.opencontainers.image.title"] == program
    assert labels["org.opencontainers.image.licenses"] == "MIT"
    assert labels["org.opencontainers.image.version"]


@each_program
def test_has_the_libraries_that_the_program_names_and_no_others(running_stack, program):
    image = f"poly/{program}:{running_stack.tag}"
    script = f"ldd /usr/local/bin/{program}; echo; find /usr/lib/x86_64-linux-gnu -newermt 1969-12-31 ! -newermt 1970-01-02"
    answer = running_stack.engine.docker("run", "--rm", "--entrypoint", "sh", image, "-c", script)
    named, _, added = answer.partition("\n\n")
    assert "not found" not in named
    for path in added.split():
        name = path.rpartition("/")[2]
        assert name in named or name == "x86_64-linux-gnu", path


@each_program
def test_runs_without_a_place_to_write(running_stack, program):
    image = f"poly/{program}:{running_stack.tag}"
    answer = running_stack.engine.docker("run", "--rm", "--read-only", "--cap-drop=ALL", "--network=none", image, "version")
    assert answer.startswith(program)


def test_there_is_one_dockerfile_for_each_program():
    for program in PROGRAMS:
        place = ROOT / ("demo/campus-sim" if program == "campus-sim" else program)
        text = (place / "Dockerfile").read_text(encoding="utf-8")
        assert f'"collect", "{program}"' in text


def test_the_same_source_makes_the_same_layers(running_stack, rebuilt):
    """Built again with no layer of the build before."""
    layers = "{{json .RootFS.Layers}}"
    inspect = running_stack.engine.inspect
    assert inspect(f"poly/sso-svc:{running_stack.tag}", layers) == inspect(rebuilt.result(), layers)
