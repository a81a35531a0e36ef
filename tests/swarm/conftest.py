# SPDX-License-Identifier: MIT
"""The platform on a Swarm of one node, once for the run. See make swarm-test."""

import pytest

import container_images
import docker_engine
import swarm as swarms
import university
from poly_process import wait_until


@pytest.fixture(scope="session")
def engine():
    docker_engine.end_well_when_terminated()
    own = docker_engine.Engine()
    try:
        yield own.start()
    finally:
        own.end()


@pytest.fixture(scope="session")
def swarm(engine, tmp_path_factory):
    container_images.provide(engine)
    own = swarms.Swarm(engine, tmp_path_factory.mktemp("swarm"))
    try:
        own.build().deploy()
        wait_for_the_first_sync(own)
        yield own
    finally:
        own.end()


def wait_for_the_first_sync(swarm):
    """It keeps both databases busy."""
    people = university.University(swarm.front, swarm.secret("sso-admin"))
    status = "/api/integrations/traffic/teacher-sync/status"
    wait_until(
        lambda: people.ask("GET", "sso", status, people.sso_admin()).json["last_finished_at"], 120, "the first sync to end"
    )


@pytest.fixture(scope="session")
def people(swarm):
    return university.University(swarm.front, swarm.secret("sso-admin"))
