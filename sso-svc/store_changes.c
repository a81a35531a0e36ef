/* SPDX-License-Identifier: MIT */
/* Users made, changed and deleted, in transactions. */
#include "store_rows.h"

static const poly_statement lock_usernames = {
    .name = "lock_usernames",
    .sql = "SELECT pg_advisory_xact_lock(hashtextextended('sso-svc usernames', 0))",
};

poly_result store_lock_usernames(poly_pg_transaction *transaction, poly_arena *arena)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &lock_usernames, POLY_PG_NO_VALUES, arena, &rows);
}

static const poly_statement insert_user = {
    .name = "insert_user",
    .sql = "INSERT INTO users (id, username, full_name, app, role, entity_id, password_hash, sort_text)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING created_at",
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT,
              POLY_PG_TEXT},
};

poly_result store_insert_user(poly_pg_transaction *transaction, poly_arena *arena, sso_user *user,
                              const char *password_hash)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &insert_user,
        POLY_PG_VALUES(poly_pg_uuid(user->id), poly_pg_text(user->username), poly_pg_text(user->full_name),
                       poly_pg_text(poly_app_name(user->app)), poly_pg_text(poly_role_name(user->role)),
                       poly_pg_text(user->entity_id), poly_pg_text(password_hash),
                       poly_pg_text(user_sort_text(user->full_name, user->username, arena))),
        arena, &rows);

    if (result == POLY_OK)
        user->created_at = poly_pg_get_rfc3339(&rows, 0, 0, arena);
    return result;
}

static const poly_statement lock_user = {
    .name = "lock_user",
    .sql = "SELECT " USER_COLUMNS("u") " FROM users u WHERE u.id = $1 FOR UPDATE",
    .types = {POLY_PG_UUID},
};

poly_result store_lock_user(poly_pg_transaction *transaction, poly_arena *arena, const char *id, sso_user *out)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, &lock_user, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return take_user(result, &rows, arena, out);
}

/* In one order, so that two who do so do not wait for each other. */
static const poly_statement lock_admins = {
    .name = "lock_admins",
    .sql = "SELECT count(*) FROM (SELECT FROM users WHERE app = 'sso' AND role = 'admin' AND is_active"
           " ORDER BY id FOR UPDATE) admins",
};

poly_result store_lock_admins(poly_pg_transaction *transaction, poly_arena *arena, int64_t *count)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(transaction, &lock_admins, POLY_PG_NO_VALUES, arena, &rows);

    if (result == POLY_OK)
        *count = poly_pg_get_int(&rows, 0, 0);
    return result;
}

static const poly_statement change_user = {
    .name = "change_user",
    .sql = "UPDATE users SET full_name = coalesce($2, full_name), sort_text = coalesce($3, sort_text),"
           " password_hash = coalesce($4, password_hash), is_active = coalesce($5, is_active) WHERE id = $1",
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_BOOL},
};

poly_result store_change_user(poly_pg_transaction *transaction, poly_arena *arena, sso_user *user,
                              const user_changes *changes)
{
    const char *sort_text = changes->full_name ? user_sort_text(changes->full_name, user->username, arena) : NULL;
    poly_pg_rows rows;

    if (changes->full_name)
        user->full_name = changes->full_name;
    if (changes->is_active)
        user->is_active = *changes->is_active;
    return take_affected(poly_pg_transaction_query(
                             transaction, &change_user,
                             POLY_PG_VALUES(poly_pg_uuid(user->id), poly_pg_text(changes->full_name),
                                            poly_pg_text(sort_text), poly_pg_text(changes->password_hash),
                                            changes->is_active ? poly_pg_bool(*changes->is_active) : poly_pg_null()),
                             arena, &rows),
                         &rows);
}

static const poly_statement end_sessions = {
    .name = "end_sessions",
    .sql =
        "WITH ended AS (UPDATE sessions SET ended_at = now(), end_reason = $2 WHERE user_id = $1 AND ended_at IS NULL)"
        " UPDATE users SET tokens_valid_from = now() WHERE id = $1",
    .types = {POLY_PG_UUID, POLY_PG_TEXT},
};

poly_result store_end_sessions(poly_pg_transaction *transaction, poly_arena *arena, const char *user_id,
                               const char *reason)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &end_sessions,
                                     POLY_PG_VALUES(poly_pg_uuid(user_id), poly_pg_text(reason)), arena, &rows);
}

static const poly_statement delete_user = {
    .name = "delete_user",
    .sql = "DELETE FROM users WHERE id = $1",
    .types = {POLY_PG_UUID},
};

poly_result store_delete_user(poly_pg_transaction *transaction, poly_arena *arena, const char *id)
{
    poly_pg_rows rows;

    return take_affected(
        poly_pg_transaction_query(transaction, &delete_user, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows), &rows);
}

static const poly_statement delete_by_entity = {
    .name = "delete_by_entity",
    .sql = "DELETE FROM users u WHERE u.app = $1 AND u.entity_id = $2 RETURNING " USER_COLUMNS("u"),
    .types = {POLY_PG_TEXT, POLY_PG_TEXT},
};

poly_result store_delete_by_entity(poly_pg_transaction *transaction, poly_arena *arena, poly_app app,
                                   const char *entity_id, sso_user *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &delete_by_entity, POLY_PG_VALUES(poly_pg_text(poly_app_name(app)), poly_pg_text(entity_id)),
        arena, &rows);

    return take_user(result, &rows, arena, out);
}

static const poly_statement link_telegram = {
    .name = "link_telegram",
    .sql = "UPDATE users SET telegram_id = $2, telegram_username = $3, telegram_chat_id = $4 WHERE id = $1",
    .types = {POLY_PG_UUID, POLY_PG_INT, POLY_PG_TEXT, POLY_PG_INT},
};

static poly_pg_value id_or_null(int64_t id)
{
    return id ? poly_pg_int(id) : poly_pg_null();
}

poly_result store_link_telegram(poly_pg_transaction *transaction, poly_arena *arena, sso_user *user,
                                const telegram_account *account)
{
    poly_pg_rows rows;

    user->telegram_id = account->id;
    user->telegram_username = account->username;
    return take_affected(
        poly_pg_transaction_query(transaction, &link_telegram,
                                  POLY_PG_VALUES(poly_pg_uuid(user->id), id_or_null(account->id),
                                                 poly_pg_text(account->username), id_or_null(account->chat_id)),
                                  arena, &rows),
        &rows);
}

static const poly_statement lock_teacher = {
    .name = "lock_teacher",
    .sql = "SELECT " USER_COLUMNS(
        "u") " FROM users u WHERE u.id = coalesce("
             "(SELECT e.id FROM users e WHERE e.app = 'traffic' AND e.entity_id = $1),"
             " (SELECT t.id FROM users t WHERE t.app = 'traffic' AND t.ruz_teacher_id = $2)) AND u.app = 'traffic'"
             " AND ($1::text IS NULL OR u.entity_id = $1) AND ($2::bigint IS NULL OR u.ruz_teacher_id = $2) FOR UPDATE",
    .types = {POLY_PG_TEXT, POLY_PG_INT},
};

poly_result store_lock_teacher(poly_pg_transaction *transaction, poly_arena *arena, const char *entity_id,
                               int64_t ruz_teacher_id, sso_user *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &lock_teacher, POLY_PG_VALUES(poly_pg_text(entity_id), id_or_null(ruz_teacher_id)), arena, &rows);

    return take_user(result, &rows, arena, out);
}
