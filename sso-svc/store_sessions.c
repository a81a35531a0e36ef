/* SPDX-License-Identifier: MIT */
/* Sessions and their refresh tokens. */
#include "store_rows.h"

/*
 * The password was looked at some time ago, behind a queue. Whoever has disabled the user or set another password since
 * then has ended all sessions but this one, so it must not begin; whoever is about to waits for it, and then ends it.
 * The lock is the one that an update of the user takes, which may follow.
 */
static const poly_statement insert_session = {
    .name = "insert_session",
    .sql = "WITH holder AS (SELECT u.id FROM users u WHERE u.id = $2 AND u.is_active AND " USER_STANDING(
        "u") " = $8"
             " FOR NO KEY UPDATE),"
             /* the oldest make room */
             " excess AS (UPDATE sessions SET ended_at = now(), end_reason = 'too_many' WHERE id IN"
             " (SELECT s.id FROM sessions s WHERE s.user_id = $2 AND s.ended_at IS NULL"
             " ORDER BY s.created_at DESC OFFSET 49)),"
             " made AS (INSERT INTO sessions (id, user_id, address, user_agent, expires_at)"
             " SELECT $1, id, $3, $4, now() + $6 * interval '1 second' FROM holder RETURNING id, expires_at)"
             " INSERT INTO refresh_tokens (hash, session_id, expires_at)"
             " SELECT $5, id, least(expires_at, now() + $7 * interval '1 second') FROM made",
    .types = {POLY_PG_UUID, POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_BYTES, POLY_PG_INT, POLY_PG_INT,
              POLY_PG_TEXT},
};

poly_result store_insert_session(poly_pg_transaction *transaction, poly_arena *arena, const new_session *session)
{
    poly_pg_rows rows;

    return take_affected(
        poly_pg_transaction_query(transaction, &insert_session,
                                  POLY_PG_VALUES(poly_pg_uuid(session->id), poly_pg_uuid(session->user_id),
                                                 poly_pg_text(session->address), poly_pg_text(session->user_agent),
                                                 poly_pg_bytes(session->token_hash.data, session->token_hash.size),
                                                 poly_pg_int(session->life_seconds), poly_pg_int(session->idle_seconds),
                                                 poly_pg_text(session->standing)),
                                  arena, &rows),
        &rows);
}

/* Only if it is still the hash that was compared with. */
static const poly_statement set_password_hash = {
    .name = "set_password_hash",
    .sql = "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT},
};

poly_result store_set_password_hash(poly_pg_transaction *transaction, poly_arena *arena, const char *user_id,
                                    const char *old_hash, const char *new_hash)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(
        transaction, &set_password_hash,
        POLY_PG_VALUES(poly_pg_uuid(user_id), poly_pg_text(old_hash), poly_pg_text(new_hash)), arena, &rows);
}

/* One statement, so that of two who present the same token one wins, and nothing is half done. */
static const poly_statement rotate_token = {
    .name = "rotate_token",
    .sql =
        "WITH spent AS (UPDATE refresh_tokens t SET used_at = now(), successor_hash = $2, sealed_successor = $3"
        " FROM sessions s, users u WHERE t.hash = $1 AND t.used_at IS NULL AND t.expires_at > now()"
        " AND s.id = t.session_id AND s.ended_at IS NULL AND s.expires_at > now() AND u.id = s.user_id AND u.is_active"
        " RETURNING s.id AS session_id, s.expires_at, u.id AS user_id),"
        " fresh AS (INSERT INTO refresh_tokens (hash, session_id, expires_at)"
        " SELECT $2, session_id, least(expires_at, now() + $4 * interval '1 second') FROM spent)"
        " SELECT " USER_COLUMNS("u") " FROM users u JOIN spent ON spent.user_id = u.id",
    .types = {POLY_PG_BYTES, POLY_PG_BYTES, POLY_PG_BYTES, POLY_PG_INT},
};

poly_result store_rotate_token(poly_pg *pg, poly_arena *arena, poly_slice hash, poly_slice successor_hash,
                               poly_slice sealed_successor, int64_t idle_seconds, sso_user *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(
        pg, &rotate_token,
        POLY_PG_VALUES(poly_pg_bytes(hash.data, hash.size), poly_pg_bytes(successor_hash.data, successor_hash.size),
                       poly_pg_bytes(sealed_successor.data, sealed_successor.size), poly_pg_int(idle_seconds)),
        arena, &rows);

    if (result == POLY_CONFLICT)
        return POLY_NOT_FOUND; /* the session was deleted meanwhile */
    return take_user(result, &rows, arena, out);
}

