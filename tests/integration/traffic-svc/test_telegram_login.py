# SPDX-License-Identifier: MIT
"""POST /api/auth/telegram-login, and how long its tokens count."""

import itertools
import uuid

import pytest

import sso
import telegram
from poly_process import wait_until

LOGIN = ("POST", "/api/auth/telegram-login")
SETTINGS = {"TELEGRAM_BOT_TOKEN": telegram.BOT_TOKEN, "TELEGRAM_BOT_USERNAME": "polytech_traffic_bot"}

numbers = itertools.count(6_000_000_000)


def log_in(place, data, **options):
    return place.traffic.request(*LOGIN, json_body={"init_data": data}, **options)


def link(place, teacher, telegram_id):
    body = {"entity_id": teacher["id"], "telegram_id": telegram_id}
    answer = place.sso.as_service("bot", "POST", "/api/provision/traffic/teacher-link-telegram", json_body=body)
    assert answer.status == 200, answer


@pytest.fixture
def linked(place):
    """(teacher, Telegram id)."""
    teacher, telegram_id = place.teacher("Телегин Пётр Ильич"), next(numbers)
    link(place, teacher, telegram_id)
    return teacher, telegram_id


def logged_in(place, telegram_id):
    answer = log_in(place, telegram.init_data(telegram_id))
    assert answer.status == 200, answer
    return answer.json


def ask(place, token):
    return place.traffic.as_user(token, "GET", "/api/sessions/")


def test_a_linked_teacher_gets_a_token(place, linked):
    teacher, telegram_id = linked
    login = logged_in(place, telegram_id)
    token = login.pop("access_token")
    assert login == {"app": "traffic", "role": "teacher", "full_name": teacher["full_name"], "entity_id": teacher["id"]}
    assert ask(place, token).status == 200
    claims = place.sso.request("GET", "/api/auth/me", headers=sso.bearer(token)).json
    assert (claims["auth_source"], claims["telegram_id"]) == ("telegram", telegram_id)


def test_the_same_data_serve_again_while_they_are_young(place, linked):
    data = telegram.init_data(linked[1])
    assert log_in(place, data).status == log_in(place, data).status == 200


@pytest.mark.parametrize("age, status", [(290, 200), (310, 401), (-20, 200), (-60, 401), (86400, 401)])
def test_age_is_bounded(place, linked, age, status):
    assert log_in(place, telegram.init_data(linked[1], age=age)).status == status


def test_old_data_are_called_old(place, linked, problem_of):
    problem_of(log_in(place, telegram.init_data(linked[1], age=310)), 401, "telegram_data_expired")


def tampered(telegram_id):
    genuine = telegram.init_data(telegram_id)
    fields = telegram.fields_of(telegram_id)
    other = telegram.fields_of(telegram_id + 1)
    return {
        "another bot": telegram.init_data(telegram_id, bot_token="1:other"),
        "another user": telegram.form({**other, "hash": telegram.signature(fields)}),
        "another field": genuine + "&start_param=x",
        "no hash": telegram.form(fields),
        "empty hash": telegram.form({**fields, "hash": ""}),
        "two hashes": genuine + "&hash=" + "0" * 64,
        "no user": telegram.init_data(telegram_id, user=""),
        "a user without an id": telegram.init_data(telegram_id, user='{"first_name":"x"}'),
        "an id as text": telegram.init_data(telegram_id, user=f'{{"id":"{telegram_id}"}}'),
        "no date": telegram.init_data(telegram_id, auth_date=""),
        "nonsense": "%%%",
    }


@pytest.mark.parametrize("what", tampered(1))
def test_what_telegram_has_not_signed_so_is_refused(place, linked, problem_of, what):
    answer = log_in(place, tampered(linked[1])[what])
    problem_of(answer, 401, "telegram_data_invalid")
    assert answer.header("www-authenticate")


@pytest.mark.parametrize("body", [{}, {"init_data": None}, {"init_data": ""}, {"init_data": 5}, {"init_data": "x" * 8193}, []])
def test_a_body_without_data_is_refused(place, problem_of, body):
    problem_of(place.traffic.request(*LOGIN, json_body=body), 422, "validation_failed")


