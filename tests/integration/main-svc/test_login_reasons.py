# SPDX-License-Identifier: MIT
"""Why a login failed is in the log, with no name, password, ticket or token."""

import secrets

import pytest

from campus import CAS, password_of
from poly_process import PATIENCE, wait_until
from portal import Browser

FAILED = "a student's login failed"
PASSWORD = password_of("student4")

# By the form: what is wrong with CAS, the password, and what the log says then.
BY_FORM = {
    "another password": (None, "Wx9-" + secrets.token_hex(8), "wrong_password"),
    "another layout": ({"mode": "layout"}, PASSWORD, "cas_not_understood"),
    "no end of redirects": ({"mode": "redirect"}, PASSWORD, "cas_not_understood"),
    "cookies too long": ({"mode": "cookies"}, PASSWORD, "cas_not_understood"),
    "cut off": ({"mode": "truncated"}, PASSWORD, "cas_not_understood"),
    "a failure of its own": ({"status": 500}, PASSWORD, "cas_unreachable"),
    "reset": ({"mode": "reset"}, PASSWORD, "cas_unreachable"),
    "silence": ({"mode": "hang"}, PASSWORD, "cas_too_slow"),
}
BY_TICKET = {
    "html": ({"mode": "html"}, "cas_not_understood"),
    "a failure of its own": ({"status": 500}, "cas_unreachable"),
    "silence": ({"mode": "hang"}, "cas_too_slow"),
    "no end of redirects": ({"mode": "redirect"}, "cas_not_understood"),
}


@pytest.fixture
def talkative(start_main_svc, campus_sim):
    return start_main_svc(campus_sim, LOG_LEVEL="debug", CAS_DEADLINE_MS=1200 * PATIENCE, LOGIN_ATTEMPTS_PER_ACCOUNT=2)


def told(main_svc, way, reason, *secret_texts):
    """The line is there once, and nothing of these is anywhere in the log."""
    line = main_svc.wait_log(FAILED, way=way, reason=reason)
    assert line["address"] and len(main_svc.log(FAILED)) == 1
    log = "\n".join(main_svc.raw_log()) + main_svc.errors()
    for text in secret_texts:
        assert text and text not in log


@pytest.mark.parametrize(("fault", "password", "reason"), BY_FORM.values(), ids=BY_FORM.keys())
def test_by_the_form(talkative, campus_sim, fault, password, reason):
    if fault:
        campus_sim.fault("/login", site=CAS, **fault)
    assert talkative.log_in("student4", password).status in (401, 502, 503, 504)
    told(talkative, "form", reason, password, "student4")


def test_too_many(talkative):
    assert [talkative.log_in("student4", "guess").status for _ in range(3)] == [401, 401, 429]
    talkative.wait_log(FAILED, way="form", reason="too_many_attempts")
    assert len(talkative.log(FAILED, reason="wrong_password")) == 2


def test_who_leaves(talkative, campus_sim):
    campus_sim.fault("/login", site=CAS, mode="hang")
    body = f'{{"username":"student4","password":"{PASSWORD}"}}'
    with talkative.connect() as connection:
        connection.send(
            "POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        wait_until(lambda: campus_sim.requests("/login", site=CAS)["in_flight"] == 1, 10, "CAS to be asked")
    told(talkative, "form", "client_left", PASSWORD, "student4")


@pytest.mark.parametrize(("fault", "reason"), BY_TICKET.values(), ids=BY_TICKET.keys())
def test_by_a_ticket(talkative, campus_sim, fault, reason):
    address, cookie = talkative.set_out()
    back = Browser(campus_sim).sign_in(address)
    campus_sim.fault("/p3/serviceValidate", site=CAS, **fault)
    assert talkative.come_back(back, cookie).status in (502, 503, 504)
    told(talkative, "ticket", reason, back.rpartition("ticket=")[2], cookie.partition("=")[2])


def test_a_ticket_that_was_used(talkative, campus_sim):
    address, cookie = talkative.set_out()
    back = Browser(campus_sim).sign_in(address)
    token = talkative.come_back(back, cookie).header("location").partition("#token=")[2]
    assert talkative.come_back(back, cookie).status == 401
    told(talkative, "ticket", "ticket_refused", back.rpartition("ticket=")[2], cookie.partition("=")[2], token)


def test_another_browsers_state(talkative, campus_sim):
    address, _ = talkative.set_out()
    back = Browser(campus_sim).sign_in(address)
    assert talkative.come_back(back, None).status == 400
    told(talkative, "ticket", "state_invalid", back.rpartition("ticket=")[2])
