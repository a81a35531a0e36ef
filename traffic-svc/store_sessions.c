/* SPDX-License-Identifier: MIT */
/* Sessions: read, started, ended. */
#include "store_rows.h"

lesson_session session_of_row(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena)
{
    return (lesson_session){
        .id = poly_pg_get_text(rows, row, column),
        .tablet_id = poly_pg_get_text(rows, row, column + 1),
        .teacher_id = poly_pg_get_text(rows, row, column + 2),
        .teacher_name = poly_pg_get_text(rows, row, column + 3),
        .building_name = poly_pg_get_text(rows, row, column + 4),
        .room_name = poly_pg_get_text(rows, row, column + 5),
        .discipline = poly_pg_get_text(rows, row, column + 6),
        .schedule_snapshot = poly_pg_get_text(rows, row, column + 7),
        .rotate_seconds = poly_pg_get_int(rows, row, column + 8),
        .attendance_count = poly_pg_get_int(rows, row, column + 9),
        .is_active = poly_pg_get_bool(rows, row, column + 10),
        .started_at = poly_pg_get_rfc3339(rows, row, column + 11, arena),
        .ends_at = poly_pg_get_rfc3339(rows, row, column + 12, arena),
        .ended_at = poly_pg_get_rfc3339(rows, row, column + 13, arena),
    };
}

static poly_result take_session(poly_result result, const poly_pg_rows *rows, poly_arena *arena, lesson_session *out)
{
    result = one_row(result, rows);
    if (result == POLY_OK)
        *out = session_of_row(rows, 0, 0, arena);
    return result;
}

static const poly_statement session_by_id = {
    .name = "session_by_id",
    .sql = "SELECT " SESSION_COLUMNS("s") " FROM sessions s WHERE s.id = $1",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_session(poly_pg *pg, poly_arena *arena, const char *id, lesson_session *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &session_by_id, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return take_session(result, &rows, arena, out);
}

static const poly_statement session_key_by_id = {
    .name = "session_key",
    .sql = "SELECT s.qr_secret, s.rotate_seconds, " IS_ACTIVE("s") " FROM sessions s WHERE s.id = $1",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_session_key(poly_pg *pg, poly_arena *arena, const char *id, session_key *out, bool *is_active)
{
    poly_pg_rows rows;
    poly_result result =
        one_row(poly_pg_query(pg, &session_key_by_id, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows), &rows);

    if (result != POLY_OK)
        return result;
    *out = (session_key){.qr_secret = poly_pg_get_text(&rows, 0, 0), .rotate_seconds = poly_pg_get_int(&rows, 0, 1)};
    *is_active = poly_pg_get_bool(&rows, 0, 2);
    return POLY_OK;
}

/*
 * The total comes from the counts. The first page, which most ask for, is read as the index has it; for others OFFSET 0
 * keeps what the page leaves out in the index alone, and each row is then looked up in as many steps as the key is
 * deep.
 */
static const poly_statement first_sessions = {
    .name = "first_sessions",
    .sql = "SELECT " SESSION_COLUMNS("s") " FROM sessions s WHERE s.teacher_id = $1 ORDER BY s.started_at DESC, s.id"
                                          " LIMIT $2",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_UUID, POLY_PG_INT},
};
static const poly_statement list_sessions = {
    .name = "list_sessions",
    .sql = "SELECT " SESSION_COLUMNS("s") " FROM (SELECT x.id, x.started_at FROM sessions x WHERE x.teacher_id = $1"
                                          " ORDER BY x.started_at DESC, x.id LIMIT $2 OFFSET $3) page,"
                                          " LATERAL (SELECT * FROM sessions y WHERE y.id = page.id OFFSET 0) s"
                                          " ORDER BY page.started_at DESC, page.id",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_UUID, POLY_PG_INT, POLY_PG_INT},
};
static const poly_statement count_sessions = {
    .name = "count_sessions",
    .sql = "SELECT coalesce((SELECT total FROM session_counts WHERE teacher_id = $1), 0)",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

static poly_result ask_for_page(poly_pg *pg, poly_arena *arena, const char *teacher_id, int64_t limit, int64_t offset,
                                poly_pg_rows *rows)
{
    const poly_pg_value whose = poly_pg_uuid(teacher_id);

    if (offset == 0)
        return poly_pg_query(pg, &first_sessions, POLY_PG_VALUES(whose, poly_pg_int(limit)), arena, rows);
    return poly_pg_query(pg, &list_sessions, POLY_PG_VALUES(whose, poly_pg_int(limit), poly_pg_int(offset)), arena,
                         rows);
}

poly_result store_list_sessions(poly_pg *pg, poly_arena *arena, const char *teacher_id, int64_t limit, int64_t offset,
                                session_list *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &count_sessions, POLY_PG_VALUES(poly_pg_uuid(teacher_id)), arena, &rows);

    *out = (session_list){0};
    if (result != POLY_OK)
        return result;
    out->total = poly_pg_get_int(&rows, 0, 0);
    result = ask_for_page(pg, arena, teacher_id, limit, offset, &rows);
    if (result != POLY_OK)
        return result;
    out->items = poly_arena_alloc(arena, (rows.count + 1) * sizeof(*out->items));
    for (; out->count < rows.count; out->count++)
        out->items[out->count] = session_of_row(&rows, out->count, 0, arena);
    return POLY_OK;
}