def test_an_account_that_is_linked_to_nobody_is_refused(place, problem_of):
    problem_of(log_in(place, telegram.init_data(next(numbers))), 401, "telegram_not_linked")


def test_a_disabled_teacher_is_refused(place, linked, problem_of):
    teacher, telegram_id = linked
    user = place.sso.database.value(f"SELECT id FROM users WHERE entity_id = '{teacher['id']}'")
    place.sso.as_admin("PATCH", f"/api/users/{user}", json_body={"is_active": False})
    problem_of(log_in(place, telegram.init_data(telegram_id)), 403, "user_disabled")


def test_an_administrator_is_no_teacher(place, problem_of):
    place.admin()
    user = place.sso.database.value("SELECT id FROM users WHERE app = 'traffic' AND role = 'admin' LIMIT 1")
    telegram_id = next(numbers)
    body = {"telegram_id": telegram_id}
    assert place.sso.as_admin("POST", f"/api/users/{user}/telegram-link", json_body=body).status == 200
    problem_of(log_in(place, telegram.init_data(telegram_id)), 403, "not_a_teacher")
    place.sso.as_admin("DELETE", f"/api/users/{user}/telegram-link")


def test_a_user_without_a_teacher_here_is_refused(place, problem_of):
    entity, telegram_id = str(uuid.uuid4()), next(numbers)
    place.sso.provisioned("teacher", entity)
    link(place, {"id": entity}, telegram_id)
    problem_of(log_in(place, telegram.init_data(telegram_id)), 403, "not_a_teacher")


def test_a_deactivated_teacher_is_refused(place, linked, problem_of):
    teacher, telegram_id = linked
    place.traffic.database.run(f"UPDATE teachers SET is_active = false WHERE id = '{teacher['id']}'")
    problem_of(log_in(place, telegram.init_data(telegram_id)), 403, "not_a_teacher")


# --- how long a token counts ---


def age_the_link(place):
    """A minute passes: a fresh process remembers no link."""
    place.traffic.restart()


def test_unlinking_ends_the_token_within_a_minute(place, linked, problem_of):
    teacher, telegram_id = linked
    token = logged_in(place, telegram_id)["access_token"]
    assert ask(place, token).status == 200
    assert place.as_admin("DELETE", f"/api/teachers/{teacher['id']}/telegram-link").status == 200
    age_the_link(place)
    problem_of(ask(place, token), 401, "unauthenticated")
    link(place, teacher, telegram_id)
    assert ask(place, token).status == 200


def test_an_account_of_another_teacher_by_now_ends_the_token(place, linked, problem_of):
    teacher, telegram_id = linked
    token = logged_in(place, telegram_id)["access_token"]
    place.as_admin("DELETE", f"/api/teachers/{teacher['id']}/telegram-link")
    link(place, place.teacher("Другой Иван Ильич"), telegram_id)
    problem_of(ask(place, token), 401, "unauthenticated")


def test_the_link_is_asked_for_once_a_minute(place, linked):
    token = logged_in(place, linked[1])["access_token"]
    before = place.sso.metric("poly_http_requests_total")
    for _ in range(20):
        assert ask(place, token).status == 200
    asked = place.sso.metric("poly_http_requests_total") - before
    assert asked <= 3, asked


def test_without_sso_what_was_asked_a_moment_ago_still_counts(place, linked, problem_of):
    teacher, telegram_id = linked
    token = logged_in(place, telegram_id)["access_token"]
    assert ask(place, token).status == 200
    place.sso.stop()
    try:
        assert ask(place, token).status == 200
        problem_of(log_in(place, telegram.init_data(telegram_id)), 503, "upstream_unavailable")
    finally:
        place.sso.start()
    # Behind a circuit breaker, that is not at once.
    wait_until(lambda: log_in(place, telegram.init_data(telegram_id)).status == 200, 30, "traffic-svc to ask sso-svc again")


def test_no_secret_of_it_is_logged(place, linked):
    data = telegram.init_data(linked[1])
    answer = log_in(place, data)
    assert answer.status == 200, answer
    token = answer.json["access_token"]
    log = "\n".join(place.traffic.raw_log())
    assert telegram.BOT_TOKEN not in log and token not in log and data[-64:] not in log
