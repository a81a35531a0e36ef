# SPDX-License-Identifier: MIT
"""The standard CAS redirect: there, back with a ticket, and on to the front end with the token behind "#"."""

import urllib.parse

import pytest

from campus import CAS, RECORD_BOOK
from poly_process import wait_until
from portal import CALLBACK, FRONTEND, Browser

VALIDATE = "/p3/serviceValidate"
NAMESPACE = "http://www.yale.edu/tp/cas"


@pytest.fixture
def browser(campus_sim):
    return Browser(campus_sim)


@pytest.fixture
def ticketed(main_svc, browser):
    """The address that CAS sends a browser back to, and the browser's cookie."""
    address, cookie = main_svc.set_out()
    return browser.sign_in(address), cookie


def test_the_whole_way(main_svc, campus_sim, browser):
    address, cookie = main_svc.set_out()
    assert address.startswith(campus_sim.cas_url + "/login?service=")
    back = browser.sign_in(address)
    assert back.startswith(main_svc.url + CALLBACK + "?state=") and "&ticket=ST-" in back

    answer = main_svc.come_back(back, cookie)
    assert answer.status == 302
    parts = urllib.parse.urlsplit(answer.header("location"))
    assert f"{parts.scheme}://{parts.netloc}" == FRONTEND and not parts.query
    token = urllib.parse.parse_qs(parts.fragment)["token"][0]
    me = main_svc.ask("/api/auth/me", token).json
    assert me["sub"] == main_svc.login()["student_id"] and me["study_group_str"] == "5130904/20102"
    assert "Max-Age=0" in answer.header("set-cookie")
    assert answer.header("cache-control") == "no-store"
    assert main_svc.metric("main_logins_total", way="ticket", outcome="ok") == 1


def test_a_front_end_with_a_path(start_main_svc, campus_sim, browser):
    main_svc = start_main_svc(campus_sim, FRONTEND_URL="https://portal.example/signed-in")
    address, cookie = main_svc.set_out()
    answer = main_svc.come_back(browser.sign_in(address), cookie)
    assert answer.header("location").startswith("https://portal.example/signed-in#token=ey")


def test_the_cookie(start_main_svc, campus_sim):
    plain = start_main_svc(campus_sim).get("/api/auth/login").header("set-cookie")
    assert "HttpOnly" in plain and "SameSite=Lax" in plain and "Secure" not in plain
    secure = start_main_svc(campus_sim, CAS_SERVICE_URL="https://portal.example/api/auth/callback")
    cookie = secure.get("/api/auth/login").header("set-cookie")
    assert cookie.startswith("__Host-login_state=") and "Secure" in cookie and "Path=/;" in cookie


def test_two_tabs(main_svc, campus_sim):
    first, cookie = main_svc.set_out()
    second, again = main_svc.set_out(headers={"Cookie": "other=1; " + cookie})
    assert cookie == again and first == second


# --- state: login CSRF ---


def test_without_a_cookie(main_svc, ticketed):
    address, _ = ticketed
    answer = main_svc.come_back(address, None)
    assert (answer.status, answer.json["code"]) == (400, "login_state_invalid")


def test_with_another_browsers_ticket(main_svc, ticketed, campus_sim):
    """Who has a ticket of their own cannot sign somebody else in with it."""
    address, _ = ticketed
    _, victims_cookie = main_svc.set_out()
    campus_sim.reset_requests()
    answer = main_svc.come_back(address, victims_cookie)
    assert (answer.status, answer.json["code"]) == (400, "login_state_invalid")
    assert campus_sim.requests(VALIDATE, site=CAS)["total"] == 0


