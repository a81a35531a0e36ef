# SPDX-License-Identifier: MIT
"""main-svc in front of campus-sim, and every answer held to the API."""

import pytest

from openapi import Document


@pytest.fixture(scope="session")
def document():
    return Document("main-svc")


@pytest.fixture
def ask(document):
    """ask(main_svc, path, token, …): the response, whose body is what the OpenAPI document says."""

    def ask_it(main_svc, path, token=None, method="GET", **options):
        if token is None:
            response = main_svc.request(method, path, **options)
        else:
            response = main_svc.ask(path, token, method, **options)
        document.check(method.lower(), path, response)
        return response

    return ask_it


@pytest.fixture
def refused(ask):
    """refused(main_svc, path, status, code, …): the refusal, which is a problem of that code for a person to read."""

    def refuse_it(main_svc, path, status, code, token=None, **options):
        response = ask(main_svc, path, token, **options)
        assert (response.status, response.json["code"]) == (status, code), response
        problem = response.json
        assert problem["status"] == status and problem["title"] and problem["detail"]
        assert problem["request_id"] == response.header("x-request-id")
        if status == 401:
            assert response.header("www-authenticate").startswith("Bearer")
        if status in (429, 503):
            assert int(response.header("retry-after")) > 0
        return response

    return refuse_it


@pytest.fixture
def with_schedule(start_main_svc, start_schedule_svc, campus_sim):
    """with_schedule(VARIABLE=value): (main-svc, schedule-svc), one before the other."""

    def start_both(**environment):
        schedule_svc = start_schedule_svc(campus_sim, DICTIONARIES_PRELOAD="false", REFRESH_GROUPS=0)
        settings = {"SCHEDULE_API_URL": schedule_svc.url, **environment}
        return start_main_svc(campus_sim, **settings), schedule_svc

    return start_both
