# SPDX-License-Identifier: MIT
"""The redirect flow against a CAS server that nobody here wrote; where it is installed (python3-django-cas-server)."""

import html
import http.cookies
import pathlib
import re
import subprocess
import urllib.parse

import pytest

import poly_http
from poly_process import LOOPBACK, ROOT, free_port, wait_until
from portal import CALLBACK

PYTHON = "/usr/bin/python3"
SERVER = ROOT / "tests" / "support" / "foreign_cas.py"

IS_INSTALLED = (
    pathlib.Path(PYTHON).exists()
    and subprocess.run([PYTHON, "-c", "import cas_server, django"], capture_output=True, check=False).returncode == 0
)
pytestmark = pytest.mark.skipif(not IS_INSTALLED, reason="python3-django-cas-server is not installed")


class Person:
    """A browser with cookies, and a person who fills in forms."""

    def __init__(self):
        self.cookies = {}

    def request(self, method, address, form=None):
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "Referer": address}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(form)
        response = poly_http.request(method, address, headers=headers, body=body)
        for name, value in response.headers:
            if name.lower() == "set-cookie":
                for key, morsel in http.cookies.SimpleCookie(value).items():
                    self.cookies[key] = morsel.value
        return response

    def sign_in(self, address, username, password):
        page = self.request("GET", address)
        assert page.status == 200, page
        inputs = re.findall(r"<input[^>]*>", page.text)
        form = {}
        for tag in inputs:
            name = re.search(r'name="([^"]*)"', tag)
            value = re.search(r'value="([^"]*)"', tag)
            if name and 'type="checkbox"' not in tag:
                form[name[1]] = html.unescape(value[1]) if value else ""
        form.update(username=username, password=password)
        return self.request("POST", address, form)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """(its address, what it knows): served for the tests of this file."""
    directory = tmp_path_factory.mktemp("cas")
    port = free_port()
    pattern = rf"^http://{re.escape(LOOPBACK)}:\d+{CALLBACK}\?state="
    with open(directory / "log", "wb") as log:
        server = subprocess.Popen([PYTHON, SERVER, directory, str(port), pattern], stdout=log, stderr=log, cwd=directory)
    url = f"http://{LOOPBACK}:{port}/cas"

    def is_up():
        assert server.poll() is None, (directory / "log").read_text(encoding="utf-8")
        try:
            return poly_http.get(url + "/login", timeout=10).status == 200
        except OSError:
            return False

    try:
        wait_until(is_up, 30, "the foreign CAS to answer")
        yield url
    finally:
        server.terminate()
        server.wait(20)


USER, PASSWORD = "ivanova.ma", "Невский, 1 & <2>"


@pytest.fixture
def portal_of(start_main_svc, campus_sim, foreign):
    return start_main_svc(campus_sim, CAS_SERVER=foreign)


def test_the_whole_way(portal_of, foreign):
    address, cookie = portal_of.set_out()
    assert address.startswith(foreign + "/login?service=")
    answer = Person().sign_in(address, USER, PASSWORD)
    assert answer.status in (302, 303), answer
    back = answer.header("location")
    assert back.startswith(portal_of.url + CALLBACK)
    done = portal_of.come_back(back, cookie)
    assert done.status == 302, done
    me = portal_of.ask("/api/auth/me", done.header("location").partition("#token=")[2]).json
    assert (me["sub"], me["name"]) == ("7001", "Иванова Мария <О'Нил> & К")
    assert (me["email"], me["study_group_str"], me["faculty_abbr"]) == ("ivanova.ma@example.org", "5130904/20102", "ИКНК")

    again = portal_of.come_back(back, cookie)
    assert (again.status, again.json["code"]) == (401, "ticket_refused")


def test_a_wrong_password_stays_there(portal_of):
    address, _ = portal_of.set_out()
    assert Person().sign_in(address, USER, "wrong").status not in (302, 303)


def test_the_older_protocol(start_main_svc, campus_sim, foreign):
    portal = start_main_svc(campus_sim, CAS_SERVER=foreign, CAS_VALIDATE_PATH="/serviceValidate")
    address, cookie = portal.set_out()
    back = Person().sign_in(address, USER, PASSWORD).header("location")
    done = portal.come_back(back, cookie)
    assert portal.ask("/api/auth/me", done.header("location").partition("#token=")[2]).status == 200


def test_a_ticket_that_it_never_gave(portal_of):
    address, cookie = portal_of.set_out()
    service = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["service"][0]
    answer = portal_of.come_back(f"{service}&ticket=ST-{'x' * 40}", cookie)
    assert (answer.status, answer.json["code"]) == (401, "ticket_refused")


def test_its_form_is_not_apereos(portal_of):
    """It has no execution token: the form login says that it does not understand, and posts nothing."""
    answer = portal_of.log_in(USER, PASSWORD)
    assert (answer.status, answer.json["code"]) == (502, "cas_not_understood")