@pytest.mark.parametrize("state", ["", "x", "a" * 60, "%00", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.0"])
def test_states_that_are_none(main_svc, state):
    answer = main_svc.come_back(f"{main_svc.url}{CALLBACK}?ticket=ST-1&state={state}", f"login_state={state}")
    assert answer.status == 400


def test_no_ticket(main_svc):
    assert main_svc.get(CALLBACK).status == 422
    assert main_svc.get(CALLBACK + "?ticket=" + "S" * 600).status == 422


def test_not_configured(start_main_svc, campus_sim):
    for missing in ("CAS_SERVICE_URL", "FRONTEND_URL"):
        main_svc = start_main_svc(campus_sim, **{missing: ""})
        for path in ("/api/auth/login", CALLBACK + "?ticket=ST-1"):
            answer = main_svc.get(path)
            assert (answer.status, answer.json["code"]) == (404, "redirect_login_off")


# --- tickets ---


def test_a_ticket_is_good_once(main_svc, ticketed):
    address, cookie = ticketed
    assert main_svc.come_back(address, cookie).status == 302
    again = main_svc.come_back(address, cookie)
    assert (again.status, again.json["code"]) == (401, "ticket_refused")
    assert again.header("www-authenticate").startswith("Bearer")
    wait_until(lambda: main_svc.log("CAS did not validate a ticket", code="INVALID_TICKET"), 5, "the reason in the log")


def test_a_ticket_for_another_service(main_svc, browser, campus_sim):
    address, cookie = main_svc.set_out()
    service = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["service"][0]
    other = f"{campus_sim.cas_url}/login?service=" + urllib.parse.quote("http://other.example/callback", safe="")
    ticket = browser.sign_in(other).rpartition("ticket=")[2]
    answer = main_svc.come_back(f"{service}&ticket={ticket}", cookie)
    assert (answer.status, answer.json["code"]) == (401, "ticket_refused")
    # It is spent by that, too.
    assert main_svc.come_back(f"{service}&ticket={ticket}", cookie).status == 401


@pytest.mark.parametrize("ticket", ["ST-1", "", "%26service%3Dhttp%3A%2F%2Fother.example", "../../x", "ST-%0d%0aX"])
def test_tickets_that_are_none(main_svc, ticket):
    address, cookie = main_svc.set_out()
    service = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["service"][0]
    assert main_svc.come_back(f"{service}&ticket={ticket}", cookie).status in (401, 422)


# --- what CAS answers ---


def success(inside, space=NAMESPACE, prefix="cas"):
    return (
        f'<{prefix}:serviceResponse xmlns:{prefix}="{space}"><{prefix}:authenticationSuccess>{inside}'
        f"</{prefix}:authenticationSuccess></{prefix}:serviceResponse>"
    )


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b ['
    + "".join(f'<!ENTITY b{n} "{("&b" + str(n - 1) + ";") * 10 if n else "bomb"}">' for n in range(10))
    + "]>"
    + success("<cas:user>&b9;</cas:user>")
)
EXTERNAL = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + success("<cas:user>&x;</cas:user>")

UNUSABLE = {
    "empty": "",
    "html": "<html><body>no</body></html>",
    "cut": success("<cas:user>student4</cas:user>")[:-20],
    "bomb": BOMB,
    "external entity": EXTERNAL,
    "another namespace": success("<cas:user>student4</cas:user>", space="http://other.example"),
    "no user": success(""),
    "an empty user": success("<cas:user> </cas:user>"),
    "both": f'<cas:serviceResponse xmlns:cas="{NAMESPACE}"><cas:authenticationSuccess><cas:user>a</cas:user>'
    '</cas:authenticationSuccess><cas:authenticationFailure code="INVALID_TICKET"/></cas:serviceResponse>',
    "deep": success("<cas:user>" + "<a>" * 5000 + "</a>" * 5000 + "</cas:user>"),
    "many": success("<cas:user>a</cas:user>" + "<a/>" * 5000),
    "a long name": success("<cas:user>" + "a" * 600 + "</cas:user>"),
    "latin-1": '<?xml version="1.0" encoding="windows-1251"?>' + success("<cas:user>a</cas:user>"),
    "json": '{"serviceResponse":{"authenticationSuccess":{"user":"a"}}}',
    "a request it does not take": f'<cas:serviceResponse xmlns:cas="{NAMESPACE}">'
    '<cas:authenticationFailure code="INVALID_REQUEST">no</cas:authenticationFailure></cas:serviceResponse>',
}


@pytest.mark.parametrize("answer", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_answers_that_are_not_understood(main_svc, ticketed, campus_sim, answer):
    campus_sim.override(VALIDATE, site=CAS, text=answer)
    address, cookie = ticketed
    refusal = main_svc.come_back(address, cookie)
    assert (refusal.status, refusal.json["code"]) == (502, "cas_not_understood")


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x SYSTEM "{address}">',
        '<!DOCTYPE x [<!ENTITY x SYSTEM "{address}">]>',
        '<!DOCTYPE x [<!ENTITY % x SYSTEM "{address}"> %x;]>',
    ],
)
def test_nothing_outside_is_fetched(main_svc, ticketed, campus_sim, declared):
    address, cookie = ticketed
    text = declared.format(address=campus_sim.record_book_url + "/login/") + success("<cas:user>student4&x;</cas:user>")
    campus_sim.override(VALIDATE, site=CAS, text=text)
    assert main_svc.come_back(address, cookie).status == 502
    assert campus_sim.requests(site=RECORD_BOOK)["total"] == 0


def test_an_error_of_cas_itself(main_svc, ticketed, campus_sim):
    text = f'<s:serviceResponse xmlns:s="{NAMESPACE}"><s:authenticationFailure code="INTERNAL_ERROR"/></s:serviceResponse>'
    campus_sim.override(VALIDATE, site=CAS, text=text)
    address, cookie = ticketed
    assert main_svc.come_back(address, cookie).status == 503


@pytest.mark.parametrize("prefix", ["cas", "other"])
def test_namespaces_and_attributes(main_svc, ticketed, campus_sim, prefix):
    inside = (
        f"<{prefix}:user>\n student7 </{prefix}:user><{prefix}:attributes><{prefix}:mail>s7@example.org</{prefix}:mail>"
        f"<{prefix}:displayName>Л&#xFF;&amp;о</{prefix}:displayName><{prefix}:unknown><x/></{prefix}:unknown>"
        f"</{prefix}:attributes>"
    )
    campus_sim.override(VALIDATE, site=CAS, text=success(inside, prefix=prefix))
    address, cookie = ticketed
    token = main_svc.come_back(address, cookie).header("location").partition("#token=")[2]
    me = main_svc.ask("/api/auth/me", token).json
    assert (me["sub"], me["email"], me["name"]) == ("student7", "s7@example.org", "Лÿ&о")


def test_the_record_book_needs_a_password(main_svc, ticketed):
    address, cookie = ticketed
    token = main_svc.come_back(address, cookie).header("location").partition("#token=")[2]
    refusal = main_svc.ask("/api/gradebook", token)
    assert (refusal.status, refusal.json["code"]) == (409, "password_needed")
