# SPDX-License-Identifier: MIT
"""The library's client and the real sso-svc understand each other: every call, and what it comes to."""

import json

import pytest

import poly_process
import sso

TELEGRAM = 5_000_000_001


@pytest.fixture
def ask(sso_svc):
    """ask("services", "staff", "e-1", "Иванов Иван") calls as that service does: what tests/tools/sso_client prints."""

    def ask_it(service, *words, secret=None):
        secret = secret or sso.SERVICE_SECRETS[service]
        words = ["-" if word is None else str(word) for word in words]
        answer = poly_process.run("sso_client", sso_svc.url, secret, *words)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout.splitlines()[-1])

    return ask_it


def test_provisioning(ask, sso_svc):
    made = ask("services", "staff", "d-1", "Деканат ИКНК", "dekanat", "Очень длинный пароль")
    assert made["result"] == "ok"
    user = made["user"]
    assert (user["username"], user["app"], user["role"], user["entity_id"]) == ("dekanat", "services", "staff", "d-1")
    assert user["is_active"] and user["ruz_teacher_id"] == 0 and user["telegram_id"] == 0
    assert sso_svc.login("dekanat", "Очень длинный пароль", app="services")["entity_id"] == "d-1"

    again = ask("services", "staff", "d-1", "Деканат", None, None, 0, "inactive")
    assert again["user"] == {**user, "full_name": "Деканат", "is_active": False}

    assert ask("services", "executor", "x-1", "Петров Пётр")["user"]["role"] == "executor"
    teacher = ask("traffic", "teacher", "t-1", "Сидоров Сидор Сидорович", None, None, 17)["user"]
    assert (teacher["app"], teacher["role"], teacher["ruz_teacher_id"]) == ("traffic", "teacher", 17)


def test_refusals(ask):
    ask("services", "staff", "d-1", "Деканат", "dekanat")
    taken = ask("services", "staff", "d-2", "Другой", "dekanat")
    assert (taken["result"], taken["status"], taken["code"]) == ("rejected", 400, "username_taken")
    assert "Этот логин" in taken["detail"]

    weak = ask("services", "executor", "x-1", "Петров", "petrov", "12345678")
    assert (weak["result"], weak["status"], weak["faults"]) == ("rejected", 422, ["password"])

    ask("traffic", "teacher", "t-1", "Один Первый", None, None, 1)
    ask("traffic", "teacher", "t-2", "Два Второй", None, None, 2)
    both = ask("traffic", "teacher", "t-1", "Один Первый", None, None, 2)
    assert (both["result"], both["status"]) == ("rejected", 409)

    other = ask("traffic", "staff", "d-1", "Деканат")
    assert (other["result"], other["status"]) == ("rejected", 403)


def test_a_secret_that_is_not_taken(ask):
    answer = ask("services", "staff", "d-1", "Деканат", secret="0" * 64)
    assert answer["result"] == "unavailable"
    assert "status" not in answer


def test_deleting(ask, database):
    ask("services", "staff", "d/1", "Деканат")
    for _ in range(2):
        assert ask("services", "delete", "services", "d/1")["result"] == "ok"
    assert database.value("SELECT count(*) FROM users WHERE app = 'services'") == "0"
    assert ask("services", "delete", "traffic", "d/1")["result"] == "rejected"


def test_batches(ask):
    first = ask("traffic", "teachers", 300)
    assert first["result"] == "ok"
    kinds = [outcome["kind"] for outcome in first["outcomes"]]
    assert kinds == ["failed" if number % 100 == 99 else "created" for number in range(300)]
    assert first["outcomes"][99]["code"] == "required"
    assert first["outcomes"][7]["user"]["entity_id"] == "e-8"
    assert first["outcomes"][7]["user"]["ruz_teacher_id"] == 8
    second = ask("traffic", "teachers", 300)
    assert {outcome["kind"] for outcome in second["outcomes"]} == {"failed", "unchanged"}
    assert ask("traffic", "teachers", 0)["outcomes"] == []


