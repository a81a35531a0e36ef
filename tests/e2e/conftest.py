# SPDX-License-Identifier: MIT
"""One platform for all stories of a run: see tests/support/platform_under_test.py."""

import os

import pytest

import platform_under_test
from poly_process import started_daemons
from postgres import fresh_databases


@pytest.fixture(scope="session")
def platform(request, tmp_path_factory):
    if "POLY_FRONT" in os.environ:
        yield platform_under_test.remote()
        return
    postgres = request.getfixturevalue("shared_postgres")
    with fresh_databases(postgres, 3) as databases, started_daemons() as start:
        databases = dict(zip(("sso", "services", "traffic"), databases))
        yield platform_under_test.local(databases, tmp_path_factory.mktemp("platform"), start)


@pytest.fixture
def own_platform(platform):
    """A platform that was started here."""
    if platform.databases is None:
        pytest.skip("only with daemons of one's own")
    return platform
