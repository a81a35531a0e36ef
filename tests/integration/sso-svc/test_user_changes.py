# SPDX-License-Identifier: MIT
"""Users made, changed and deleted by administrators, and deleted by the services whose they are."""

import functools
import uuid

import pytest

import sso
from people import PASSWORD
from refusals import check_faults, check_problem, check_refused
from test_users import USER

USERS = "/api/users"


def creation(people, **members):
    body = {"username": f"maker.{people.number()}", "full_name": "Петрова Инна", "app": "traffic", "password": PASSWORD}
    return {name: value for name, value in {**body, **members}.items() if value != "left out"}


def create(svc, body, **options):
    return svc.as_admin("POST", USERS, json_body=body, **options)


def creating(svc, body):
    return functools.partial(svc.as_admin, "POST", USERS, json_body=body)


def changing(svc, person, **body):
    return functools.partial(svc.as_admin, "PATCH", f"{USERS}/{person.id}", json_body=body)


def is_dead(svc, answer):
    """The session of that login."""
    return svc.refresh(answer["refresh_token"]).status == 401


# --- POST /api/users/ ---


@pytest.mark.parametrize("app", ["sso", "services", "traffic"])
@pytest.mark.parametrize("role", ["left out", "admin", None])
def test_create(svc, people, app, role):
    body = creation(people, app=app, role=role)
    response = create(svc, body)
    user = response.json
    assert response.status == 201 and set(user) == USER
    assert (user["username"], user["full_name"], user["app"]) == (body["username"], body["full_name"], app)
    assert (user["role"], user["is_active"], user["entity_id"], user["telegram_linked"]) == ("admin", True, None, False)
    assert svc.login(user["username"], PASSWORD)["role"] == "admin"


def test_an_admin_made_here_administers(people):
    person = people.admin()
    made = person.svc.request("POST", USERS, headers=person.bearer(), json_body=creation(people))
    assert made.status == 201


@pytest.mark.parametrize("role", ["staff", "executor", "teacher"])
def test_others_are_provisioned(svc, people, role, file_database):
    body = creation(people, app="services" if role != "teacher" else "traffic", role=role)
    check_refused(creating(svc, body), 403, "role_not_admin")
    assert file_database.value(f"SELECT count(*) FROM users WHERE username = '{body['username']}'") == "0"


def test_the_name_is_taken(svc, people):
    body = creation(people)
    assert create(svc, body).status == 201
    for username in (body["username"], body["username"].upper(), f" {body['username']}\t"):
        check_refused(creating(svc, {**body, "username": username}), 409, "username_taken")
    check_problem(create(svc, creation(people, username=people.provision().username)), 409, "username_taken")


def test_what_was_typed_is_put_in_order(svc, people):
    number = people.number()
    user = create(svc, creation(people, username=f"  New.Admin{number} ", full_name="  Петрова \t Инна\u00a0Львовна ")).json
    assert (user["username"], user["full_name"]) == (f"new.admin{number}", "Петрова Инна Львовна")


WRONG_PASSWORDS = [
    (None, "required"),
    ("", "required"),
    ("семьсемь"[:7], "too_short"),
    ("я" * 129, "too_long"),
    ("password1", "breached"),
    ("PassWord1", "breached"),
    ("qwertyuiop", "breached"),
    (12345678, "text"),
]


@pytest.mark.parametrize("password, code", WRONG_PASSWORDS)
def test_passwords_that_nobody_may_have(svc, people, password, code):
    check_faults(creating(svc, creation(people, password=password)), ("password", code))


def test_the_username_is_no_password(svc, people):
    name = f"administrator{people.number()}"
    for password in (name, name.upper()):
        check_faults(creating(svc, creation(people, username=name, password=password)), ("password", "is_username"))


