# SPDX-License-Identifier: MIT
"""Departments and executors with users at sso-svc, when sso-svc is away, slow or changed behind our back."""

import concurrent.futures
import uuid

import pytest

from poly_process import wait_until
from refusals import check_problem
from services import DEPARTMENTS, EXECUTORS, PASSWORD

SETTLED_SECONDS = 30


@pytest.fixture
def office(start_office):
    """One of the test's own, since it is damaged."""
    return start_office()


def new_department(office, key=None):
    body = {"name": "Новое", "username": f"new{uuid.uuid4().hex[:8]}", "password": PASSWORD}
    headers = {"Idempotency-Key": key} if key else {}
    return body, lambda: office.as_admin("POST", DEPARTMENTS, json_body=body, headers=headers)


def count(office, table):
    return int(office.services.database.value(f"SELECT count(*) FROM {table} WHERE deleted_at IS NULL"))


@pytest.mark.slow
def test_nothing_is_made_without_sso_svc_and_the_same_key_finishes_it(office):
    staff = office.staff()
    body, make = new_department(office, str(uuid.uuid4()))
    executor = {"name": "Новый", "username": f"ex{uuid.uuid4().hex[:8]}", "password": PASSWORD}
    office.sso.kill()
    check_problem(make(), 503)
    check_problem(office.services.as_user(staff["token"], "POST", EXECUTORS, json_body=executor), 503)
    assert (count(office, "departments"), count(office, "executors")) == (1, 0)
    office.sso.start()
    wait_until(lambda: make().status == 201, SETTLED_SECONDS, "the repeat")
    assert office.sso.log_in(body["username"], PASSWORD).status == 200
    assert count(office, "departments") == 2
    wait_until(lambda: office.services.database.value("SELECT count(*) FROM outbox") == "0", SETTLED_SECONDS, "an empty outbox")


def test_a_removal_without_sso_svc_is_finished_when_it_is_back(office):
    staff = office.staff()
    executor = office.executor(staff)
    remove = lambda: office.as_admin("DELETE", DEPARTMENTS + staff["department"]["id"])
    office.sso.kill()
    problem = check_problem(remove(), 503, "removal_pending")
    assert problem["detail"]
    assert (count(office, "departments"), count(office, "executors")) == (0, 0)
    check_problem(remove(), 503, "removal_pending")
    assert office.services.as_user(staff["token"], "GET", EXECUTORS).status == 401
    office.sso.start()
    everyone = (staff["department"]["id"], executor["id"])
    wait_until(lambda: office.users_of(*everyone) == 0, SETTLED_SECONDS, "the users to be gone")
    assert remove().status in (204, 404)
    assert office.sso.log_in(staff["username"], PASSWORD).status == 401


def test_an_executor_s_removal_is_told_how_far_it_has_come(office):
    staff = office.staff()
    executor = office.executor(staff)
    remove = lambda: office.services.as_user(staff["token"], "DELETE", EXECUTORS + executor["id"])
    office.sso.kill()
    check_problem(remove(), 503, "removal_pending")
    office.sso.start()
    wait_until(lambda: remove().status in (204, 404), SETTLED_SECONDS, "the removal")
    assert office.users_of(executor["id"]) == 0


def test_a_removal_that_is_pending_is_nobody_else_s_business(office):
    staff, other = office.staff(), office.staff()
    executor = office.executor(staff)
    remove = lambda who: office.services.as_user(who["token"], "DELETE", EXECUTORS + executor["id"])
    check_problem(remove(other), 404, "executor_not_found")
    office.sso.kill()
    check_problem(remove(staff), 503, "removal_pending")
    check_problem(remove(other), 404, "executor_not_found")
    check_problem(remove(staff), 503, "removal_pending")


def test_a_user_who_was_deleted_at_sso_svc_is_made_again(office):
    """Without the password: somebody has to set one."""
    staff = office.staff()
    entity = staff["department"]["id"]
    office.sso.as_admin("DELETE", f"/api/users/by-entity/{entity}?app=services")
    assert office.users_of(entity) == 0
    office.services.restart()  # both sides are compared soon after the start
    wait_until(lambda: office.users_of(entity) == 1, SETTLED_SECONDS, "the user to be there again")


def test_a_user_without_an_entity_is_removed(office):
    entity = str(uuid.uuid4())
    office.sso.provisioned("executor", entity)
    office.services.restart()
    wait_until(lambda: office.users_of(entity) == 0, SETTLED_SECONDS, "the user to be gone")


def test_attempts_that_share_a_key_leave_one_user(office):
    """Each undoes its own: of copies that are refused one may make the user again behind another that removed it."""
    office.admin()
    for _ in range(3):
        key = str(uuid.uuid4())
        bodies = [{"name": "Новое", "username": f"one{uuid.uuid4().hex[:8]}", "password": PASSWORD} for _ in range(3)]
        ask = lambda body, key=key: office.as_admin("POST", DEPARTMENTS, json_body=body, headers={"Idempotency-Key": key})
        with concurrent.futures.ThreadPoolExecutor(9) as threads:
            answers = list(threads.map(ask, 3 * bodies))
        assert {answer.status for answer in answers} <= {201, 422, 503}
        made = {answer.json["id"] for answer in answers if answer.status == 201}
        names = ", ".join(f"'{body['username']}'" for body in bodies)
        users = office.sso.database.value(f"SELECT string_agg(entity_id::text, ',') FROM users WHERE username IN ({names})")
        assert [users] == list(made)


def test_a_key_that_is_forgotten_makes_no_second_one(office):
    """Keys are kept for 48 hours. Behind that the old request neither makes another department nor sets the old password."""
    body, make = new_department(office, str(uuid.uuid4()))
    department = make().json["id"]
    office.services.database.run("DELETE FROM idempotency_keys")
    user = office.sso.database.value(f"SELECT id FROM users WHERE entity_id = '{department}'")
    other = "Другой пароль, 1724"
    assert office.sso.as_admin("PATCH", f"/api/users/{user}", json_body={"password": other}).status == 200
    check_problem(make(), 409, "created_before")
    assert office.sso.log_in(body["username"], other).status == 200

    assert office.as_admin("DELETE", DEPARTMENTS + department).status == 204
    office.services.database.run("DELETE FROM idempotency_keys")
    check_problem(make(), 409, "created_before")
    assert count(office, "departments") == 0 and office.users_of(department) == 0
