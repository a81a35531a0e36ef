/* SPDX-License-Identifier: MIT */
/* What is said to come from a Telegram mini-app; read past the signature too, which no fuzzer guesses. */
#include "traffic-svc/telegram_init_data.h"

#include "poly/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_text(const char *text)
{
    require(poly_text_is_utf8(text, strlen(text)));
    for (; *text; text++)
        require((unsigned char)*text >= ' ');
}

static void check_fields(const telegram_fields *fields)
{
    require(fields->count > 0 && fields->count <= TELEGRAM_FIELDS_MAX && strlen(fields->hash) == 64);
    for (size_t i = 0; i < fields->count; i++) {
        check_text(fields->items[i].value);
        require(!strpbrk(fields->items[i].name, "=\n&") && strcmp(fields->items[i].name, "hash") != 0);
        require(i == 0 || strcmp(fields->items[i - 1].name, fields->items[i].name) < 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const telegram_rules rules = {.bot_token = "1:token", .now = 1800000000, .max_age_seconds = 300};
    const poly_slice text = {(const char *)data, size};
    poly_arena *arena = poly_arena_create(0);
    telegram_fields fields;
    telegram_account account;

    if (telegram_fields_read(text, arena, &fields)) {
        check_fields(&fields);
        if (telegram_account_read(&fields, arena, &account))
            require(account.id > 0 && account.auth_date >= 0);
    }
    if (telegram_check(text, &rules, arena, &account) == TELEGRAM_GENUINE)
        require(account.auth_date >= rules.now - 300);
    poly_arena_destroy(&arena);
    return 0;
}
