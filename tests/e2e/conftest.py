# SPDX-License-Identifier: MIT
"""One platform for all stories of a run: see tests/support/platform_under_test.py."""

import os

import pytest

import platform_under_test


@pytest.fixture(scope="session")
def platform(request, tmp_path_factory):
    if "POLY_FRONT" in os.environ:
        yield platform_under_test.remote()
        return
    postgres = request.getfixturevalue("shared_postgres")
    databases = {name: postgres.new_database() for name in ("sso", "services", "traffic")}
    started = []

    def start(daemon):
        started.append(daemon)
        return daemon.start()

    yield platform_under_test.local(databases, tmp_path_factory.mktemp("platform"), start)
    for daemon in reversed(started):
        daemon.stop()
    for database in databases.values():
        database.drop()


@pytest.fixture
def own_platform(platform):
    """A platform that was started here."""
    if platform.databases is None:
        pytest.skip("only with daemons of one's own")
    return platform
