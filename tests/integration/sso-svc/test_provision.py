# SPDX-License-Identifier: MIT
"""Provisioning: one user for one entity, whoever asks however often."""

import functools

import pytest

import sso
from people import PASSWORD, Person
from refusals import check_faults, check_problem, check_refused
from test_users import USER

KINDS = {"staff": ("services", "staff"), "executor": ("services", "executor"), "teacher": ("traffic", "teacher")}
ALIASES = [("executor", "/api/provision/services/executors"), ("teacher", "/api/provision/traffic/teachers")]
NAME = "Иванов Иван Иванович"

every_kind = pytest.mark.parametrize("kind", KINDS)


def asking(svc, kind="teacher", **body):
    owner, path = sso.PROVISIONED[kind]
    return functools.partial(svc.as_service, owner, "POST", path, json_body=body)


def is_dead(svc, session):
    return svc.refresh(session["refresh_token"]).status == 401


# --- created, updated, unchanged ---


@every_kind
def test_create(svc, people, kind):
    entity = people.entity()
    response = svc.provision(kind, entity, full_name=f"  {NAME} ", username=f"chosen.{entity}", password=PASSWORD)
    user = response.json
    assert response.status == 201 and set(user) == USER
    assert (user["app"], user["role"]) == KINDS[kind]
    assert (user["entity_id"], user["full_name"], user["username"]) == (entity, NAME, f"chosen.{entity}")
    assert (user["ruz_teacher_id"], user["telegram_id"], user["is_active"]) == (None, None, True)
    assert svc.login(user["username"], PASSWORD, app=user["app"])


@every_kind
def test_again(svc, people, kind):
    person = people.provision(kind, full_name=NAME)
    for members in ({}, {"password": PASSWORD}, {"username": person.username}, {"username": person.username.upper()}):
        response = svc.provision(kind, person.user["entity_id"], full_name=NAME, **members)
        assert (response.status, response.json) == (200, person.user)


@every_kind
def test_update(svc, people, kind):
    person = people.provision(kind)
    entity = person.user["entity_id"]
    response = svc.provision(kind, entity, full_name="Новая Фамилия", username=f"new.{entity}")
    assert response.status == 200
    assert response.json == {**person.user, "full_name": "Новая Фамилия", "username": f"new.{entity}"}
    assert svc.login(f"new.{entity}", PASSWORD)
    check_problem(person.log_in(), 401)


@pytest.mark.parametrize("kind, path", ALIASES)
def test_the_plural_is_the_same(svc, people, kind, path):
    owner, _ = sso.PROVISIONED[kind]
    body = {"entity_id": people.entity(), "full_name": NAME}
    response = svc.as_service(owner, "POST", path, json_body=body)
    assert response.status == 201 and (response.json["app"], response.json["role"]) == KINDS[kind]
    assert svc.provision(kind, body["entity_id"], full_name=NAME).json == response.json
    check_problem(svc.as_service(owner, "POST", path, json_body={}), 422)


def test_one_entity_id_in_two_apps_is_two_users(svc, people):
    entity = people.entity()
    teacher, staff = (svc.provisioned(kind, entity) for kind in ("teacher", "staff"))
    assert teacher["id"] != staff["id"]


def test_a_user_of_another_role(svc, people):
    entity = people.entity()
    before = svc.provisioned("staff", entity)
    check_refused(asking(svc, "executor", entity_id=entity, full_name=NAME), 409, "entity_of_other_role")
    assert svc.provisioned("staff", entity) == before


# --- two ids ---


def test_by_the_ruz_id(svc, people):
    ruz = people.number()
    first = svc.provisioned("teacher", people.entity(), ruz_teacher_id=ruz)
    assert first["ruz_teacher_id"] == ruz
    assert svc.provisioned("teacher", first["entity_id"]) == first
    assert svc.provisioned("teacher", first["entity_id"], ruz_teacher_id=ruz) == first
    assert svc.as_service("traffic", "GET", f"/api/users/by-ruz-teacher/{ruz}").json == first


def test_relinked_to_another_entity(svc, people):
    """The teacher is the same person although traffic-svc made a new row."""
    ruz, old, new = people.number(), people.entity(), people.entity()
    first = svc.provisioned("teacher", old, ruz_teacher_id=ruz)
    assert svc.provisioned("teacher", new, ruz_teacher_id=ruz) == {**first, "entity_id": new}
    fresh = svc.provision("teacher", old)
    assert fresh.status == 201 and fresh.json["id"] != first["id"]


