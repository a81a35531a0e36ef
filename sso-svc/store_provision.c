/* SPDX-License-Identifier: MIT */
#include "store_provision.h"

#include <assert.h>

#include "store_rows.h"

/* Of all items of the largest request. */
#define ITEMS_JSON_MAX ((size_t)32 << 20)

/* --- items as JSON, which PostgreSQL takes apart again --- */

struct items_json {
    poly_strbuf text;
    poly_json_writer writer;
    size_t count;
};

static void begin(struct items_json *json)
{
    poly_strbuf_init(&json->text, ITEMS_JSON_MAX);
    poly_json_writer_init(&json->writer, &json->text);
    poly_json_begin_array(&json->writer, NULL);
    json->count = 0;
}

static void put_number(poly_json_writer *writer, const char *name, int64_t number)
{
    if (number)
        poly_json_put_int(writer, name, number);
}

static void put_asked(struct items_json *json, const provision_item *item, size_t index)
{
    poly_json_begin_object(&json->writer, NULL);
    poly_json_put_int(&json->writer, "n", (int64_t)index);
    poly_json_put_text(&json->writer, "entity_id", item->entity_id);
    poly_json_put_text(&json->writer, "username", item->username);
    put_number(&json->writer, "ruz_teacher_id", item->ruz_teacher_id);
    poly_json_end_object(&json->writer);
    json->count++;
}

static void put_user(struct items_json *json, const provision_item *item, poly_arena *arena)
{
    const sso_user *user = &item->user;

    poly_json_begin_object(&json->writer, NULL);
    poly_json_put_text(&json->writer, "id", user->id);
    poly_json_put_text(&json->writer, "username", user->username);
    poly_json_put_text(&json->writer, "full_name", user->full_name);
    poly_json_put_text(&json->writer, "app", poly_app_name(user->app));
    poly_json_put_text(&json->writer, "role", poly_role_name(user->role));
    poly_json_put_text(&json->writer, "entity_id", user->entity_id);
    put_number(&json->writer, "ruz_teacher_id", user->ruz_teacher_id);
    poly_json_put_text(&json->writer, "password_hash", item->password_hash);
    poly_json_put_bool(&json->writer, "is_active", user->is_active);
    poly_json_put_text(&json->writer, "sort_text", user_sort_text(user->full_name, user->username, arena));
    poly_json_end_object(&json->writer);
    json->count++;
}

/* The room is for more items than a request may have. */
static poly_pg_value finish(struct items_json *json)
{
    poly_json_end_array(&json->writer);
    assert(!json->text.overflowed);
    return poly_pg_json(poly_strbuf_text(&json->text));
}

/* --- reading --- */

static const poly_statement match_users = {
    .name = "match_users",
    .sql = "SELECT i.n, e.id IS NOT NULL AND t.id IS NOT NULL AND e.id <> t.id, o.id, " USER_COLUMNS(
        "u") " FROM jsonb_to_recordset($1) AS i (n bigint, entity_id text, ruz_teacher_id bigint, username text)"
             " LEFT JOIN users e ON e.app = $2 AND e.entity_id = i.entity_id"
             " LEFT JOIN users t ON t.app = $2 AND t.ruz_teacher_id = i.ruz_teacher_id"
             " LEFT JOIN users o ON o.username = i.username"
             " LEFT JOIN users u ON u.id = coalesce(e.id, t.id)",
    .types = {POLY_PG_JSON, POLY_PG_TEXT},
};

static void take_match(const poly_pg_rows *rows, size_t row, poly_arena *arena, provision_match *match)
{
    match->is_ambiguous = poly_pg_get_bool(rows, row, 1);
    match->username_owner = poly_pg_get_text(rows, row, 2);
    match->is_found = !poly_pg_is_null(rows, row, 3);
    if (match->is_found)
        match->user = user_of_row(rows, row, 3, arena);
}

poly_result store_match_users(poly_pg_transaction *transaction, poly_arena *arena, poly_app app,
                              const provision_item *items, size_t count, provision_match *matches)
{
    struct items_json json;
    poly_pg_rows rows;
    poly_result result;

    begin(&json);
    for (size_t i = 0; i < count; i++)
        if (items[i].outcome != PROVISION_REFUSED)
            put_asked(&json, &items[i], i);
    result = poly_pg_transaction_query(transaction, &match_users,
                                       POLY_PG_VALUES(finish(&json), poly_pg_text(poly_app_name(app))), arena, &rows);
    poly_strbuf_release(&json.text);
    for (size_t row = 0; row < rows.count; row++)
        take_match(&rows, row, arena, &matches[poly_pg_get_int(&rows, row, 0)]);
    return result;
}

static const poly_statement usernames_like = {
    .name = "usernames_like",
    .sql = "SELECT username FROM users WHERE username_stem = ANY ($1)",
    .types = {POLY_PG_TEXT_LIST},
};

poly_result store_usernames_like(poly_pg_transaction *transaction, poly_arena *arena, const char *const *stems,
                                 size_t count, const char ***names, size_t *name_count)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(transaction, &usernames_like,
                                                   POLY_PG_VALUES(poly_pg_text_list(stems, count)), arena, &rows);

    *names = poly_arena_alloc(arena, (rows.count + 1) * sizeof(**names));
    *name_count = rows.count;
    for (size_t i = 0; i < rows.count; i++)
        (*names)[i] = poly_pg_get_text(&rows, i, 0);
    return result;
}

/* --- writing --- */

#define USER_RECORD                                                                                             \
    "jsonb_to_recordset($1) AS i (id uuid, username text, full_name text, app text, role text, entity_id text," \
    " ruz_teacher_id bigint, password_hash text, is_active boolean, sort_text text)"

