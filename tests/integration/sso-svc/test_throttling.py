# SPDX-License-Identifier: MIT
"""Guessing passwords gets slower, for who guesses and for nobody else.

The clients' addresses come from X-Forwarded-For, by a proxy that is trusted.
"""

import itertools

import pytest

import crowd
import sso
from people import People
from poly_process import wait_until
from refusals import check_problem, check_refused

ADMIN = sso.ADMIN["username"]
WRONG = "не тот пароль"
ATTEMPTS = 5  # without a delay, by default

addresses = (f"198.51.100.{number}" for number in itertools.count(1))


@pytest.fixture
def address():
    return next(addresses)


@pytest.fixture(scope="module")
def others(people):
    """Users who do not guess."""
    return [people.provision() for _ in range(3)]


SETTINGS = {"TRUSTED_PROXIES": "127.0.0.1", "LOGIN_ATTEMPTS_PER_ACCOUNT": ATTEMPTS, "LOGIN_ATTEMPTS_PER_ADDRESS": 20}


def attempt(svc, address, username=ADMIN, password=WRONG, **headers):
    headers = {"X-Forwarded-For": address, **headers}
    return svc.request("POST", "/api/auth/login", headers=headers, json_body={"username": username, "password": password})


def guess(svc, address, username=ADMIN, times=ATTEMPTS):
    for _ in range(times):
        check_problem(attempt(svc, address, username), 401, "invalid_credentials")


def is_throttled(response):
    if response.status == 429:
        check_problem(response, 429, "too_many_requests")
        assert int(response.header("retry-after")) >= 1
        return True
    return False


def right(person):
    return {"username": person.username, "password": person.password}


def test_an_account_from_an_address(svc, address):
    guess(svc, address)
    assert is_throttled(attempt(svc, address))
    assert is_throttled(attempt(svc, address, password=sso.ADMIN["password"]))


def test_it_says_so_in_two_languages(svc, address):
    guess(svc, address)
    check_refused(lambda headers: attempt(svc, address, **headers), 429, "too_many_requests")


def test_the_same_account_from_another_address(svc, address):
    guess(svc, address)
    assert attempt(svc, next(addresses), password=sso.ADMIN["password"]).status == 200


def test_another_account_from_the_same_address(svc, address, others):
    guess(svc, address)
    assert is_throttled(attempt(svc, address))
    assert attempt(svc, address, **right(others[0])).status == 200


def test_an_account_that_does_not_exist(svc, people, address):
    """Or a throttled name would be known to be one's."""
    username = f"nobody.{people.number()}"
    guess(svc, address, username)
    assert is_throttled(attempt(svc, address, username))


def test_a_name_in_other_letters_is_the_same(svc, address):
    for username in (ADMIN, ADMIN.upper(), f" {ADMIN}", ADMIN.title(), f"{ADMIN}\t"):
        check_problem(attempt(svc, address, username), 401)
    assert is_throttled(attempt(svc, address))


def test_the_delay_grows(svc, address):
    guess(svc, address)
    delays = []
    for _ in range(2):
        delays.append(int(attempt(svc, address).header("retry-after")))
        wait_until(lambda: not is_throttled(attempt(svc, address)), 5, "the delay to pass")
    delays.append(int(attempt(svc, address).header("retry-after")))
    assert delays == [1, 2, 4]


def test_after_the_delay_the_password_works(svc, address):
    guess(svc, address)
    wait_until(lambda: attempt(svc, address, password=sso.ADMIN["password"]).status == 200, 5, "the delay to pass")


def test_success_clears_the_account(svc, address, others):
    for _ in range(3):
        guess(svc, address, others[1].username, ATTEMPTS - 1)
        assert attempt(svc, address, **right(others[1])).status == 200


def test_right_passwords_are_no_attempts(svc, address, others):
    """A whole department behind one address comes to work."""
    for _ in range(8):
        for person in others:
            assert attempt(svc, address, **right(person)).status == 200


def test_many_at_once_gain_nothing(svc, address):
    headers = {"X-Forwarded-For": address}
    body = {"username": ADMIN, "password": WRONG}
    request = ("POST", "/api/auth/login", {"headers": headers, "json_body": body})
    responses = crowd.ask_together(svc.url, [request] * 30)
    assert sum(not is_throttled(response) for response in responses) == ATTEMPTS


def test_many_accounts_from_one_address(start_sso_svc):
    svc = start_sso_svc(**{**SETTINGS, "LOGIN_ATTEMPTS_PER_ACCOUNT": 100, "LOGIN_ATTEMPTS_PER_ADDRESS": 8})
    person = People(svc).provision()
    for number in range(8):
        check_problem(attempt(svc, "203.0.113.1", f"nobody.{number}"), 401)
    assert is_throttled(attempt(svc, "203.0.113.1", "nobody.9"))
    assert is_throttled(attempt(svc, "203.0.113.1", **right(person)))
    assert attempt(svc, "203.0.113.2", **right(person)).status == 200


def test_a_throttled_account_uses_nothing_of_its_address(svc, address, others):
    """Somebody's phone that goes on and on with an old password locks nobody else of the building out."""
    guess(svc, address)
    for _ in range(40):
        assert is_throttled(attempt(svc, address))
    assert attempt(svc, address, **right(others[2])).status == 200


def test_a_throttled_address_uses_nothing_of_its_accounts(start_sso_svc):
    svc = start_sso_svc(**{**SETTINGS, "LOGIN_ATTEMPTS_PER_ADDRESS": 2})
    guess(svc, "203.0.113.1", times=2)
    for _ in range(40):
        assert is_throttled(attempt(svc, "203.0.113.1"))
    right_one = {"password": sso.ADMIN["password"]}
    wait_until(lambda: not is_throttled(attempt(svc, "203.0.113.1", **right_one)), 3, "the address's delay to pass")


def test_another_app_is_no_guess(svc, address, people):
    """The password was right."""
    person = people.provision("teacher")
    for _ in range(ATTEMPTS * 2):
        body = {**right(person), "app": "services"}
        response = svc.request("POST", "/api/auth/login", headers={"X-Forwarded-For": address}, json_body=body)
        check_problem(response, 403, "other_app")


def test_what_is_no_login_is_no_attempt(svc, address):
    for _ in range(ATTEMPTS * 2):
        response = svc.request("POST", "/api/auth/login", headers={"X-Forwarded-For": address}, json_body={"username": ADMIN})
        check_problem(response, 422)
    assert attempt(svc, address, password=sso.ADMIN["password"]).status == 200


def test_an_address_cannot_be_made_up(start_sso_svc):
    svc = start_sso_svc()
    for number in range(ATTEMPTS):
        check_problem(attempt(svc, f"203.0.113.{number}"), 401)
    assert is_throttled(attempt(svc, "203.0.113.99"))


def test_an_ipv6_client_has_one_network(svc, people):
    """Not 2^64 addresses with free attempts each."""
    network = f"2001:db8:0:{people.number():x}"
    for number in range(ATTEMPTS):
        check_problem(attempt(svc, f"{network}::{number + 1:x}"), 401)
    assert is_throttled(attempt(svc, f"{network}:ffff:1:2:3"))
    assert attempt(svc, f"2001:db8:1:{people.number():x}::1", password=sso.ADMIN["password"]).status == 200


def test_it_is_counted(svc, address):
    before = svc.metric("sso_logins_total", outcome="throttled")
    guess(svc, address)
    assert is_throttled(attempt(svc, address))
    assert svc.metric("sso_logins_total", outcome="throttled") == before + 1
