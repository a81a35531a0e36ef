# SPDX-License-Identifier: MIT
"""An office for each file, which its tests share; and every answer held to the API."""

import pytest

import services
from openapi import Document, hold_answers
from poly_process import started_daemons
from postgres import fresh_databases


@pytest.fixture(scope="session")
def document():
    return Document("services-svc")


@pytest.fixture(scope="session", autouse=True)
def answers_are_in_the_document(document):
    yield from hold_answers(services.Services, document)


@pytest.fixture(scope="module")
def office(request, shared_postgres, tmp_path_factory):
    """One services-svc for all tests of a file, with the variables that it names in SETTINGS. They do it no harm."""
    settings = getattr(request.module, "SETTINGS", {})
    with fresh_databases(shared_postgres, 2) as databases, started_daemons() as start:
        yield services.start_office(databases, tmp_path_factory.mktemp("services"), start, settings)