static const poly_statement find_token = {
    .name = "find_token",
    .sql = "SELECT " USER_COLUMNS(
        "u") ", t.session_id, t.used_at IS NOT NULL,"
             " t.used_at > now() - $2 * interval '1 second',"
             " t.expires_at > now() AND s.ended_at IS NULL AND s.expires_at > now() AND u.is_active,"
             " next.hash IS NOT NULL AND next.used_at IS NULL, t.sealed_successor"
             " FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id JOIN users u ON u.id = s.user_id"
             " LEFT JOIN refresh_tokens next ON next.hash = t.successor_hash WHERE t.hash = $1",
    .use = POLY_PG_READ,
    .types = {POLY_PG_BYTES, POLY_PG_INT},
};

poly_result store_find_token(poly_pg *pg, poly_arena *arena, poly_slice hash, stored_token *out)
{
    const size_t first = USER_COLUMN_COUNT;
    poly_pg_rows rows;
    poly_result result = poly_pg_query(
        pg, &find_token, POLY_PG_VALUES(poly_pg_bytes(hash.data, hash.size), poly_pg_int(REFRESH_GRACE_SECONDS)), arena,
        &rows);

    result = take_user(result, &rows, arena, &out->user);
    if (result != POLY_OK)
        return result;
    out->session_id = poly_pg_get_text(&rows, 0, first);
    out->state = (refresh_state){
        .is_used = poly_pg_get_bool(&rows, 0, first + 1),
        .within_grace = poly_pg_get_bool(&rows, 0, first + 2),
        .is_live = poly_pg_get_bool(&rows, 0, first + 3),
        .successor_is_fresh = poly_pg_get_bool(&rows, 0, first + 4),
    };
    out->sealed_successor = poly_pg_get_bytes(&rows, 0, first + 5, arena);
    return POLY_OK;
}

static const poly_statement end_session = {
    .name = "end_session",
    .sql = "UPDATE sessions SET ended_at = now(), end_reason = $3"
           " WHERE id = $1 AND ended_at IS NULL AND expires_at > now() AND ($2::uuid IS NULL OR user_id = $2)",
    .types = {POLY_PG_UUID, POLY_PG_UUID, POLY_PG_TEXT},
};

poly_result store_end_session(poly_pg_transaction *transaction, poly_arena *arena, const char *session_id,
                              const char *user_id, const char *reason)
{
    poly_pg_rows rows;

    return take_affected(
        poly_pg_transaction_query(transaction, &end_session,
                                  POLY_PG_VALUES(poly_pg_uuid(session_id), poly_pg_uuid(user_id), poly_pg_text(reason)),
                                  arena, &rows),
        &rows);
}

static const poly_statement session_of_token = {
    .name = "session_of_token",
    .sql = "SELECT s.id, s.user_id FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = $1",
    .types = {POLY_PG_BYTES},
};

poly_result store_session_of_token(poly_pg_transaction *transaction, poly_arena *arena, poly_slice hash,
                                   const char **session_id, const char **user_id)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(transaction, &session_of_token,
                                                   POLY_PG_VALUES(poly_pg_bytes(hash.data, hash.size)), arena, &rows);

    if (result != POLY_OK)
        return result;
    if (rows.count == 0)
        return POLY_NOT_FOUND;
    *session_id = poly_pg_get_text(&rows, 0, 0);
    *user_id = poly_pg_get_text(&rows, 0, 1);
    return POLY_OK;
}

/* A login makes at most a few; a script that never logs out could make many. */
static const poly_statement list_sessions = {
    .name = "list_sessions",
    .sql = "SELECT s.id, s.address, s.user_agent, s.created_at,"
           " (SELECT max(t.issued_at) FROM refresh_tokens t WHERE t.session_id = s.id), s.expires_at FROM sessions s"
           " WHERE s.user_id = $1 AND s.ended_at IS NULL AND s.expires_at > now()"
           " AND EXISTS (SELECT FROM refresh_tokens t WHERE t.session_id = s.id AND t.used_at IS NULL AND t.expires_at "
           "> now())"
           " ORDER BY s.created_at DESC, s.id LIMIT 200",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_list_sessions(poly_pg *pg, poly_arena *arena, const char *user_id, live_session **out, size_t *count)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &list_sessions, POLY_PG_VALUES(poly_pg_uuid(user_id)), arena, &rows);

    if (result != POLY_OK)
        return result;
    *count = rows.count;
    *out = poly_arena_alloc(arena, (rows.count + 1) * sizeof(**out));
    for (size_t i = 0; i < rows.count; i++)
        (*out)[i] = (live_session){
            .id = poly_pg_get_text(&rows, i, 0),
            .address = poly_pg_get_text(&rows, i, 1),
            .user_agent = poly_pg_get_text(&rows, i, 2),
            .created_at = poly_pg_get_rfc3339(&rows, i, 3, arena),
            .last_used_at = poly_pg_get_rfc3339(&rows, i, 4, arena),
            .expires_at = poly_pg_get_rfc3339(&rows, i, 5, arena),
        };
    return POLY_OK;
}
