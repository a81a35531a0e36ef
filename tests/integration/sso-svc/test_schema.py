# SPDX-License-Identifier: MIT
"""`migrate`, and the schema that `serve` insists on."""

import pytest

import crowd
import poly_process
import sso


@pytest.fixture
def svc(database, tmp_path):
    """Neither migrated nor started."""
    return sso.Sso(database, tmp_path / "keys")


def run(svc, *arguments):
    return poly_process.run("sso-svc", *arguments, environment={**svc.environment, "LISTEN": "127.0.0.1:0"})


def refusal(svc):
    done = run(svc, "serve")
    assert done.returncode == 1
    return done.stdout + done.stderr


def test_behind(svc):
    assert "0001_initial has not been applied" in refusal(svc)


def test_ahead(svc, database):
    svc.migrate()
    database.run("INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, 'tomorrow', 'x')")
    assert "9999_tomorrow" in refusal(svc) and "older than the schema" in refusal(svc)
    done = run(svc, "migrate")
    assert done.returncode == 1 and "9999_tomorrow" in done.stderr


def test_changed(svc, database):
    svc.migrate()
    database.run("UPDATE schema_migrations SET checksum = repeat('0', 64) WHERE version = 1")
    assert "0001_initial was changed" in refusal(svc)
    assert "0001_initial was changed" in run(svc, "migrate").stderr


def test_twice(svc, database):
    assert "applied 0001_initial" in run(svc, "migrate").stdout
    before = database.run("SELECT * FROM schema_migrations ORDER BY version")
    done = run(svc, "migrate")
    assert done.returncode == 0 and "applied" not in done.stdout and "up to date" in done.stdout
    assert database.run("SELECT * FROM schema_migrations ORDER BY version") == before


def test_several_at_once(svc, database):
    done = crowd.together(5, lambda _: run(svc, "migrate"))
    assert [each.returncode for each in done] == [0] * 5
    assert sum("applied 0001_initial" in each.stdout for each in done) == 1
    assert database.value("SELECT count(*) FROM schema_migrations WHERE version = 1") == "1"


def test_serve_changes_no_schema(svc, database, start):
    svc.migrate()
    columns = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
    before = database.run(columns)
    start(svc).login()
    assert database.run(columns) == before


@pytest.mark.slow
def test_no_database(svc):
    svc.environment["DATABASE_URL"] = "postgresql://poly@127.0.0.1:1/none"
    assert "cannot connect to the database" in refusal(svc)
    assert run(svc, "migrate").returncode == 1
