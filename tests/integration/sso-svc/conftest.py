# SPDX-License-Identifier: MIT
"""A daemon for each file, which its tests share, beside the fresh one of `sso_svc`; people to play with; and every answer
held to the API."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import sso  # noqa: E402
from openapi import Document  # noqa: E402
from people import People  # noqa: E402

# So that the tests that share a daemon may guess as often as they like.
PATIENT = {"LOGIN_ATTEMPTS_PER_ACCOUNT": 1000000, "LOGIN_ATTEMPTS_PER_ADDRESS": 1000000}


@pytest.fixture(scope="session")
def document():
    return Document("sso-svc")


def is_nowhere(response):
    """What any path or method that there is not may be answered."""
    return response.status in (404, 405) and response.json["code"] in ("not_found", "method_not_allowed")


@pytest.fixture(scope="session", autouse=True)
def hold_answers_to_the_document(document):
    """Whatever a test asks for: the answer is one that the OpenAPI document has."""
    ask = sso.Sso.request

    def ask_and_check(self, method, path, **options):
        response = ask(self, method, path, **options)
        if method in ("HEAD", "OPTIONS"):
            return response
        if document.find_operation(method.lower(), path) or not is_nowhere(response):
            document.check(method.lower(), path, response)
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sso.Sso, "request", ask_and_check)
        patch.setattr(sso.Sso, "get", lambda self, path, **options: self.request("GET", path, **options))
        yield


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
