# SPDX-License-Identifier: MIT
"""An office for each file, which its tests share; and every answer held to the API."""

import pytest

import services
from openapi import Document


@pytest.fixture(scope="session")
def document():
    return Document("services-svc")


def is_nowhere(response):
    """What any path or method that there is not may be answered."""
    return response.status in (404, 405) and response.json["code"] in ("not_found", "method_not_allowed")


@pytest.fixture(scope="session", autouse=True)
def hold_answers_to_the_document(document):
    """Whatever a test asks for: the answer is one that the OpenAPI document has."""
    ask = services.Services.request

    def ask_and_check(self, method, path, **options):
        response = ask(self, method, path, **options)
        if method in ("HEAD", "OPTIONS"):
            return response
        if document.find_operation(method.lower(), path) or not is_nowhere(response):
            document.check(method.lower(), path, response)
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services.Services, "request", ask_and_check)
        patch.setattr(services.Services, "get", lambda self, path, **options: self.request("GET", path, **options))
        yield


@pytest.fixture(scope="module")
def office(request, shared_postgres, tmp_path_factory):
    """One services-svc for all tests of a file, with the variables that it names in SETTINGS. They do it no harm."""
    databases = [shared_postgres.new_database() for _ in range(2)]
    started = []

    def start(daemon):
        started.append(daemon)
        return daemon.start()

    settings = getattr(request.module, "SETTINGS", {})
    try:
        yield services.start_office(databases, tmp_path_factory.mktemp("services"), start, settings)
    finally:
        for daemon in reversed(started):
            daemon.stop()
        shared_postgres.mend()
        for fresh in databases:
            fresh.drop()
