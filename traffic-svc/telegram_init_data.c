/* SPDX-License-Identifier: MIT */
#include "telegram_init_data.h"

#include <stdlib.h>
#include <string.h>

#include "poly/crypto.h"
#include "poly/json.h"
#include "poly/random.h"
#include "poly/strbuf.h"
#include "poly/text.h"

#define ID_MAX        ((INT64_C(1) << 53) - 1)
#define HASH_SIZE     (2 * POLY_SHA256_SIZE)
#define NAME_MAX_SIZE 64
#define DATE_DIGITS   11 /* until the year 5138 */

const char *telegram_verdict_name(telegram_verdict verdict)
{
    static const char *const names[] = {"genuine", "malformed", "forged", "expired", "from_future"};

    return names[verdict];
}

/* --- the form: name=value&name=value, percent-encoded --- */

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

static bool decode_one(poly_slice text, size_t *at, char *out)
{
    int high, low;

    *out = text.data[(*at)++];
    if (*out == '+')
        *out = ' ';
    if (*out != '%')
        return true;
    if (text.size - *at < 2)
        return false;
    high = hex_digit(text.data[*at]);
    low = hex_digit(text.data[*at + 1]);
    *at += 2;
    if (high < 0 || low < 0)
        return false;
    *out = (char)(high << 4 | low);
    return true;
}

/* NULL for what is not UTF-8 or has a control character: a line's end would make two fields of one when it is checked.
 */
static const char *decode(poly_slice text, poly_arena *arena)
{
    char *out = poly_arena_alloc(arena, text.size + 1);
    size_t size = 0;

    for (size_t at = 0; at < text.size; size++)
        if (!decode_one(text, &at, &out[size]) || (unsigned char)out[size] < ' ' || out[size] == 0x7f)
            return NULL;
    out[size] = '\0';
    return poly_text_is_utf8(out, size) ? out : NULL;
}

static bool is_name(const char *name)
{
    size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    return size > 0 && size <= NAME_MAX_SIZE && name[size] == '\0';
}

static bool is_hash(const char *value)
{
    return strlen(value) == HASH_SIZE && strspn(value, "0123456789abcdef") == HASH_SIZE;
}

static bool take_field(telegram_fields *fields, poly_slice pair, poly_arena *arena)
{
    const char *equals = memchr(pair.data, '=', pair.size);
    size_t name_size = equals ? (size_t)(equals - pair.data) : 0;
    telegram_field field;

    if (!equals)
        return false;
    field.name = decode((poly_slice){pair.data, name_size}, arena);
    field.value = decode((poly_slice){equals + 1, pair.size - name_size - 1}, arena);
    if (!field.name || !field.value || !is_name(field.name))
        return false;
    if (strcmp(field.name, "hash") == 0) {
        if (fields->hash || !is_hash(field.value))
            return false;
        fields->hash = field.value;
        return true;
    }
    if (fields->count == TELEGRAM_FIELDS_MAX)
        return false;
    fields->items[fields->count++] = field;
    return true;
}

static int compare_fields(const void *left, const void *right)
{
    return strcmp(((const telegram_field *)left)->name, ((const telegram_field *)right)->name);
}

bool telegram_fields_read(poly_slice init_data, poly_arena *arena, telegram_fields *fields)
{
    *fields = (telegram_fields){.count = 0};
    if (init_data.size == 0 || init_data.size > TELEGRAM_INIT_DATA_MAX)
        return false;
    for (size_t at = 0; at <= init_data.size;) {
        const char *begin = init_data.data + at;
        const char *end = memchr(begin, '&', init_data.size - at);
        size_t size = end ? (size_t)(end - begin) : init_data.size - at;

        if (!take_field(fields, (poly_slice){begin, size}, arena))
            return false;
        at += size + 1;
    }
    qsort(fields->items, fields->count, sizeof(fields->items[0]), compare_fields);
    for (size_t i = 1; i < fields->count; i++)
        if (strcmp(fields->items[i - 1].name, fields->items[i].name) == 0)
            return false;
    return fields->hash && fields->count > 0;
}

/* --- the signature --- */

bool telegram_fields_are_signed(const telegram_fields *fields, const char *bot_token, poly_arena *arena)
{
    static const char key_name[] = "WebAppData";
    uint8_t key[POLY_SHA256_SIZE], made[POLY_SHA256_SIZE];
    char *hash = poly_arena_alloc(arena, HASH_SIZE + 1);
    poly_strbuf text;

    poly_strbuf_init(&text, 2 * TELEGRAM_INIT_DATA_MAX);
    for (size_t i = 0; i < fields->count; i++)
        poly_strbuf_printf(&text, "%s%s=%s", i ? "\n" : "", fields->items[i].name, fields->items[i].value);
    poly_hmac_sha256(key_name, sizeof(key_name) - 1, bot_token, strlen(bot_token), key);
    poly_hmac_sha256(key, sizeof(key), poly_strbuf_text(&text), text.size, made);
    poly_hex_encode(made, sizeof(made), hash);
    poly_wipe(key, sizeof(key));
    poly_strbuf_release(&text);
    return poly_secret_equal(hash, HASH_SIZE, fields->hash, HASH_SIZE);
}

/* --- the account --- */

static const char *value_of(const telegram_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (strcmp(fields->items[i].name, name) == 0)
            return fields->items[i].value;
    return NULL;
}

static bool read_date(const char *text, int64_t *date)
{
    size_t digits = text ? strspn(text, "0123456789") : 0;

    if (digits == 0 || digits > DATE_DIGITS || text[digits] != '\0')
        return false;
    *date = strtoll(text, NULL, 10);
    return true;
}

static bool read_user(const char *text, poly_arena *arena, telegram_account *account)
{
    const poly_json_limits limits = {.max_size = TELEGRAM_INIT_DATA_MAX, .max_depth = 8};
    poly_json *document;
    const char *username;
    bool valid;

    if (!text || poly_json_parse(text, strlen(text), &limits, &document, NULL) != POLY_OK)
        return false;
    valid = poly_json_int(poly_json_get(document, "id"), 1, ID_MAX, &account->id);
    username = poly_json_text(poly_json_get(document, "username"), NULL);
    account->username = username && *username ? poly_arena_strdup(arena, username) : NULL;
    poly_json_destroy(&document);
    return valid;
}

bool telegram_account_read(const telegram_fields *fields, poly_arena *arena, telegram_account *account)
{
    *account = (telegram_account){.id = 0};
    return read_date(value_of(fields, "auth_date"), &account->auth_date) &&
           read_user(value_of(fields, "user"), arena, account);
}

/* --- all of it --- */

telegram_verdict telegram_check(poly_slice init_data, const telegram_rules *rules, poly_arena *arena,
                                telegram_account *account)
{
    telegram_fields fields;

    if (!telegram_fields_read(init_data, arena, &fields))
        return TELEGRAM_MALFORMED;
    if (!telegram_fields_are_signed(&fields, rules->bot_token, arena))
        return TELEGRAM_FORGED;
    if (!telegram_account_read(&fields, arena, account))
        return TELEGRAM_MALFORMED;
    if (account->auth_date > rules->now + TELEGRAM_SKEW_SECONDS)
        return TELEGRAM_FROM_FUTURE;
    if (rules->now - account->auth_date > rules->max_age_seconds)
        return TELEGRAM_EXPIRED;
    return TELEGRAM_GENUINE;
}
