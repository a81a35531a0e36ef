/* SPDX-License-Identifier: MIT */
#include "token/claims.h"

#include <stdlib.h>
#include <string.h>

/* The end of the year 9999: what can be written as a date. */
#define LAST_TIME INT64_C(253402300799)
/* Telegram's ids have 52 bits at most. */
#define LAST_COUNT ((INT64_C(1) << 53) - 1)

enum { LONGEST_ID = 128 };

/* --- names --- */

static const char *const apps[] = {"sso", "services", "traffic"};
static const char *const roles[] = {"admin", "staff", "executor", "teacher"};
static const char *const auth_sources[] = {"sso", "telegram"};
static const char *const student_session[] = {"student_session"};

static bool find_choice(const char *const *choices, size_t count, const char *name, unsigned *out)
{
    for (unsigned i = 0; name && i < count; i++) {
        if (strcmp(name, choices[i]) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

const char *poly_app_name(poly_app app)
{
    return apps[app];
}

const char *poly_role_name(poly_role role)
{
    return roles[role];
}

const char *poly_auth_source_name(poly_auth_source source)
{
    return auth_sources[source];
}

bool poly_app_parse(const char *name, poly_app *out)
{
    unsigned found;

    if (!find_choice(apps, POLY_LENGTH(apps), name, &found))
        return false;
    *out = (poly_app)found;
    return true;
}

bool poly_role_parse(const char *name, poly_role *out)
{
    unsigned found;

    if (!find_choice(roles, POLY_LENGTH(roles), name, &found))
        return false;
    *out = (poly_role)found;
    return true;
}

bool poly_auth_source_parse(const char *name, poly_auth_source *out)
{
    unsigned found;

    if (!find_choice(auth_sources, POLY_LENGTH(auth_sources), name, &found))
        return false;
    *out = (poly_auth_source)found;
    return true;
}

/* --- shapes --- */

#define CLAIM(claim_name, claim_type, token, member)                                  \
    {                                                                                 \
        .name = (claim_name), .type = (claim_type), .offset = offsetof(token, member) \
    }
#define CHOICE(claim_name, token, member, list)                                                                 \
    {                                                                                                           \
        .name = (claim_name), .type = TOKEN_CLAIM_CHOICE, .offset = offsetof(token, member), .choices = (list), \
        .choice_count = POLY_LENGTH(list)                                                                       \
    }
#define END          \
    {                \
        .name = NULL \
    }

static const token_claim student_claims[] = {
    CLAIM("sub", TOKEN_CLAIM_ID, poly_student_token, student_id),
    CLAIM("email", TOKEN_CLAIM_TEXT, poly_student_token, email),
    CLAIM("name", TOKEN_CLAIM_TEXT, poly_student_token, name),
    CLAIM("study_group_str", TOKEN_CLAIM_TEXT, poly_student_token, study_group),
    CLAIM("grade_book_number", TOKEN_CLAIM_TEXT, poly_student_token, grade_book_number),
    CLAIM("faculty_abbr", TOKEN_CLAIM_TEXT, poly_student_token, faculty_abbr),
    END,
};

static const token_claim launch_claims[] = {
    CLAIM("student_id", TOKEN_CLAIM_ID, poly_launch_token, student_id),
    CLAIM("student_name", TOKEN_CLAIM_TEXT, poly_launch_token, student_name),
    CLAIM("student_email", TOKEN_CLAIM_TEXT, poly_launch_token, student_email),
    END,
};

static const token_claim student_session_claims[] = {
    CLAIM("student_id", TOKEN_CLAIM_ID, poly_student_session_token, student_id),
    CLAIM("student_name", TOKEN_CLAIM_TEXT, poly_student_session_token, student_name),
    CLAIM("student_email", TOKEN_CLAIM_TEXT, poly_student_session_token, student_email),
    {.name = "token_type", .type = TOKEN_CLAIM_FIXED, .choices = student_session, .choice_count = 1},
    END,
};

static const token_claim access_claims[] = {
    CLAIM("sub", TOKEN_CLAIM_ID, poly_access_token, user_id),
    CLAIM("username", TOKEN_CLAIM_ID, poly_access_token, username),
    CLAIM("full_name", TOKEN_CLAIM_TEXT, poly_access_token, full_name),
    CHOICE("app", poly_access_token, app, apps),
    CHOICE("role", poly_access_token, role, roles),
    CLAIM("entity_id", TOKEN_CLAIM_OPTIONAL_TEXT, poly_access_token, entity_id),
    CHOICE("auth_source", poly_access_token, auth_source, auth_sources),
    CLAIM("telegram_id", TOKEN_CLAIM_COUNT, poly_access_token, telegram_id),
    END,
};

static bool has_audience(const poly_token_base *base, const char *name)
{
    for (const char *const *audience = base->audience; *audience; audience++) {
        if (strcmp(*audience, name) == 0)
            return true;
    }
    return false;
}

static bool access_agrees(const void *token)
{
    const poly_access_token *access = token;

    return has_audience(&access->base, apps[access->app]) &&
           (access->auth_source == POLY_AUTH_TELEGRAM) == (access->telegram_id > 0);
}

const token_shape *token_shape_of(poly_token_kind kind)
{
    static const token_shape shapes[] = {
        [POLY_TOKEN_STUDENT] = {"JWT", sizeof(poly_student_token), student_claims, NULL},
        [POLY_TOKEN_LAUNCH] = {"JWT", sizeof(poly_launch_token), launch_claims, NULL},
        [POLY_TOKEN_STUDENT_SESSION] = {"JWT", sizeof(poly_student_session_token), student_session_claims, NULL},
        [POLY_TOKEN_ACCESS] = {"at+jwt", sizeof(poly_access_token), access_claims, access_agrees},
    };

    return &shapes[kind];
}

/* --- reading --- */

static void *member(void *token, const token_claim *claim)
{
    return (char *)token + claim->offset;
}

static const void *const_member(const void *token, const token_claim *claim)
{
    return (const char *)token + claim->offset;
}

static bool read_text(const poly_json *value, bool required, poly_arena *arena, const char **out)
{
    const char *text = poly_json_text(value, NULL);

    if (!text || (required && !text[0]))
        return false;
    *out = poly_arena_strdup(arena, text);
    return true;
}

static bool read_claim(const token_claim *claim, const poly_json *value, poly_arena *arena, void *token)
{
    const char *text = poly_json_text(value, NULL);

    switch (claim->type) {
    case TOKEN_CLAIM_ID:
        return read_text(value, true, arena, member(token, claim));
    case TOKEN_CLAIM_TEXT:
        return read_text(value, false, arena, member(token, claim));
    case TOKEN_CLAIM_OPTIONAL_TEXT:
        return !value || read_text(value, true, arena, member(token, claim));
    case TOKEN_CLAIM_CHOICE:
        return find_choice(claim->choices, claim->choice_count, text, member(token, claim));
    case TOKEN_CLAIM_COUNT:
        return !value || poly_json_int(value, 1, LAST_COUNT, member(token, claim));
    case TOKEN_CLAIM_FIXED:
        return text && strcmp(text, claim->choices[0]) == 0;
    }
    abort();
}

/* A text, or an array of one and more (RFC 7519 section 4.1.3). */
static bool read_audience(const poly_json *value, poly_arena *arena, poly_token_base *base)
{
    size_t count = 0;

    if (poly_json_type_of(value) != POLY_JSON_ARRAY)
        return read_text(value, true, arena, &base->audience[0]);
    for (const poly_json *item = poly_json_first(value); item; item = poly_json_next(item)) {
        if (count == POLY_TOKEN_MAX_AUDIENCES || !read_text(item, true, arena, &base->audience[count++]))
            return false;
    }
    return count > 0;
}

static bool read_time(const poly_json *value, int64_t *out)
{
    return poly_json_int(value, 0, LAST_TIME, out);
}

static bool read_base(const poly_json *payload, poly_arena *arena, poly_token_base *base)
{
    return read_text(poly_json_get(payload, "iss"), true, arena, &base->issuer) &&
           read_audience(poly_json_get(payload, "aud"), arena, base) &&
           read_text(poly_json_get(payload, "jti"), true, arena, &base->id) && strlen(base->id) <= LONGEST_ID &&
           read_time(poly_json_get(payload, "iat"), &base->issued_at) &&
           read_time(poly_json_get(payload, "exp"), &base->expires_at) && base->issued_at < base->expires_at;
}

bool token_claims_read(const token_shape *shape, const poly_json *payload, poly_arena *arena, void *out)
{
    memset(out, 0, shape->size);
    if (!read_base(payload, arena, out))
        return false;
    for (const token_claim *claim = shape->claims; claim->name; claim++) {
        if (!read_claim(claim, poly_json_get(payload, claim->name), arena, out))
            return false;
    }
    return !shape->agrees || shape->agrees(out);
}

bool token_claims_not_before(const poly_json *payload, int64_t *out)
{
    const poly_json *value = poly_json_get(payload, "nbf");

    *out = 0;
    return !value || read_time(value, out);
}

/* --- writing --- */

static bool write_text(poly_json_writer *writer, const char *name, const char *text, bool required)
{
    if (!text || (required && !text[0]))
        return false;
    poly_json_put_text(writer, name, text);
    return true;
}

static const char *text_of(const void *token, const token_claim *claim)
{
    return *(const char *const *)const_member(token, claim);
}

static bool write_choice(poly_json_writer *writer, const token_claim *claim, const void *token)
{
    unsigned choice;

    memcpy(&choice, const_member(token, claim), sizeof(choice));
    if (choice >= claim->choice_count)
        return false;
    poly_json_put_text(writer, claim->name, claim->choices[choice]);
    return true;
}

static bool write_count(poly_json_writer *writer, const token_claim *claim, const void *token)
{
    int64_t count;

    memcpy(&count, const_member(token, claim), sizeof(count));
    if (count != 0)
        poly_json_put_int(writer, claim->name, count);
    return count >= 0 && count <= LAST_COUNT;
}

static bool write_claim(poly_json_writer *writer, const token_claim *claim, const void *token)
{
    switch (claim->type) {
    case TOKEN_CLAIM_ID:
        return write_text(writer, claim->name, text_of(token, claim), true);
    case TOKEN_CLAIM_TEXT:
        return write_text(writer, claim->name, text_of(token, claim), false);
    case TOKEN_CLAIM_OPTIONAL_TEXT:
        return !text_of(token, claim) || write_text(writer, claim->name, text_of(token, claim), true);
    case TOKEN_CLAIM_CHOICE:
        return write_choice(writer, claim, token);
    case TOKEN_CLAIM_COUNT:
        return write_count(writer, claim, token);
    case TOKEN_CLAIM_FIXED:
        return write_text(writer, claim->name, claim->choices[0], true);
    }
    abort();
}

static bool write_audience(poly_json_writer *writer, const poly_token_base *base)
{
    bool fine = base->audience[0] != NULL;

    if (fine && !base->audience[1])
        return write_text(writer, "aud", base->audience[0], true);
    poly_json_begin_array(writer, "aud");
    for (size_t i = 0; i < POLY_TOKEN_MAX_AUDIENCES && base->audience[i]; i++)
        fine = write_text(writer, NULL, base->audience[i], true) && fine;
    poly_json_end_array(writer);
    return fine && !base->audience[POLY_TOKEN_MAX_AUDIENCES];
}

static bool write_base(poly_json_writer *writer, const poly_token_base *base)
{
    if (!write_text(writer, "iss", base->issuer, true) || !write_audience(writer, base) ||
        !write_text(writer, "jti", base->id, true))
        return false;
    poly_json_put_int(writer, "iat", base->issued_at);
    poly_json_put_int(writer, "exp", base->expires_at);
    return base->issued_at >= 0 && base->issued_at < base->expires_at && base->expires_at <= LAST_TIME;
}

bool token_claims_write(const token_shape *shape, const void *token, poly_strbuf *out)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    if (!write_base(&writer, token) || (shape->agrees && !shape->agrees(token)))
        return false;
    for (const token_claim *claim = shape->claims; claim->name; claim++) {
        if (!write_claim(&writer, claim, token))
            return false;
    }
    poly_json_end_object(&writer);
    return true;
}