def test_a_ruz_id_comes_later(svc, people):
    entity, ruz = people.entity(), people.number()
    first = svc.provisioned("teacher", entity)
    assert svc.provisioned("teacher", entity, ruz_teacher_id=ruz) == {**first, "ruz_teacher_id": ruz}


def test_a_ruz_id_changes(svc, people):
    entity, old, new = people.entity(), people.number(), people.number()
    first = svc.provisioned("teacher", entity, ruz_teacher_id=old)
    assert svc.provisioned("teacher", entity, ruz_teacher_id=new) == {**first, "ruz_teacher_id": new}
    check_problem(svc.as_service("traffic", "GET", f"/api/users/by-ruz-teacher/{old}"), 404)


def test_ids_of_two_users(svc, people):
    ruz = people.number()
    one = svc.provisioned("teacher", people.entity(), ruz_teacher_id=ruz)
    other = svc.provisioned("teacher", people.entity())
    check_refused(asking(svc, entity_id=other["entity_id"], ruz_teacher_id=ruz, full_name=NAME), 409, "entity_conflict")
    assert svc.provisioned("teacher", one["entity_id"]) == one and svc.provisioned("teacher", other["entity_id"]) == other


# --- usernames ---


def test_anothers_username(svc, people):
    for owner in (people.provision("teacher"), people.provision("staff"), people.admin(), people.admin("traffic")):
        for kind in KINDS:
            body = {"entity_id": people.entity(), "full_name": NAME}
            check_refused(asking(svc, kind, **body, username=owner.username), 400, "username_taken")
            check_refused(asking(svc, kind, **body, username=owner.username.upper()), 400, "username_taken")


def test_anothers_username_for_a_user_who_exists(svc, people):
    one, other = people.provision(), people.provision()
    body = {"entity_id": one.user["entity_id"], "full_name": "Иная Фамилия", "username": other.username}
    check_refused(asking(svc, **body), 400, "username_taken")
    assert svc.provisioned("teacher", one.user["entity_id"]) == one.user


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_blank_username_is_none(svc, people, blank):
    assert svc.provisioned("teacher", people.entity(), full_name="Яшина Ия", username=blank)["username"].startswith("yashina.i")


# --- passwords ---


def test_without_a_password_nobody_logs_in(svc, people):
    person = people.provision(password=None)
    for password in ("null", person.username, PASSWORD):
        check_problem(person.log_in(password), 401, "invalid_credentials")
    svc.provisioned("teacher", person.user["entity_id"], password=PASSWORD)
    assert person.log_in(PASSWORD).status == 200


def test_a_new_password_ends_sessions(svc, people):
    person = people.provision()
    session = person.login()
    svc.provisioned("teacher", person.user["entity_id"], password="Другой пароль")
    assert is_dead(svc, session)
    check_problem(person.log_in(), 401)
    assert person.log_in("Другой пароль").status == 200


def test_the_same_password_ends_none(svc, people):
    person = people.provision()
    session = person.login()
    for _ in range(2):
        svc.provisioned("teacher", person.user["entity_id"], password=PASSWORD)
    assert not is_dead(svc, session)


def test_the_same_password_by_the_ruz_id_ends_none(svc, people):
    ruz = people.number()
    person = people.provision(ruz_teacher_id=ruz)
    session = person.login()
    svc.provisioned("teacher", people.entity(), ruz_teacher_id=ruz, password=PASSWORD)
    assert not is_dead(svc, session)


def test_no_password_leaves_the_one_there_is(svc, people):
    person = people.provision()
    session = person.login()
    svc.provisioned("teacher", person.user["entity_id"], full_name="Новая Фамилия")
    assert not is_dead(svc, session)
    assert person.log_in().status == 200


@pytest.mark.parametrize(
    "password, code",
    [("short", "too_short"), ("я" * 129, "too_long"), ("password1", "breached"), ("QwertyUiop", "breached"), (12345678, "text")],
)
def test_passwords_that_nobody_may_have(svc, people, password, code):
    for entity in (people.entity(), people.provision().user["entity_id"]):
        check_faults(asking(svc, entity_id=entity, full_name=NAME, password=password), ("password", code))


def test_the_username_is_no_password(svc, people):
    """Chosen, made from the name, or there already."""
    chosen = f"prepodavatel.{people.number()}"
    fault = ("password", "is_username")
    body = {"entity_id": people.entity(), "full_name": "Двенадцатов Олег"}
    check_faults(asking(svc, **body, username=chosen, password=chosen.upper()), fault)
    check_faults(asking(svc, **body, password="Dvenadtsatov.O"), fault)
    made = svc.provisioned("teacher", **body)["username"]
    assert made == "dvenadtsatov.o"
    check_faults(asking(svc, **body, password=made), fault)
    assert svc.provision("teacher", **body, username=f"other.{people.number()}", password=made).status == 200


