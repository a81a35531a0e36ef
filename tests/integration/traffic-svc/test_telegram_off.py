# SPDX-License-Identifier: MIT
"""A traffic-svc without a Telegram bot."""

import telegram


def test_nobody_logs_in_by_telegram(place, problem_of):
    for token in (telegram.BOT_TOKEN, ""):
        body = {"init_data": telegram.init_data(5, bot_token=token)}
        answer = place.traffic.request("POST", "/api/auth/telegram-login", json_body=body)
        problem_of(answer, 401, "telegram_data_invalid")


def test_there_is_no_link_to_the_bot(place, problem_of):
    teacher = place.teacher()
    answer = place.as_admin("GET", f"/api/teachers/{teacher['id']}/telegram-register-link")
    problem_of(answer, 409, "telegram_not_configured")
