# SPDX-License-Identifier: MIT
"""Where a login may be sent back to: origins that are allowed, and the ways to look like one of them."""

import pytest

SETTINGS = {
    "FRONTEND_URL": "https://good.example",
    "SERVICES_URL": "http://services.example:8080/portal",
    "TRAFFIC_URL": "https://[2001:db8::1]:8443",
    "CORS_ALLOW_ORIGINS": "https://pages.example,http://localhost:3000",
}

ALLOWED = [
    "https://good.example",
    "https://good.example/",
    "https://good.example/a/b?c=d@e#f",
    "https://good.example?next=//evil.example",
    "https://good.example#token",
    "https://good.example:443/a",
    "HTTPS://Good.Example/a",
    "http://services.example:8080",
    "http://services.example:8080/other",
    "https://[2001:db8::1]:8443/kiosk",
    "https://pages.example/a",
    "http://localhost:3000/",
]

REFUSED = [
    "",
    "/",
    "//good.example",
    "//evil.example",
    "///evil.example",
    "good.example",
    "https:good.example",
    "https:/good.example",
    "https:///good.example",
    "https://",
    "https://good.example@evil.example",
    "https://good.example:443@evil.example",
    "https://good.example:pass@evil.example/",
    "https://user@good.example",
    "https://@good.example",
    "https://good.example%40evil.example",
    "https://good.example.evil.example",
    "https://evilgood.example",
    "https://evil.example/https://good.example",
    "https://evil.example?https://good.example",
    "https://evil.example#https://good.example",
    "https://good.example\\@evil.example",
    "https://good.example\\.evil.example",
    "https:\\\\good.example",
    "\\\\evil.example",
    "https://evil.example\\good.example",
    "https://good.example/\\evil.example",
    " https://good.example",
    "https://good.example ",
    "https://good.example\t.evil.example",
    "https://good.example/\r\nLocation: https://evil.example",
    "java\nscript:alert(1)",
    "https://good.example/\u0001",
    "https://good.example/\u007f",
    "https://good.example:444",
    "https://good.example:8443",
    "https://good.example:",
    "https://good.example:0443",
    "http://good.example",
    "http://good.example:443",
    "http://services.example",
    "https://services.example:8080",
    "https://[2001:db8::1]",
    "https://[2001:db8::2]:8443",
    "http://localhost",
    "https://good.example.",
    "https://good%2eexample",
    "https://ｇood.example",
    "https://good\u3002example",
    "javascript:alert(1)",
    "javascript://good.example/%0aalert(1)",
    "data:text/html,https://good.example",
    "ftp://good.example",
    "file:///etc/passwd",
    "null",
]


@pytest.mark.parametrize("url", ALLOWED)
def test_allowed(svc, url):
    assert svc.login(redirect_to=url)["redirect_to"] == url


@pytest.mark.parametrize("url", REFUSED)
def test_refused(svc, url):
    """The login succeeds, and is not sent anywhere."""
    assert svc.login(redirect_to=url)["redirect_to"] is None


def test_none_is_allowed_by_default(start_sso_svc):
    assert start_sso_svc().login(redirect_to="http://127.0.0.1/")["redirect_to"] is None
