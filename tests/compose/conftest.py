# SPDX-License-Identifier: MIT
"""The platform in containers: the engine, its images, and the stack, once for the run. See make compose-test."""

import concurrent.futures

import pytest

import container_images
import docker_engine
import stack as stacks


@pytest.fixture(scope="session")
def engine():
    docker_engine.end_well_when_terminated()
    own = docker_engine.Engine()
    try:
        yield own.start()
    finally:
        own.end()


@pytest.fixture(scope="session")
def base_images(engine):
    return container_images.prepare(engine)


@pytest.fixture(scope="session")
def running_stack(engine, base_images, tmp_path_factory):
    """Built and brought up from nothing, with the demonstration's data."""
    own = stacks.Stack(engine, tmp_path_factory.mktemp("stack"))
    try:
        yield own.up("--build")
    finally:
        own.down()


@pytest.fixture(scope="session", autouse=True)
def rebuilding(request, running_stack):
    """A second build of an image, beside the tests when one of them wants it."""
    if not any(wants_rebuilt(item) for item in request.session.items):
        yield None
        return
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        yield thread.submit(running_stack.build_again, "sso-svc")


def wants_rebuilt(item):
    return "rebuilt" in item.fixturenames


def pytest_collection_modifyitems(items):
    """They come last, so that the second build has all the time of the others."""
    items.sort(key=wants_rebuilt)


@pytest.fixture(scope="session")
def rebuilt(rebuilding):
    """The name of sso-svc's image that was built again, to come."""
    return rebuilding


@pytest.fixture
def stack(running_stack):
    """Whole before the test and after it, whatever it stops."""
    running_stack.wait_ready()
    yield running_stack
    running_stack.mend()
