# SPDX-License-Identifier: MIT
"""schedule-svc in front of campus-sim, fetching nothing but what a test asks for, and every answer held to the API."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import timetable  # noqa: E402
from openapi import Document  # noqa: E402

QUIET = {"DICTIONARIES_PRELOAD": "false", "REFRESH_GROUPS": 0}


@pytest.fixture(scope="session")
def document():
    return Document("schedule-svc")


@pytest.fixture
def start_quiet(start_schedule_svc):
    """start_quiet(campus_sim, VARIABLE=value)"""
    return lambda campus_sim, **environment: start_schedule_svc(campus_sim, **{**QUIET, **environment})


@pytest.fixture
def quiet_svc(start_quiet, campus_sim):
    return start_quiet(campus_sim)


@pytest.fixture
def ask(document):
    """ask(schedule_svc, path, query, …): the response, whose body is what the OpenAPI document says."""

    def ask_it(schedule_svc, path, query=None, **options):
        response = schedule_svc.get(timetable.API + path, query=query, **options)
        document.check("get", timetable.API + path, response)
        return response

    return ask_it