@pytest.mark.parametrize(
    "members, faults",
    [
        ({"username": "left out"}, [("username", "required")]),
        ({"username": None}, [("username", "required")]),
        ({"username": ""}, [("username", "required")]),
        ({"username": "   "}, [("username", "required")]),
        ({"username": "ab"}, [("username", "username")]),
        ({"username": "a" * 65}, [("username", "username")]),
        ({"username": "логин"}, [("username", "username")]),
        ({"username": "-abc"}, [("username", "username")]),
        ({"username": "a\u0000bc"}, None),
        ({"username": 7}, [("username", "username")]),
        ({"full_name": "left out"}, [("full_name", "required")]),
        ({"full_name": " \t "}, [("full_name", "required")]),
        ({"full_name": "я" * 201}, [("full_name", "full_name")]),
        ({"full_name": "a\u0007b"}, [("full_name", "full_name")]),
        ({"full_name": []}, [("full_name", "full_name")]),
        ({"app": "left out"}, [("app", "required")]),
        ({"app": ""}, [("app", "required")]),
        ({"app": "main"}, [("app", "choice")]),
        ({"app": True}, [("app", "string")]),
        ({"role": "king"}, [("role", "choice")]),
        ({"password": "left out"}, [("password", "required")]),
        ({"username": "x", "full_name": "", "password": "short", "app": "main"}, [("username", "username"), ("full_name", "required"), ("password", "too_short"), ("app", "choice")]),
    ],
)
def test_faults(svc, people, members, faults):
    ask = creating(svc, creation(people, **members))
    if faults:
        check_faults(ask, *faults)
    else:
        check_problem(ask(), 400)
    assert svc.get("/healthz").status == 200


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_body_that_is_no_object(svc, people, body):
    person = people.admin()
    for ask in (creating(svc, body), functools.partial(svc.as_admin, "PATCH", f"{USERS}/{person.id}", json_body=body)):
        # json_body=None would send nothing
        response = ask() if body is not None else ask(json_body=None, body=b"null", headers={"Content-Type": "application/json"})
        problem = check_problem(response, 422, "validation_failed")
        assert ("", "object") in [(fault["field"], fault["code"]) for fault in problem["errors"]]


# --- PATCH /api/users/{id} ---


def test_a_new_name(svc, people):
    person = people.provision()
    session = person.login()
    changed = changing(svc, person, full_name="  Новая   Фамилия ")().json
    assert changed == {**person.user, "full_name": "Новая Фамилия"}
    assert not is_dead(svc, session)


def test_a_new_password(svc, people):
    for person in (people.provision(), people.admin()):
        session = person.login()
        assert changing(svc, person, password="Другой пароль")().json == person.user
        check_problem(person.log_in(), 401)
        assert person.log_in("Другой пароль").status == 200
        assert is_dead(svc, session)


def test_a_first_password(svc, people):
    person = people.provision(password=None)
    assert changing(svc, person, password=PASSWORD)().status == 200
    assert person.log_in(PASSWORD).status == 200


def test_disabled_and_enabled(svc, people):
    person = people.provision()
    session = person.login()
    assert changing(svc, person, is_active=False)().json == {**person.user, "is_active": False}
    check_problem(person.log_in(), 401, "invalid_credentials")
    assert is_dead(svc, session)
    assert changing(svc, person, is_active=True)().json == person.user
    assert is_dead(svc, session)
    assert person.log_in().status == 200


@pytest.mark.parametrize("change", [{"password": "Другой пароль"}, {"is_active": False}])
def test_an_administrators_token_ends_with_it(svc, people, change):
    """Also when it was issued in the second of the change, which is all that it says of its time."""
    person = people.admin()
    headers = person.bearer()
    assert svc.get("/api/audit", headers=headers).status == 200
    assert changing(svc, person, **change)().status == 200
    check_problem(svc.get("/api/audit", headers=headers), 401, "unauthenticated")


def test_a_new_login_after_a_new_password(svc, people):
    """At once, though tokens of this second do not count any more."""
    person = people.admin()
    for password in ("Другой пароль", "Ещё один пароль", "И последний"):
        changing(svc, person, password=password)()
        token = person.log_in(password).json["access_token"]
        assert svc.get("/api/audit", headers=sso.bearer(token)).status == 200


def test_all_at_once(svc, people):
    person = people.admin("services")
    changed = changing(svc, person, full_name="Иная", password="Другой пароль", is_active=False)().json
    assert changed == {**person.user, "full_name": "Иная", "is_active": False}


@pytest.mark.parametrize("body", [{}, {"full_name": None, "password": None, "is_active": None}, {"password": ""}])
def test_nothing_to_change(svc, people, body):
    person = people.provision()
    session = person.login()
    assert changing(svc, person, **body)().json == person.user
    assert not is_dead(svc, session)


@pytest.mark.parametrize(
    "body, fault",
    [
        ({"full_name": ""}, ("full_name", "required")),
        ({"full_name": "я" * 201}, ("full_name", "full_name")),
        ({"full_name": 1}, ("full_name", "full_name")),
        ({"is_active": "false"}, ("is_active", "boolean")),
        ({"is_active": 0}, ("is_active", "boolean")),
        ({"password": "short"}, ("password", "too_short")),
        ({"password": "я" * 129}, ("password", "too_long")),
        ({"password": "password1"}, ("password", "breached")),
        ({"password": {}}, ("password", "text")),
    ],
)
def test_faults_of_a_change(svc, people, body, fault):
    person = people.provision()
    check_faults(changing(svc, person, **body), fault)
    assert person.log_in().status == 200


