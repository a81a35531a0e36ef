# SPDX-License-Identifier: MIT
"""What the fault tests share."""

import resource

import pytest

# Nothing is fetched but what a test asks for.
QUIET = {"DICTIONARIES_PRELOAD": "false", "REFRESH_GROUPS": 0, "WORKERS": 2}


def pytest_configure():
    """A test that plays thousands of clients needs a descriptor for each."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@pytest.fixture
def start_quiet(start, tmp_path):
    """start_quiet(campus_sim, VARIABLE=value, option=value): schedule-svc that fetches nothing on its own account.

    Options are those of poly_process.Daemon, and `program`.
    """

    def start_it(upstream, program="schedule-svc", **given):
        variables = {name: value for name, value in given.items() if name.isupper()}
        options = {name: value for name, value in given.items() if not name.isupper()}
        defaults = {**QUIET, "RUZ_BASE_URL": upstream.ruz_url, "SNAPSHOT_DIR": tmp_path / "snapshot"}
        return start(str(program), {**defaults, **variables}, **options)

    return start_it
