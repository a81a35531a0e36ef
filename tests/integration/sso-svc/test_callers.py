# SPDX-License-Identifier: MIT
"""Every route as every caller whom it does not serve, and as each whom it does."""

import secrets
import time

import pytest

import forge
import sso
from refusals import check_problem, check_refused
from routes import ADMIN, BOT, OPEN, PROTECTED, ROUTES, SERVICES, TRAFFIC, USER

PREVIOUS = {name: secrets.token_hex(32) for name in (SERVICES, TRAFFIC, BOT)}
SETTINGS = {f"{name.upper()}_SSO_SERVICE_SECRET_PREVIOUS": secret for name, secret in PREVIOUS.items()}
APPS = {SERVICES: "services", TRAFFIC: "traffic", BOT: "traffic"}

by_name = pytest.mark.parametrize("route", ROUTES, ids=repr)
protected = pytest.mark.parametrize("route", PROTECTED, ids=repr)


@pytest.fixture(scope="module")
def disabled(people):
    """Headers of an administrator who was disabled with a token in hand."""
    person = people.admin()
    headers = person.bearer()
    assert people.change(person, is_active=False).status == 200
    return headers


@pytest.fixture(scope="module")
def users(svc, people):
    """Headers of users who sign in well and administer nothing here."""
    return {
        "a teacher": people.provision("teacher").bearer(),
        "a department": people.provision("staff").bearer(),
        "an executor": people.provision("executor").bearer(),
        "an administrator of traffic": people.admin("traffic").bearer(),
        "an administrator of services": people.admin("services").bearer(),
    }


@pytest.fixture(scope="module")
def strangers(svc):
    """Headers that prove nothing."""
    admin = svc.login()["access_token"]
    user_id, kid = forge.claims_of(admin)["sub"], forge.header_of(admin)["kid"]
    header = {"alg": "ES256", "typ": "at+jwt", "kid": kid}
    key, stolen = forge.new_key(), forge.stolen_key(svc, kid)
    now = int(time.time())

    def signed(key, **claims):
        return sso.bearer(forge.sign(key, header, forge.admin_claims(user_id, **claims)))

    return {
        "nobody": {},
        "a junk token": sso.bearer("junk"),
        "an empty token": {"Authorization": "Bearer"},
        "another scheme": {"Authorization": "Basic bWFpbi5hZG1pbjpwYXNzd29yZA=="},
        "a refresh token": sso.bearer(svc.login()["refresh_token"]),
        "a token cut short": sso.bearer(admin[:-1]),
        "a stranger's token": signed(key),
        "an expired token": signed(stolen, iat=now - 7200, exp=now - 60),
        "a token of another issuer": signed(stolen, iss="main-svc"),
        "a token of no app": signed(stolen, aud="main"),
    }


def test_the_forger_can_forge(svc):
    """Or the tokens above would be refused for the wrong reason."""
    admin = svc.login()["access_token"]
    key = forge.stolen_key(svc, forge.header_of(admin)["kid"])
    token = forge.sign(key, forge.header_of(admin), forge.admin_claims(forge.claims_of(admin)["sub"]))
    assert svc.get("/api/audit", headers=sso.bearer(token)).status == 200


@protected
def test_strangers(svc, route, strangers):
    for who, headers in strangers.items():
        problem = check_problem(route.ask(svc, headers), 401, "unauthenticated")
        assert problem, who
    check_refused(lambda headers: route.ask(svc, headers), 401, "unauthenticated")


@protected
def test_a_challenge_says_how(svc, route, strangers):
    """RFC 6750: an error only if a token was sent."""
    assert route.ask(svc).header("www-authenticate") == 'Bearer realm="sso-svc"'
    challenge = route.ask(svc, strangers["a stranger's token"]).header("www-authenticate")
    assert challenge == 'Bearer realm="sso-svc", error="invalid_token"'


@protected
def test_wrong_secrets(svc, route):
    for secret in ("", "junk", secrets.token_hex(32), sso.SERVICE_SECRETS["services"][:-1], sso.INTERNAL_SECRET):
        check_problem(route.ask(svc, {"X-Service-Secret": secret}), 401, "unauthenticated")


@protected
def test_services(svc, route):
    for name, app in APPS.items():
        response = route.ask(svc, sso.service(name), app=app)
        if name in route.who:
            assert response.status not in (401, 403), (name, response)
        else:
            check_problem(response, 403, "forbidden")


@protected
def test_services_with_the_secret_before(svc, route):
    for name, app in APPS.items():
        response = route.ask(svc, {"X-Service-Secret": PREVIOUS[name]}, app=app)
        assert response.status == route.ask(svc, sso.service(name), app=app).status, name


@protected
def test_users(svc, route, users):
    for who, headers in users.items():
        response = route.ask(svc, headers)
        if USER in route.who:
            assert response.status in (200, 404), (who, response)
        else:
            check_problem(response, 403, "forbidden")


@protected
def test_administrators(svc, route, disabled):
    response = route.ask(svc, svc.admin())
    if ADMIN in route.who:
        assert response.status not in (401, 403), response
    else:
        check_problem(response, 403, "forbidden")
    if ADMIN in route.who and USER not in route.who:
        check_problem(route.ask(svc, disabled), 401, "unauthenticated")


@protected
def test_refusals_speak_two_languages(svc, route, users):
    if USER not in route.who:
        check_refused(lambda headers: route.ask(svc, {**users["a teacher"], **headers}), 403, "forbidden")


@pytest.mark.parametrize("route", OPEN, ids=repr)
def test_anyone(svc, route, strangers, users):
    """What proves nothing does no harm where nothing needs to be proved."""
    expected = route.ask(svc).status
    assert expected in (200, 422)
    for headers in (*strangers.values(), *users.values(), sso.service("bot"), {"X-Service-Secret": "junk"}):
        assert route.ask(svc, headers).status == expected


def test_a_secret_does_not_hide_a_token(svc):
    """A user's own routes go by the token alone."""
    headers = {**svc.admin(), **sso.service("traffic")}
    assert svc.get("/api/auth/me", headers=headers).status == 200


def test_two_tokens_are_none(svc):
    token = svc.login()["access_token"]
    with svc.connect() as connection:
        field = f"Authorization: Bearer {token}\r\n"
        connection.send(f"GET /api/auth/me HTTP/1.1\r\nHost: sso\r\n{field}{field}\r\n")
        assert connection.read_response().status == 401


@by_name
def test_a_trailing_slash_is_optional(svc, route):
    app = SERVICES if SERVICES in route.who else TRAFFIC
    headers = svc.admin() if ADMIN in route.who else sso.service(app)
    without, with_slash = (route.ask(svc, headers, app=app, path=route.path + end) for end in ("", "/"))
    assert with_slash.status == without.status
    if without.status >= 400:
        assert with_slash.json["code"] == without.json["code"] != "not_found"


@by_name
def test_other_methods(svc, route):
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {
        each.method for each in ROUTES if each.path == route.path
    }:
        response = svc.request(method, route.path, json_body={} if method != "GET" else None)
        check_problem(response, 405, "method_not_allowed")
        assert route.method in response.header("allow")
