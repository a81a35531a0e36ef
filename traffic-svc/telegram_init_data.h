/* SPDX-License-Identifier: MIT */
/*
 * What a Telegram mini-app says of its user: "initData", signed by Telegram with the bot's token
 * (https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app).
 */
#ifndef TRAFFIC_TELEGRAM_INIT_DATA_H
#define TRAFFIC_TELEGRAM_INIT_DATA_H

#include "poly/arena.h"

#define TELEGRAM_INIT_DATA_MAX 8192
#define TELEGRAM_FIELDS_MAX    32
/* How far Telegram's clock may be ahead of ours. */
#define TELEGRAM_SKEW_SECONDS 30

typedef enum telegram_verdict {
    TELEGRAM_GENUINE,
    TELEGRAM_MALFORMED, /* not a form, a field twice or missing, a value that cannot be */
    TELEGRAM_FORGED,    /* not signed with this bot's token */
    TELEGRAM_EXPIRED,
    TELEGRAM_FROM_FUTURE,
} telegram_verdict;

const char *telegram_verdict_name(telegram_verdict verdict); /* static, for the log */

typedef struct telegram_rules {
    const char *bot_token;
    int64_t now; /* s since 1970 */
    int64_t max_age_seconds;
} telegram_rules;

typedef struct telegram_account {
    int64_t id;
    const char *username; /* NULL: has none */
    int64_t auth_date;    /* s since 1970: when Telegram signed it */
} telegram_account;

/* `account` is filled in, in the arena, when the data are genuine and of now. */
telegram_verdict telegram_check(poly_slice init_data, const telegram_rules *rules, poly_arena *arena,
                                telegram_account *account) POLY_MUST_CHECK;

/* --- its steps --- */

typedef struct telegram_field {
    const char *name;
    const char *value; /* decoded: UTF-8 without control characters */
} telegram_field;

typedef struct telegram_fields {
    telegram_field items[TELEGRAM_FIELDS_MAX]; /* by name, each once; without "hash" */
    size_t count;
    const char *hash; /* 64 lower-case hex digits */
} telegram_fields;

bool telegram_fields_read(poly_slice init_data, poly_arena *arena, telegram_fields *fields) POLY_MUST_CHECK;
bool telegram_fields_are_signed(const telegram_fields *fields, const char *bot_token, poly_arena *arena);
bool telegram_account_read(const telegram_fields *fields, poly_arena *arena, telegram_account *account) POLY_MUST_CHECK;

#endif
