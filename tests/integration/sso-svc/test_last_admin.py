# SPDX-License-Identifier: MIT
"""There is always an active administrator."""

import functools

import crowd
import sso
from people import PASSWORD, People
from refusals import check_refused

USERS = "/api/users"


def me(svc):
    return svc.get("/api/auth/me", headers=svc.admin()).json["sub"]


def active_admins(database):
    return int(database.value("SELECT count(*) FROM users WHERE app = 'sso' AND role = 'admin' AND is_active"))


def check_kept(svc, user_id):
    path = f"{USERS}/{user_id}"
    check_refused(functools.partial(svc.as_admin, "DELETE", path), 409, "last_admin")
    check_refused(functools.partial(svc.as_admin, "PATCH", path, json_body={"is_active": False}), 409, "last_admin")


def test_the_last_one_stays(sso_svc):
    people = People(sso_svc)
    for app in ("services", "traffic"):
        people.admin(app)
    check_kept(sso_svc, me(sso_svc))
    changed = sso_svc.as_admin("PATCH", f"{USERS}/{me(sso_svc)}", json_body={"full_name": "Главный", "is_active": True})
    assert changed.status == 200
    assert sso_svc.login()


def test_a_disabled_one_does_not_count(sso_svc):
    people = People(sso_svc)
    other = people.admin()
    assert people.change(other, is_active=False).status == 200
    check_kept(sso_svc, me(sso_svc))
    assert people.delete(other).json == {"status": "deleted"}


def test_with_another_one_may_go(sso_svc, database):
    other = People(sso_svc).admin()
    user_id = me(sso_svc)
    assert sso_svc.as_admin("PATCH", f"{USERS}/{user_id}", json_body={"is_active": False}).status == 200
    assert active_admins(database) == 1
    sso_svc.adopt(other.login())
    check_kept(sso_svc, other.id)
    assert sso_svc.as_admin("DELETE", f"{USERS}/{user_id}").json == {"status": "deleted"}


def test_two_who_disable_each_other(sso_svc, database):
    people = People(sso_svc)
    names = [sso.ADMIN["username"], people.admin().username]
    passwords = [sso.ADMIN["password"], PASSWORD]
    for number in range(12):
        sessions = [sso_svc.login(name, password) for name, password in zip(names, passwords)]
        headers = [sso.bearer(session["access_token"]) for session in sessions]
        ids = [sso_svc.get("/api/auth/me", headers=each).json["sub"] for each in headers]
        act = {"json_body": {"is_active": False}}
        requests = [("PATCH", f"{USERS}/{ids[1 - i]}", {**act, "headers": headers[i]}) for i in range(2)]
        statuses = sorted(response.status for response in crowd.ask_together(sso_svc.url, requests))
        assert statuses[0] == 200 and statuses[1] in (401, 409), statuses
        assert active_admins(database) == 1
        database.run("UPDATE users SET is_active = true, tokens_valid_from = '-infinity'")


def test_many_who_delete_each_other(sso_svc, database):
    people = People(sso_svc)
    circle = [people.admin() for _ in range(6)]
    headers = [person.bearer() for person in circle]
    requests = [
        ("DELETE", f"{USERS}/{circle[(i + 1) % 6].id}", {"headers": headers[i]}) for i in range(6)
    ] + [("DELETE", f"{USERS}/{me(sso_svc)}", {"headers": headers[0]})]
    responses = crowd.ask_together(sso_svc.url, requests)
    assert {response.status for response in responses} <= {200, 401, 409}
    assert active_admins(database) >= 1
