# SPDX-License-Identifier: MIT
"""Fixtures for every test that runs the project's programs. A fixture that starts something also ends it."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))

import campus  # noqa: E402
import poly_process  # noqa: E402
import portal  # noqa: E402
import postgres as postgresql  # noqa: E402
import services  # noqa: E402
import sso  # noqa: E402
import traffic  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes more than a few seconds; left out of make test")


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    if outcome.get_result().failed:
        item.has_failed = True


@pytest.fixture
def start(request):
    """start(name, {"VARIABLE": value}, wait=True) starts a program, or a Daemon that was made; all end after the test.

    After a test that passed they must end well on SIGTERM (see Daemon.stop); after one that failed they are killed.
    """
    started = []

    def start_program(program, environment=None, wait=True, **options):
        daemon = program
        if isinstance(program, str):
            daemon = poly_process.Daemon(program, environment, **options)
        started.append(daemon)
        return daemon.start(wait)

    yield start_program
    faults = []
    for daemon in reversed(started):
        try:
            if getattr(request.node, "has_failed", False):
                daemon.kill()
            else:
                daemon.stop()
        except AssertionError as fault:
            faults.append(str(fault))
    assert not faults, "\n".join(faults)


@pytest.fixture
def start_campus_sim(start):
    """start_campus_sim(VARIABLE=value): an imitation of RUZ, with its controls (campus.Campus)."""
    return lambda **environment: start(campus.Campus(environment))


@pytest.fixture
def start_schedule_svc(start, tmp_path):
    """start_schedule_svc(campus_sim, VARIABLE=value): schedule-svc in front of it, with a snapshot directory of the test's."""

    def start_it(upstream, wait=True, **environment):
        defaults = {"RUZ_BASE_URL": upstream.ruz_url, "SNAPSHOT_DIR": str(tmp_path / "snapshot"), "WORKERS": 2}
        return start("schedule-svc", {**defaults, **environment}, wait=wait)

    return start_it


@pytest.fixture
def campus_sim(start_campus_sim):
    return start_campus_sim()


@pytest.fixture
def schedule_svc(start_schedule_svc, campus_sim):
    return start_schedule_svc(campus_sim)


@pytest.fixture
def start_main_svc(start, tmp_path):
    """start_main_svc(campus_sim, VARIABLE=value): main-svc (portal.Portal); again, a replica of it.

    Options of poly_process.Daemon may be given, too, and `program`.
    """

    def start_it(campus_sim, wait=True, **given):
        environment = {name: value for name, value in given.items() if name.isupper()}
        options = {name: value for name, value in given.items() if not name.isupper()}
        return start(portal.Portal(campus_sim, tmp_path / "main-keys", environment, **options), wait=wait)

    return start_it


@pytest.fixture
def main_svc(start_main_svc, campus_sim):
    return start_main_svc(campus_sim)


# --- PostgreSQL, and what needs it ---


@pytest.fixture(scope="session")
def shared_postgres():
    """One server for all tests of a run, started when the first wants it. Tests take `postgres` or `database`."""
    server = postgresql.Postgres()
    try:
        yield server.start()
    finally:
        server.end()


@pytest.fixture
def postgres(shared_postgres):
    """The run's PostgreSQL (postgres.Postgres), to crash, freeze and restart. Serves again after the test."""
    yield shared_postgres
    shared_postgres.mend()


@pytest.fixture
def start_postgres():
    """start_postgres(max_connections=20): a server of the test's own, with these settings."""
    servers = []

    def start_it(**settings):
        servers.append(postgresql.Postgres(settings))
        return servers[-1].start()

    yield start_it
    for server in servers:
        server.end()


@pytest.fixture
def database(postgres):
    """A fresh database (postgres.Database) of that server."""
    fresh = postgres.new_database()
    yield fresh
    postgres.mend()
    fresh.drop()


@pytest.fixture
def start_sso_svc(database, start, tmp_path):
    """start_sso_svc(VARIABLE=value): migrates the test's database and serves it (sso.Sso); again, a replica of it."""

    def start_it(wait=True, **environment):
        return start(sso.Sso(database, tmp_path / "keys", environment).migrate(), wait=wait)

    return start_it


@pytest.fixture
def sso_svc(start_sso_svc):
    return start_sso_svc()


@pytest.fixture
def start_traffic_place(postgres, start, tmp_path):
    """start_traffic_place(VARIABLE=value): traffic-svc, with sso-svc and main-svc (traffic.Place), on fresh databases."""
    databases = []

    def start_it(**environment):
        databases.extend(postgres.new_database() for _ in range(2))
        return traffic.start_place(databases[-2:], tmp_path, start, environment)

    yield start_it
    postgres.mend()
    for fresh in databases:
        fresh.drop()


@pytest.fixture
def traffic_place(start_traffic_place):
    return start_traffic_place()


@pytest.fixture
def start_office(postgres, start, tmp_path):
    """start_office(VARIABLE=value): services-svc, with sso-svc and main-svc (services.Office), on fresh databases."""
    databases = []

    def start_it(**environment):
        databases.extend(postgres.new_database() for _ in range(2))
        return services.start_office(databases[-2:], tmp_path, start, environment)

    yield start_it
    postgres.mend()
    for fresh in databases:
        fresh.drop()


@pytest.fixture
def office(start_office):
    return start_office()