# --- is_active ---


def test_disabled_and_enabled(svc, people):
    person = people.provision()
    entity = person.user["entity_id"]
    session = person.login()
    assert svc.provisioned("teacher", entity, is_active=False) == {**person.user, "is_active": False}
    check_problem(person.log_in(), 401, "invalid_credentials")
    assert is_dead(svc, session)
    assert svc.provisioned("teacher", entity)["is_active"] is False
    assert svc.provisioned("teacher", entity, is_active=True) == person.user
    assert is_dead(svc, session)
    assert person.log_in().status == 200


def test_made_disabled(svc, people):
    user = svc.provisioned("teacher", people.entity(), is_active=False, password=PASSWORD)
    assert user["is_active"] is False
    check_problem(Person(svc, user, PASSWORD).log_in(), 401)


# --- faults ---


@every_kind
@pytest.mark.parametrize(
    "members, faults",
    [
        ({"entity_id": None}, [("entity_id", "required")]),
        ({"entity_id": None, "ruz_teacher_id": 5}, [("entity_id", "required")]),
        ({"entity_id": ""}, [("entity_id", "entity_id")]),
        ({"entity_id": "a b"}, [("entity_id", "entity_id")]),
        ({"entity_id": "кафедра"}, [("entity_id", "entity_id")]),
        ({"entity_id": "a" * 129}, [("entity_id", "entity_id")]),
        ({"entity_id": 17}, [("entity_id", "entity_id")]),
        ({"full_name": None}, [("full_name", "required")]),
        ({"full_name": "  "}, [("full_name", "required")]),
        ({"full_name": "я" * 201}, [("full_name", "full_name")]),
        ({"full_name": {"first": "Иван"}}, [("full_name", "full_name")]),
        ({"full_name": "Иван\u0001"}, [("full_name", "full_name")]),
        ({"full_name": "Иван\u202eнавИ"}, [("full_name", "full_name")]),
        ({"username": "ab"}, [("username", "username")]),
        ({"username": "логин"}, [("username", "username")]),
        ({"username": ["a"]}, [("username", "username")]),
        ({"ruz_teacher_id": 0}, [("ruz_teacher_id", "integer")]),
        ({"ruz_teacher_id": "17"}, [("ruz_teacher_id", "integer")]),
        ({"ruz_teacher_id": 1.5}, [("ruz_teacher_id", "integer")]),
        ({"ruz_teacher_id": 2**31}, [("ruz_teacher_id", "integer")]),
        ({"is_active": 1}, [("is_active", "boolean")]),
        ({"entity_id": None, "full_name": "", "username": "x", "ruz_teacher_id": -1, "is_active": "", "password": "1"}, None),
    ],
)
def test_faults(svc, people, kind, members, faults):
    every = [("entity_id", "required"), ("full_name", "required"), ("username", "username"), ("ruz_teacher_id", "integer")]
    every += [("is_active", "boolean"), ("password", "too_short")]
    body = {"entity_id": people.entity(), "full_name": NAME, **members}
    check_faults(asking(svc, kind, **body), *(faults or every))


@pytest.mark.parametrize("body", [[], "text", 7])
def test_a_body_that_is_no_object(svc, body):
    for kind in KINDS:
        owner, path = sso.PROVISIONED[kind]
        check_faults(functools.partial(svc.as_service, owner, "POST", path, json_body=body), ("", "object"))


def test_refusals_change_nothing(svc, people, file_database):
    before = file_database.run("SELECT count(*) FROM users")
    taken = people.admin().username
    before = file_database.run("SELECT count(*), max(xmin::text) FROM users")
    for members in ({"username": taken}, {"full_name": ""}, {"password": "1"}, {"ruz_teacher_id": "x"}):
        assert svc.provision("teacher", people.entity(), **members).status in (400, 422)
    assert file_database.run("SELECT count(*), max(xmin::text) FROM users") == before


def test_outcomes_are_counted(svc, people):
    def counts():
        return [svc.metric("sso_provisions_total", outcome=name) for name in ("created", "updated", "unchanged", "refused")]

    before = counts()
    entity = people.entity()
    for members in ({}, {}, {"full_name": "Иная Фамилия"}, {"username": sso.ADMIN["username"]}):
        svc.provision("teacher", entity, **members)
    assert [after - each for after, each in zip(counts(), before)] == [1, 1, 1, 1]
