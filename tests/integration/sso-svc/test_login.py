# SPDX-License-Identifier: MIT
"""POST /api/auth/login: who gets in, what the answer and the token say, and how everybody else is turned away."""

import functools
import time

import pytest

import crowd
import forge
import sso
from people import PASSWORD
from refusals import check_faults, check_problem, check_refused

ANSWER = {"access_token", "refresh_token", "app", "role", "full_name", "entity_id", "redirect_to"}
LOGIN = "/api/auth/login"

# As another system has stored it.
OLD_PASSWORD = "старый пароль"
OLD_HASH = "$2b$05$5vz8p.ntoIA8l5zkvBSbceY0w7x0LOZVB.vf2snptw2SFasPzBx/K"


def asking(svc, **body):
    return functools.partial(svc.request, "POST", LOGIN, json_body=body)


@pytest.mark.parametrize(
    "kind, app, role", [("teacher", "traffic", "teacher"), ("staff", "services", "staff"), ("executor", "services", "executor")]
)
def test_answer_and_token(svc, people, kind, app, role):
    person = people.provision(kind, full_name="Щукина Юлия Яковлевна")
    answer = person.login(app=app)
    user = person.user
    assert set(answer) == ANSWER
    assert (answer["app"], answer["role"]) == (app, role)
    assert (answer["full_name"], answer["entity_id"]) == (user["full_name"], user["entity_id"])
    assert answer["redirect_to"] is None
    header, claims = forge.header_of(answer["access_token"]), forge.claims_of(answer["access_token"])
    assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
    assert header["kid"] in [key["kid"] for key in svc.get("/.well-known/jwks.json").json["keys"]]
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("sso-svc", app, user["id"])
    assert (claims["app"], claims["role"], claims["auth_source"]) == (app, role, "sso")
    assert [claims[name] for name in ("username", "full_name", "entity_id")] == [
        user[name] for name in ("username", "full_name", "entity_id")
    ]
    assert "telegram_id" not in claims
    assert claims["exp"] - claims["iat"] == 24 * 3600
    assert abs(claims["iat"] - time.time()) < 30


def test_tokens_are_never_the_same(people):
    person = people.provision()
    answers = [person.login() for _ in range(2)]
    assert len({forge.claims_of(answer["access_token"])["jti"] for answer in answers}) == 2
    assert len({answer["refresh_token"] for answer in answers}) == 2


def test_a_refresh_token_has_256_bits(people):
    token = people.provision().login()["refresh_token"]
    assert len(forge.base64.urlsafe_b64decode(token + "=")) == 32


def test_the_life_of_access_tokens_is_configured(start_sso_svc):
    claims = forge.claims_of(start_sso_svc(ACCESS_TOKEN_SECONDS=600).login()["access_token"])
    assert claims["exp"] - claims["iat"] == 600


def test_the_username_in_any_case(svc, people):
    person = people.provision()
    assert svc.login(f"  {person.username.upper()} ", person.password)


@pytest.mark.parametrize("app", ["sso", "services", "traffic"])
def test_an_sso_admin_may_name_any_app(people, app):
    answer = people.admin().login(app=app)
    claims = forge.claims_of(answer["access_token"])
    assert (answer["app"], claims["app"], claims["aud"]) == ("sso", "sso", "sso")


def test_another_app(svc, people):
    for person, app in (
        (people.provision("teacher"), "services"),
        (people.provision("teacher"), "sso"),
        (people.provision("staff"), "traffic"),
        (people.provision("executor"), "traffic"),
        (people.admin("services"), "traffic"),
        (people.admin("traffic"), "sso"),
    ):
        ask = asking(svc, username=person.username, password=person.password, app=app)
        check_refused(ask, 403, "other_app")
        assert person.login()["app"] == person.user["app"]


def test_another_app_with_a_wrong_password(svc, people):
    """Who does not know the password does not learn whose user it is."""
    person = people.provision("teacher")
    check_problem(person.log_in("не тот пароль", app="services"), 401, "invalid_credentials")


# --- failures that say the same ---


def disabled(people):
    person = people.provision()
    assert people.change(person, is_active=False).status == 200
    return person.username


FAILURES = {
    "a wrong password": lambda people: people.provision().username,
    "an unknown user": lambda people: f"nobody.{people.number()}",
    "a disabled user, with the right password": disabled,
    "a user without a password": lambda people: people.provision(password=None).username,
    "a name that can be nobody's": lambda people: "не логин",
}