@pytest.mark.skipif(poly_process.INSTRUMENTED, reason="a deadline of 30 s is not for sanitized programs")
def test_the_largest_batch(ask):
    answer = ask("traffic", "teachers", 5000)
    assert answer["result"] == "ok"
    assert len(answer["outcomes"]) == 5000


def test_lists(ask):
    ask("traffic", "teachers", 99)
    page = ask("traffic", "list", "traffic", "teacher", None, 2, 40)
    assert (page["result"], page["total"], len(page["users"])) == ("ok", 99, 40)
    assert page["users"][0]["full_name"] == "Иванов Иван Иванович"
    assert ask("traffic", "list", "traffic", "staff")["total"] == 0
    assert ask("traffic", "list", "traffic", None, "ИВАНОВ ив")["total"] == 99
    assert ask("traffic", "list", "traffic", None, "петров")["users"] == []
    assert ask("traffic", "list", "services")["result"] == "rejected"
    assert ask("traffic", "list", "traffic", None, None, 0)["status"] == 422


def test_those_of_entities(ask):
    ask("traffic", "teachers", 400)
    names = [f"e-{number}" for number in range(1, 400) if number % 100] + ["nobody"]
    found = ask("traffic", "entities", "traffic", *names)
    assert found["result"] == "ok"
    assert sorted(user["entity_id"] for user in found["users"]) == sorted(names[:-1])


def test_names_that_are_free(ask):
    ask("services", "staff", "d-1", "Деканат", "dekanat")
    assert ask("services", "check-username", "dekanat") == {"available": False, "result": "ok"}
    assert ask("services", "check-username", "dekanat2") == {"available": True, "result": "ok"}
    assert ask("services", "check-username", "no name")["status"] == 422


def test_telegram(ask, sso_svc):
    teacher = ask("traffic", "teacher", "t-1", "Сидоров Сидор", None, None, 17)["user"]
    assert ask("traffic", "by-telegram", TELEGRAM)["result"] == "not_found"
    assert ask("traffic", "token", TELEGRAM)["code"] == "telegram_not_linked"

    linked = ask("bot", "link", teacher["id"], TELEGRAM)["user"]
    assert linked == {**teacher, "telegram_id": TELEGRAM, "telegram_username": "poly_test"}
    assert ask("traffic", "by-telegram", TELEGRAM)["user"] == linked
    assert ask("traffic", "by-ruz-teacher", 17)["user"] == linked
    assert ask("traffic", "by-ruz-teacher", 18)["code"] == "user_not_found"

    token = ask("traffic", "token", TELEGRAM)
    assert (token["app"], token["role"], token["entity_id"]) == ("traffic", "teacher", "t-1")
    me = sso_svc.get("/api/auth/me", headers=sso.bearer(token["access_token"])).json
    assert (me["auth_source"], me["telegram_id"]) == ("telegram", TELEGRAM)

    ask("traffic", "teacher", "t-2", "Второй Учитель", None, None, 18)
    taken = ask("traffic", "link-teacher", None, 18, TELEGRAM)
    assert (taken["status"], taken["code"]) == (400, "telegram_linked_to_other")
    assert ask("traffic", "link-teacher", "t-2", 0, TELEGRAM + 1)["user"]["telegram_id"] == TELEGRAM + 1

    assert ask("traffic", "unlink", teacher["id"])["user"]["telegram_id"] == 0
    assert ask("traffic", "unlink", "no-uuid")["result"] == "not_found"

    ask("traffic", "teacher", "t-2", "Второй Учитель", None, None, 18, "inactive")
    disabled = ask("traffic", "token", TELEGRAM + 1)
    assert (disabled["result"], disabled["status"], disabled["code"]) == ("rejected", 403, "user_disabled")


def test_without_it(ask, sso_svc):
    sso_svc.stop()
    assert ask("services", "staff", "d-1", "Деканат")["result"] == "unavailable"


def test_without_its_database(ask, postgres):
    postgres.crash()
    assert ask("services", "staff", "d-1", "Деканат")["result"] == "unavailable"
