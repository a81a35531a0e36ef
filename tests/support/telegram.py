# SPDX-License-Identifier: MIT
"""What Telegram signs for a mini-app, by Python's own hmac."""

import hashlib
import hmac
import json
import secrets
import time
import urllib.parse

BOT_TOKEN = f"7000000001:{secrets.token_urlsafe(26)}"


def signature(fields, bot_token=BOT_TOKEN):
    text = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    key = hmac.new(b"WebAppData", bot_token.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def fields_of(telegram_id, age=0, **members):
    user = {"id": telegram_id, "first_name": "Анна", "last_name": "", "language_code": "ru"}
    return {
        "query_id": "AAHdF6IQAAAAAN0XohDhrOrc",
        "user": json.dumps(user, ensure_ascii=False, separators=(",", ":")),
        "auth_date": str(int(time.time()) - age),
        **members,
    }


def form(fields):
    return urllib.parse.urlencode(fields, quote_via=urllib.parse.quote)


def init_data(telegram_id, age=0, bot_token=BOT_TOKEN, **members):
    """The mini-app's initData of this account, signed so many seconds ago."""
    fields = fields_of(telegram_id, age, **members)
    return form({**fields, "hash": signature(fields, bot_token)})
