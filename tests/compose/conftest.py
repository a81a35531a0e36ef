# SPDX-License-Identifier: MIT
"""The platform in containers: the engine, its images, and the stack, once for the run. See make compose-test."""

import pytest

import container_images
import docker_engine
import stack as stacks


@pytest.fixture(scope="session")
def engine():
    own = docker_engine.Engine()
    try:
        yield own.start()
    finally:
        own.end()


@pytest.fixture(scope="session")
def base_images(engine):
    return container_images.provide(engine)


@pytest.fixture(scope="session")
def running_stack(engine, base_images, tmp_path_factory):
    """Built and brought up from nothing, with the demonstration's data."""
    own = stacks.Stack(engine, tmp_path_factory.mktemp("stack"))
    try:
        yield own.up("--build")
    finally:
        own.down()


@pytest.fixture
def stack(running_stack):
    """Whole before the test and after it, whatever it stops."""
    running_stack.wait_ready()
    yield running_stack
    running_stack.up()