static const poly_statement insert_users = {
    .name = "insert_users",
    .sql = "INSERT INTO users (id, username, full_name, app, role, entity_id, ruz_teacher_id, password_hash, is_active,"
           " sort_text) SELECT id, username, full_name, app, role, entity_id, ruz_teacher_id, password_hash, is_active,"
           " sort_text FROM " USER_RECORD " RETURNING created_at",
    .types = {POLY_PG_JSON},
};
static const poly_statement update_users = {
    .name = "update_users",
    .sql = "UPDATE users u SET username = i.username, full_name = i.full_name, entity_id = i.entity_id,"
           " ruz_teacher_id = i.ruz_teacher_id, password_hash = coalesce(i.password_hash, u.password_hash),"
           " is_active = i.is_active, sort_text = i.sort_text FROM " USER_RECORD " WHERE u.id = i.id",
    .types = {POLY_PG_JSON},
};
static const poly_statement end_sessions_of = {
    .name = "end_sessions_of",
    .sql = "WITH ended AS (UPDATE sessions SET ended_at = now(), end_reason = 'provisioned'"
           " WHERE user_id = ANY ($1) AND ended_at IS NULL)"
           " UPDATE users SET tokens_valid_from = now() WHERE id = ANY ($1)",
    .types = {POLY_PG_UUID_LIST},
};

/* Of one moment: the transaction's. */
static void take_created_at(const poly_pg_rows *rows, poly_arena *arena, provision_item *items, size_t count)
{
    const char *created_at = rows->count ? poly_pg_get_rfc3339(rows, 0, 0, arena) : NULL;

    for (size_t i = 0; i < count; i++)
        if (items[i].outcome == PROVISION_CREATED)
            items[i].user.created_at = created_at;
}

static poly_result write_those(poly_pg_transaction *transaction, poly_arena *arena, const poly_statement *statement,
                               provision_item *items, size_t count, provision_outcome outcome)
{
    struct items_json json;
    poly_pg_rows rows = {0};
    poly_result result = POLY_OK;

    begin(&json);
    for (size_t i = 0; i < count; i++)
        if (items[i].outcome == outcome)
            put_user(&json, &items[i], arena);
    if (json.count)
        result = poly_pg_transaction_query(transaction, statement, POLY_PG_VALUES(finish(&json)), arena, &rows);
    poly_strbuf_release(&json.text);
    if (outcome == PROVISION_CREATED)
        take_created_at(&rows, arena, items, count);
    return result;
}

static poly_result end_sessions(poly_pg_transaction *transaction, poly_arena *arena, const provision_item *items,
                                size_t count)
{
    const char **ids = poly_arena_alloc(arena, (count + 1) * sizeof(*ids));
    size_t id_count = 0;
    poly_pg_rows rows;

    for (size_t i = 0; i < count; i++)
        if (items[i].outcome == PROVISION_UPDATED && items[i].ends_sessions)
            ids[id_count++] = items[i].user.id;
    if (!id_count)
        return POLY_OK;
    return poly_pg_transaction_query(transaction, &end_sessions_of, POLY_PG_VALUES(poly_pg_uuid_list(ids, id_count)),
                                     arena, &rows);
}

poly_result store_write_users(poly_pg_transaction *transaction, poly_arena *arena, provision_item *items, size_t count)
{
    /* Updates first: they may free what a new user takes. */
    poly_result result = write_those(transaction, arena, &update_users, items, count, PROVISION_UPDATED);

    if (result == POLY_OK)
        result = write_those(transaction, arena, &insert_users, items, count, PROVISION_CREATED);
    if (result == POLY_OK)
        result = end_sessions(transaction, arena, items, count);
    return result;
}

static const poly_statement audit_users = {
    .name = "audit_users",
    .sql = "INSERT INTO audit (event, actor, target, address, request_id, details)"
           " SELECT i.event, $2, i.target, $3, $4, i.details FROM jsonb_to_recordset($1)"
           " AS i (event text, target text, details jsonb)",
    .types = {POLY_PG_JSON, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT},
};

static void put_record(struct items_json *json, const provision_item *item)
{
    const sso_user *user = &item->user;

    poly_json_begin_object(&json->writer, NULL);
    poly_json_put_text(&json->writer, "event",
                       item->outcome == PROVISION_CREATED ? "user_provisioned" : "user_reprovisioned");
    poly_json_put_text(&json->writer, "target", user->id);
    poly_json_begin_object(&json->writer, "details");
    poly_json_put_text(&json->writer, "username", user->username);
    poly_json_put_text(&json->writer, "role", poly_role_name(user->role));
    poly_json_put_text(&json->writer, "entity_id", user->entity_id);
    poly_json_put_bool(&json->writer, "is_active", user->is_active);
    poly_json_put_bool(&json->writer, "password", item->password_hash != NULL);
    poly_json_end_object(&json->writer);
    poly_json_end_object(&json->writer);
    json->count++;
}

poly_result store_audit_users(poly_pg_transaction *transaction, poly_arena *arena, const provision_item *items,
                              size_t count, const char *actor, const char *address, const char *request_id)
{
    struct items_json json;
    poly_pg_rows rows;
    poly_result result = POLY_OK;

    begin(&json);
    for (size_t i = 0; i < count; i++)
        if (items[i].outcome == PROVISION_CREATED || items[i].outcome == PROVISION_UPDATED)
            put_record(&json, &items[i]);
    if (json.count)
        result = poly_pg_transaction_query(
            transaction, &audit_users,
            POLY_PG_VALUES(finish(&json), poly_pg_text(actor), poly_pg_text(address), poly_pg_text(request_id)), arena,
            &rows);
    poly_strbuf_release(&json.text);
    return result;
}
