# SPDX-License-Identifier: MIT
"""A daemon for each file, which its tests share, beside the fresh one of `sso_svc`; people to play with; and every answer
held to the API."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import sso  # noqa: E402
from openapi import Document, hold_answers  # noqa: E402
from people import People  # noqa: E402

# So that the tests that share a daemon may guess as often as they like.
PATIENT = {"LOGIN_ATTEMPTS_PER_ACCOUNT": 1000000, "LOGIN_ATTEMPTS_PER_ADDRESS": 1000000}


@pytest.fixture(scope="session")
def document():
    return Document("sso-svc")


@pytest.fixture(scope="session", autouse=True)
def answers_are_in_the_document(document):
    yield from hold_answers(sso.Sso, document)


@pytest.fixture(scope="module")
def file_database(shared_postgres):
    fresh = shared_postgres.new_database()
    yield fresh
    shared_postgres.mend()
    fresh.drop()


@pytest.fixture(scope="module")
def svc(request, file_database, tmp_path_factory):
    """One sso-svc for all tests of a file, with the variables that it names in SETTINGS. They do it no harm."""
    settings = {**PATIENT, **getattr(request.module, "SETTINGS", {})}
    with sso.Sso(file_database, tmp_path_factory.mktemp("sso") / "keys", settings).migrate() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def people(svc):
    return People(svc)
