# SPDX-License-Identifier: MIT
"""A place for each file, which its tests share; and every answer held to the API."""

import pytest

import traffic
from openapi import Document, hold_answers
from poly_process import started_daemons
from postgres import fresh_databases


@pytest.fixture(scope="session")
def document():
    return Document("traffic-svc")


@pytest.fixture(scope="session", autouse=True)
def answers_are_in_the_document(document):
    yield from hold_answers(traffic.Traffic, document)


@pytest.fixture(scope="module")
def place(request, shared_postgres, tmp_path_factory):
    """One traffic-svc for all tests of a file, with the variables that it names in SETTINGS. They do it no harm."""
    settings = {"PIN_ATTEMPTS_PER_ADDRESS": 1000000, **getattr(request.module, "SETTINGS", {})}
    with fresh_databases(shared_postgres, 2) as databases, started_daemons() as start:
        yield traffic.start_place(databases, tmp_path_factory.mktemp("traffic"), start, settings)


@pytest.fixture
def problem_of():
    """problem_of(response, 404, "code"): the problem, which is that one."""

    def check(response, status, code):
        assert (response.status, response.json.get("code")) == (status, code), response
        assert response.json["detail"]
        return response.json

    return check