def test_the_username_is_no_new_password(svc, people):
    person = people.provision(username=f"prepodavatel{people.number()}")
    for password in (person.username, person.username.title()):
        check_faults(changing(svc, person, password=password), ("password", "is_username"))


@pytest.mark.parametrize("user_id", [str(uuid.uuid4()), "1", "me", "%27%20OR%20true", "0" * 36])
def test_nobody_to_change(svc, user_id):
    for body in ({}, {"full_name": "Имя"}, {"password": PASSWORD}, {"is_active": False}):
        ask = functools.partial(svc.as_admin, "PATCH", f"{USERS}/{user_id}", json_body=body)
        check_refused(ask, 404, "user_not_found")
    check_refused(functools.partial(svc.as_admin, "DELETE", f"{USERS}/{user_id}"), 404, "user_not_found")


# --- DELETE /api/users/{id} ---


def test_delete(svc, people):
    for person in (people.provision(), people.admin("traffic"), people.admin()):
        session = person.login()
        response = people.delete(person)
        assert (response.status, response.json) == (200, {"status": "deleted"})
        check_problem(people.delete(person), 404, "user_not_found")
        check_problem(person.log_in(), 401, "invalid_credentials")
        assert is_dead(svc, session)
        assert person.id not in [user["id"] for user in svc.as_admin("GET", USERS).json]


def test_a_deleted_administrators_token(svc, people):
    person = people.admin()
    headers = person.bearer()
    people.delete(person)
    check_problem(svc.get("/api/audit", headers=headers), 401, "unauthenticated")


def test_a_name_becomes_free(svc, people):
    person = people.admin("traffic")
    people.delete(person)
    assert create(svc, creation(people, username=person.username)).status == 201


# --- DELETE /api/users/by-entity/{entity_id} ---


def delete_entity(svc, headers, entity_id, app=None):
    return svc.request("DELETE", f"{USERS}/by-entity/{entity_id}", headers=headers, query={"app": app})


@pytest.mark.parametrize("kind, owner", [("teacher", "traffic"), ("staff", "services"), ("executor", "services")])
@pytest.mark.parametrize("name_it", [True, False])
def test_a_service_deletes_its_own(svc, people, kind, owner, name_it):
    person = people.provision(kind)
    session = person.login()
    for status in ("deleted", "not_found", "not_found"):
        response = delete_entity(svc, sso.service(owner), person.user["entity_id"], owner if name_it else None)
        assert (response.status, response.json) == (200, {"status": status})
    assert is_dead(svc, session)
    check_problem(person.log_in(), 401)


def test_a_service_deletes_nobody_elses(svc, people):
    for kind, other in (("teacher", "services"), ("staff", "traffic")):
        person = people.provision(kind)
        app = person.user["app"]
        ask = functools.partial(
            svc.as_service, other, "DELETE", f"{USERS}/by-entity/{person.user['entity_id']}", query={"app": app}
        )
        check_refused(ask, 403, "app_forbidden")
        assert delete_entity(svc, sso.service(other), person.user["entity_id"]).json == {"status": "not_found"}
        assert person.log_in().status == 200


def test_an_administrator_deletes_anybodys(svc, people):
    person = people.provision("staff")
    assert delete_entity(svc, svc.admin(), person.user["entity_id"], "traffic").json == {"status": "not_found"}
    assert delete_entity(svc, svc.admin(), person.user["entity_id"], "services").json == {"status": "deleted"}
    assert delete_entity(svc, svc.admin(), person.user["entity_id"], "services").json == {"status": "not_found"}


def test_the_app_is_named(svc):
    path = f"{USERS}/by-entity/x"
    check_faults(functools.partial(svc.as_admin, "DELETE", path), ("app", "required"))
    check_faults(functools.partial(svc.as_admin, "DELETE", path, query={"app": "main"}), ("app", "choice"))
    check_faults(functools.partial(svc.as_service, "traffic", "DELETE", path, query={"app": "main"}), ("app", "choice"))
    check_faults(functools.partial(svc.as_admin, "DELETE", path, query={"app": ""}), ("app", "required"))


def test_the_same_entity_id_in_two_apps(svc, people):
    entity = people.entity()
    people.provision("teacher", entity_id=entity)
    kept = people.provision("staff", entity_id=entity)
    assert delete_entity(svc, sso.service("traffic"), entity).json == {"status": "deleted"}
    assert kept.log_in().status == 200


def test_the_trail_has_the_id_however_it_was_typed(svc, people):
    """Else a change could be kept out of what is found for its user."""
    person = people.provision()
    assert svc.as_admin("PATCH", f"/api/users/{person.id.upper()}", json_body={"is_active": False}).status == 200
    found = svc.as_admin("GET", "/api/audit", query={"event": "user_changed", "target": person.id}).json
    assert found["total"] == 1