/* --- started and ended. By the clock and not by the transaction's beginning: it may have waited for another one --- */

static const poly_statement insert_session = {
    .name = "insert_session",
    .sql = "INSERT INTO sessions AS s (id, tablet_id, teacher_id, teacher_name, building_name, room_name, discipline,"
           " schedule_snapshot, qr_secret, rotate_seconds, started_at, ends_at)"
           " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, c.at, c.at + $11 * interval '1 minute'"
           " FROM (SELECT clock_timestamp() AS at) c RETURNING " SESSION_COLUMNS("s"),
    .types = {POLY_PG_UUID, POLY_PG_UUID, POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT,
              POLY_PG_JSON, POLY_PG_TEXT, POLY_PG_INT, POLY_PG_INT},
};

poly_result store_insert_session(poly_pg_transaction *transaction, poly_arena *arena, lesson_session *session,
                                 const char *qr_secret, int64_t max_minutes)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &insert_session,
        POLY_PG_VALUES(poly_pg_uuid(session->id), poly_pg_uuid(session->tablet_id), poly_pg_uuid(session->teacher_id),
                       poly_pg_text(session->teacher_name), poly_pg_text(session->building_name),
                       poly_pg_text(session->room_name), poly_pg_text(session->discipline),
                       poly_pg_json(session->schedule_snapshot), poly_pg_text(qr_secret),
                       poly_pg_int(session->rotate_seconds), poly_pg_int(max_minutes)),
        arena, &rows);

    return take_session(result, &rows, arena, session);
}

#define END_SQL "UPDATE sessions SET ended_at = least(clock_timestamp(), ends_at) WHERE ended_at IS NULL AND "

static const poly_statement end_sessions_of_tablet = {
    .name = "end_sessions_of_tablet",
    .sql = END_SQL "tablet_id = $1",
    .types = {POLY_PG_UUID},
};
static const poly_statement end_session = {
    .name = "end_session",
    .sql = END_SQL "id = $1",
    .types = {POLY_PG_UUID},
};

poly_result store_end_sessions_of_tablet(poly_pg_transaction *transaction, poly_arena *arena, const char *tablet_id)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &end_sessions_of_tablet, POLY_PG_VALUES(poly_pg_uuid(tablet_id)),
                                     arena, &rows);
}

poly_result store_end_session(poly_pg_transaction *transaction, poly_arena *arena, const char *id)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &end_session, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);
}

static const poly_statement lock_session = {
    .name = "lock_session",
    .sql = "SELECT " SESSION_COLUMNS("s") " FROM sessions s WHERE s.id = $1 FOR NO KEY UPDATE",
    .types = {POLY_PG_UUID},
};

poly_result store_lock_session(poly_pg_transaction *transaction, poly_arena *arena, const char *id, lesson_session *out)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, &lock_session, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return take_session(result, &rows, arena, out);
}

static const poly_statement end_due_sessions = {
    .name = "end_due_sessions",
    .sql = "WITH due AS (SELECT id FROM sessions WHERE ended_at IS NULL AND ends_at <= now() ORDER BY ends_at"
           " LIMIT 500 FOR NO KEY UPDATE SKIP LOCKED),"
           " ended AS (UPDATE sessions s SET ended_at = s.ends_at FROM due WHERE s.id = due.id RETURNING s.tablet_id)"
           " INSERT INTO tablet_changes (tablet_id) SELECT tablet_id FROM ended",
};

poly_result store_end_due_sessions(poly_pg *pg, poly_arena *arena, int64_t *ended)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &end_due_sessions, POLY_PG_NO_VALUES, arena, &rows);

    *ended = result == POLY_OK ? (int64_t)rows.affected : 0;
    return result;
}
