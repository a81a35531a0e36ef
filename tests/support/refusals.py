# SPDX-License-Identifier: MIT
"""Holds refusals to the platform's conventions, in both languages.

`ask` is a request that takes more `headers`, such as functools.partial(svc.as_admin, "POST", "/api/users"). It is made
twice, once for each language, so it must be refused each time.
"""

import re

CYRILLIC = re.compile("[А-Яа-яЁё]")
MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}

# What an answer with this status must not lack.
FIELDS = {401: "www-authenticate", 405: "allow", 429: "retry-after", 503: "retry-after"}


def check_problem(response, status, code=None):
    """The answer's members, once they are as they must be."""
    assert response.status == status, response
    assert response.header("content-type") == "application/problem+json"
    assert response.header("cache-control") == "no-store"
    problem = response.json
    assert MEMBERS <= set(problem) <= MEMBERS | {"errors"}
    assert problem["status"] == status
    assert problem["request_id"] == response.header("x-request-id")
    assert problem["title"] and problem["detail"]
    assert status not in FIELDS or response.header(FIELDS[status])
    if code:
        assert problem["code"] == code
    return problem


def check_refused(ask, status, code):
    """Refused with this status and code, with words for a Russian and an English reader."""
    russian = check_problem(ask(headers={}), status, code)
    english = check_problem(ask(headers={"Accept-Language": "en"}), status, code)
    for member in ("title", "detail"):
        assert CYRILLIC.search(russian[member]) and not CYRILLIC.search(english[member])
    return russian


def check_faults(ask, *expected):
    """422, with these faults (field, code) and no other, each with its message in both languages."""
    russian = check_problem(ask(headers={}), 422, "validation_failed")
    english = check_problem(ask(headers={"Accept-Language": "en"}), 422, "validation_failed")
    for problem in (russian, english):
        assert sorted((fault["field"], fault["code"]) for fault in problem["errors"]) == sorted(expected)
        for fault in problem["errors"]:
            assert set(fault) == {"field", "code", "message"}
            assert fault["message"] in problem["detail"]
    assert all(CYRILLIC.search(fault["message"]) for fault in russian["errors"])
    assert not any(CYRILLIC.search(fault["message"]) for fault in english["errors"])
