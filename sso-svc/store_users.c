/* SPDX-License-Identifier: MIT */
/* Users read one at a time. */
#include "store_rows.h"

#include <assert.h>

sso_user user_of_row(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena)
{
    sso_user user = {
        .id = poly_pg_get_text(rows, row, column),
        .username = poly_pg_get_text(rows, row, column + 1),
        .full_name = poly_pg_get_text(rows, row, column + 2),
        .entity_id = poly_pg_get_text(rows, row, column + 5),
        .ruz_teacher_id = poly_pg_get_int(rows, row, column + 6),
        .telegram_id = poly_pg_get_int(rows, row, column + 7),
        .telegram_username = poly_pg_get_text(rows, row, column + 8),
        .is_active = poly_pg_get_bool(rows, row, column + 9),
        .created_at = poly_pg_get_rfc3339(rows, row, column + 10, arena),
    };
    bool known = poly_app_parse(poly_pg_get_text(rows, row, column + 3), &user.app) &&
                 poly_role_parse(poly_pg_get_text(rows, row, column + 4), &user.role);

    assert(known); /* the schema allows no other */
    (void)known;
    return user;
}

poly_result take_user(poly_result result, const poly_pg_rows *rows, poly_arena *arena, sso_user *out)
{
    if (result != POLY_OK)
        return result;
    if (rows->count == 0)
        return POLY_NOT_FOUND;
    *out = user_of_row(rows, 0, 0, arena);
    return POLY_OK;
}

poly_result take_affected(poly_result result, const poly_pg_rows *rows)
{
    return result == POLY_OK && rows->affected == 0 ? POLY_NOT_FOUND : result;
}

#define CREDENTIALS_OF_U \
    USER_COLUMNS("u")    \
    ", u.password_hash, " USER_STANDING("u") ", greatest(ceil(extract(epoch FROM u.tokens_valid_from)), 0)::bigint"

static poly_result take_credentials(poly_result result, const poly_pg_rows *rows, poly_arena *arena,
                                    user_credentials *out)
{
    result = take_user(result, rows, arena, &out->user);
    if (result == POLY_OK) {
        out->password_hash = poly_pg_get_text(rows, 0, USER_COLUMN_COUNT);
        out->standing = poly_pg_get_text(rows, 0, USER_COLUMN_COUNT + 1);
        out->tokens_valid_from = poly_pg_get_int(rows, 0, USER_COLUMN_COUNT + 2);
    }
    return result;
}

static const poly_statement user_by_username = {
    .name = "user_by_username",
    .sql = "SELECT " CREDENTIALS_OF_U " FROM users u WHERE u.username = $1",
    .use = POLY_PG_READ,
    .types = {POLY_PG_TEXT},
};

poly_result store_user_by_username(poly_pg *pg, poly_arena *arena, const char *username, user_credentials *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &user_by_username, POLY_PG_VALUES(poly_pg_text(username)), arena, &rows);

    return take_credentials(result, &rows, arena, out);
}

static const poly_statement user_by_id = {
    .name = "user_by_id",
    .sql = "SELECT " USER_COLUMNS("u") " FROM users u WHERE u.id = $1",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_user_by_id(poly_pg *pg, poly_arena *arena, const char *id, sso_user *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &user_by_id, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return take_user(result, &rows, arena, out);
}

static const poly_statement user_by_entity = {
    .name = "user_by_entity",
    .sql = "SELECT " CREDENTIALS_OF_U " FROM users u WHERE u.app = $1"
           " AND (u.entity_id = $2 OR u.ruz_teacher_id = $3)"
           " ORDER BY u.entity_id IS DISTINCT FROM $2 LIMIT 1",
    .use = POLY_PG_READ,
    .types = {POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_INT},
};

poly_result store_user_by_entity(poly_pg *pg, poly_arena *arena, poly_app app, const char *entity_id,
                                 int64_t ruz_teacher_id, user_credentials *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(
        pg, &user_by_entity,
        POLY_PG_VALUES(poly_pg_text(poly_app_name(app)), poly_pg_text(entity_id), poly_pg_int(ruz_teacher_id)), arena,
        &rows);

    return take_credentials(result, &rows, arena, out);
}

static const poly_statement user_by_telegram = {
    .name = "user_by_telegram",
    .sql = "SELECT " USER_COLUMNS("u") " FROM users u WHERE u.telegram_id = $1 AND ($2::text IS NULL OR u.app = $2)",
    .use = POLY_PG_READ,
    .types = {POLY_PG_INT, POLY_PG_TEXT},
};
/* One person may teach in one app only once, but have an account in several. */
static const poly_statement user_by_ruz_teacher = {
    .name = "user_by_ruz_teacher",
    .sql = "SELECT " USER_COLUMNS("u") " FROM users u WHERE u.ruz_teacher_id = $1 AND ($2::text IS NULL OR u.app = $2)"
                                       " ORDER BY u.created_at, u.id LIMIT 1",
    .use = POLY_PG_READ,
    .types = {POLY_PG_INT, POLY_PG_TEXT},
};

static poly_result by_number(poly_pg *pg, const poly_statement *statement, poly_arena *arena, int64_t number,
                             const poly_app *app, sso_user *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(
        pg, statement, POLY_PG_VALUES(poly_pg_int(number), poly_pg_text(app ? poly_app_name(*app) : NULL)), arena,
        &rows);

    return take_user(result, &rows, arena, out);
}

poly_result store_user_by_telegram(poly_pg *pg, poly_arena *arena, int64_t telegram_id, const poly_app *app,
                                   sso_user *out)
{
    return by_number(pg, &user_by_telegram, arena, telegram_id, app, out);
}

poly_result store_user_by_ruz_teacher(poly_pg *pg, poly_arena *arena, int64_t ruz_teacher_id, const poly_app *app,
                                      sso_user *out)
{
    return by_number(pg, &user_by_ruz_teacher, arena, ruz_teacher_id, app, out);
}

static poly_result take_truth(poly_result result, const poly_pg_rows *rows, bool *out)
{
    *out = result == POLY_OK && rows->count > 0 && poly_pg_get_bool(rows, 0, 0);
    return result;
}

static const poly_statement username_is_free = {
    .name = "username_is_free",
    .sql = "SELECT NOT EXISTS (SELECT FROM users WHERE username = $1)",
    .use = POLY_PG_READ,
    .types = {POLY_PG_TEXT},
};

poly_result store_username_is_free(poly_pg *pg, poly_arena *arena, const char *username, bool *is_free)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &username_is_free, POLY_PG_VALUES(poly_pg_text(username)), arena, &rows);

    return take_truth(result, &rows, is_free);
}

/* A token's time is the beginning of its second: one of the second of a change is of before it (see login.c). */
static const poly_statement admin_is_valid = {
    .name = "admin_is_valid",
    .sql = "SELECT is_active AND app = 'sso' AND role = 'admin' AND tokens_valid_from <= $2"
           " FROM users WHERE id = $1",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID, POLY_PG_TIME},
};

poly_result store_admin_is_valid(poly_pg *pg, poly_arena *arena, const char *id, int64_t issued_at, bool *valid)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(
        pg, &admin_is_valid, POLY_PG_VALUES(poly_pg_uuid(id), poly_pg_time(issued_at * 1000000)), arena, &rows);

    return take_truth(result, &rows, valid);
}