@pytest.mark.parametrize("why", FAILURES)
def test_failures_say_the_same(svc, people, why):
    username = FAILURES[why](people)
    password = PASSWORD if "right" in why else "не тот пароль"
    ask = asking(svc, username=username, password=password)
    problem = check_refused(ask, 401, "invalid_credentials")
    other = svc.log_in(f"nobody.{people.number()}", "не тот пароль")
    assert {**problem, "request_id": ""} == {**other.json, "request_id": ""}
    assert [name for name, _ in ask().headers] == [name for name, _ in other.headers]


def test_no_password_is_every_password(svc, people):
    username = people.provision(password=None).username
    for password in ("null", "None", "$argon2id$", "*", "!", " " * 8 + "."):
        check_problem(svc.log_in(username, password), 401, "invalid_credentials")


# --- bodies that are none ---


@pytest.mark.parametrize(
    "body, faults",
    [
        ({}, [("username", "required"), ("password", "required")]),
        ({"username": None, "password": None}, [("username", "required"), ("password", "required")]),
        ({"username": "", "password": ""}, [("username", "required"), ("password", "required")]),
        ({"username": 7, "password": ["x"]}, [("username", "string"), ("password", "string")]),
        ({"username": "a" * 129, "password": "b" * 1025}, [("username", "too_long"), ("password", "too_long")]),
        ({"username": "a.b", "password": "c", "app": "main"}, [("app", "choice")]),
        ({"username": "a.b", "password": "c", "app": 1}, [("app", "string")]),
        ({"username": "a.b", "password": "c", "redirect_to": {}}, [("redirect_to", "string")]),
        ({"username": "a.b", "password": "c", "redirect_to": "h" * 2049}, [("redirect_to", "too_long")]),
        ([], [("", "object")]),
        ("text", [("", "object")]),
    ],
)
def test_faults(svc, body, faults):
    check_faults(functools.partial(svc.request, "POST", LOGIN, json_body=body), *faults)


@pytest.mark.parametrize("body", [b"", b"{", b"{}x", b'{"username":"a","username":"b"}', b'{"username":"\xff"}', b"username=a"])
def test_malformed(svc, body):
    def ask(headers):
        return svc.request("POST", LOGIN, headers={"Content-Type": "application/json", **headers}, body=body)

    check_refused(ask, 400, "malformed_request")


# --- hashes ---


def stored_hash(database, person):
    return database.value(f"SELECT password_hash FROM users WHERE id = '{person.id}'")


def test_passwords_are_hashed_with_argon2id(file_database, people):
    assert stored_hash(file_database, people.provision()).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("variant", ["$2a$", "$2b$", "$2y$"])
def test_bcrypt_hashes_of_imported_users(file_database, people, variant):
    person = people.provision()
    imported = OLD_HASH.replace("$2b$", variant)
    file_database.run(f"UPDATE users SET password_hash = '{imported}' WHERE id = '{person.id}'")
    check_problem(person.log_in("не тот пароль"), 401)
    assert stored_hash(file_database, person) == imported
    assert person.log_in(OLD_PASSWORD).status == 200
    assert stored_hash(file_database, person).startswith("$argon2id$")
    assert person.log_in(OLD_PASSWORD).status == 200


def test_hashes_follow_a_raised_cost(start_sso_svc, database):
    start_sso_svc()
    start_sso_svc(PASSWORD_HASH_PASSES=3).login()
    assert database.value("SELECT password_hash FROM users").startswith("$argon2id$v=19$m=19456,t=3,p=1$")


@pytest.mark.parametrize("password", ["п" * 8, "🔑" * 128, ' "\\\'\t ', "пароль\u0301 с\u00a0пробелом"])
def test_any_characters(people, password):
    person = people.provision(password=password if len(password) >= 8 else password * 2)
    assert person.login()
    check_problem(person.log_in(person.password + "x"), 401)


# --- too many at once ---


def test_the_queue_for_hashing_is_bounded(start_sso_svc):
    svc = start_sso_svc(PASSWORD_HASH_THREADS=1, PASSWORD_HASH_QUEUE=1, LOGIN_ATTEMPTS_PER_ACCOUNT=41)
    body = {"username": sso.ADMIN["username"], "password": sso.ADMIN["password"]}
    responses = crowd.ask_together(svc.url, [("POST", LOGIN, {"json_body": body})] * 40)
    refused = [response for response in responses if response.status != 200]
    assert 1 <= len(refused) < 40
    for response in refused:
        check_problem(response, 503, "login_overloaded")
    check_problem(svc.log_in(sso.ADMIN["username"], "не тот пароль"), 401)  # what was not looked at was no attempt
