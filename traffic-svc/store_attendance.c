/* SPDX-License-Identifier: MIT */
/* Marks: made by students, corrected by teachers. */
#include "store_rows.h"

#include <string.h>

/*
 * The session's row is locked first, so that one which is being ended takes no more marks, and so that of many copies
 * of a mark one finds the place free. Whoever is listed already by this snapshot locks nothing. A concurrent copy is
 * not in the snapshot: then the session was locked and nothing inserted, which says the same.
 */
static const poly_statement mark_student = {
    .name = "mark",
    .sql = "WITH listed AS (SELECT FROM attendance WHERE session_id = $1 AND student_external_id = $2),"
           " session AS (SELECT s.id, s.tablet_id FROM sessions s WHERE s.id = $1 AND " IS_ACTIVE(
               "s") " AND NOT EXISTS (SELECT FROM listed) FOR NO KEY UPDATE),"
                    " marked AS (INSERT INTO attendance (session_id, student_external_id, student_name)"
                    " SELECT id, $2, $3 FROM session ON CONFLICT DO NOTHING RETURNING session_id),"
                    " counted AS (UPDATE sessions s SET attendance_count = s.attendance_count + 1 FROM marked m"
                    " WHERE s.id = m.session_id RETURNING s.tablet_id),"
                    " changed AS (INSERT INTO tablet_changes (tablet_id) SELECT tablet_id FROM counted)"
                    " SELECT EXISTS (SELECT FROM marked), EXISTS (SELECT FROM session),"
                    " EXISTS (SELECT FROM listed) AND EXISTS (SELECT FROM sessions s WHERE s.id = $1 AND " IS_ACTIVE(
                        "s") ")",
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT},
};

#define MARK_VALUES(mark)                                                                       \
    POLY_PG_VALUES(poly_pg_uuid((mark)->session_id), poly_pg_text((mark)->student_external_id), \
                   poly_pg_text((mark)->student_name))

static poly_result take_mark(poly_result result, const poly_pg_rows *rows, mark_result *out)
{
    result = one_row(result, rows);
    if (result != POLY_OK)
        return result;
    if (poly_pg_get_bool(rows, 0, 0))
        *out = MARKED;
    else if (poly_pg_get_bool(rows, 0, 1) || poly_pg_get_bool(rows, 0, 2))
        *out = MARKED_ALREADY;
    else
        *out = MARK_SESSION_OVER;
    return POLY_OK;
}

poly_result store_mark(poly_pg *pg, poly_arena *arena, const student_mark *mark, mark_result *out)
{
    poly_pg_rows rows;

    return take_mark(poly_pg_query(pg, &mark_student, MARK_VALUES(mark), arena, &rows), &rows, out);
}

poly_result store_mark_in(poly_pg_transaction *transaction, poly_arena *arena, const student_mark *mark,
                          mark_result *out)
{
    poly_pg_rows rows;

    return take_mark(poly_pg_transaction_query(transaction, &mark_student, MARK_VALUES(mark), arena, &rows), &rows,
                     out);
}

/* --- read --- */

#define HISTORY_ENTRY                                                                                     \
    "json_build_object('at', to_char(h.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')," \
    " 'by', h.changed_by_name, 'by_id', h.changed_by, 'from', h.from_status, 'to', h.to_status"
/* All of it stays in the table; an answer has the last of what may have been changed back and forth for hours. */
#define HISTORY_OF(of)                                                                      \
    "coalesce((SELECT json_agg(" HISTORY_ENTRY ") ORDER BY h.id)::text FROM (SELECT * FROM" \
    " attendance_history x WHERE x.attendance_id = " of ".id ORDER BY x.id DESC LIMIT 50) h), '[]')"
#define ATTENDANCE_COLUMNS(of)                                                                   \
    of ".id, " of ".student_external_id, " of ".student_name, " of ".status, " of ".source, " of \
       ".marked_at, " HISTORY_OF(of)

static attendance_entry attendance_of_row(const poly_pg_rows *rows, size_t row, poly_arena *arena)
{
    return (attendance_entry){
        .id = poly_pg_get_text(rows, row, 0),
        .student_external_id = poly_pg_get_text(rows, row, 1),
        .student_name = poly_pg_get_text(rows, row, 2),
        .status = attendance_status_parse(poly_pg_get_text(rows, row, 3)),
        .source = poly_pg_get_text(rows, row, 4),
        .marked_at = poly_pg_get_rfc3339(rows, row, 5, arena),
        .history = poly_pg_get_text(rows, row, 6),
    };
}

static const poly_statement list_attendance = {
    .name = "list_attendance",
    .sql = "SELECT " ATTENDANCE_COLUMNS("a") " FROM (SELECT * FROM attendance x WHERE x.session_id = $1"
                                             " ORDER BY x.student_name, x.student_external_id LIMIT $2 OFFSET $3) a"
                                             " ORDER BY a.student_name, a.student_external_id",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_UUID, POLY_PG_INT, POLY_PG_INT},
};
static const poly_statement count_attendance = {
    .name = "count_attendance",
    .sql = "SELECT count(*) FROM attendance WHERE session_id = $1",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_list_attendance(poly_pg *pg, poly_arena *arena, const char *session_id, int64_t limit, int64_t offset,
                                  attendance_list *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &count_attendance, POLY_PG_VALUES(poly_pg_uuid(session_id)), arena, &rows);

    *out = (attendance_list){0};
    if (result != POLY_OK)
        return result;
    out->total = poly_pg_get_int(&rows, 0, 0);
    result =
        poly_pg_query(pg, &list_attendance,
                      POLY_PG_VALUES(poly_pg_uuid(session_id), poly_pg_int(limit), poly_pg_int(offset)), arena, &rows);
    if (result != POLY_OK)
        return result;
    out->items = poly_arena_alloc(arena, (rows.count + 1) * sizeof(*out->items));
    for (; out->count < rows.count; out->count++)
        out->items[out->count] = attendance_of_row(&rows, out->count, arena);
    return POLY_OK;
}

static const poly_statement corrections = {
    .name = "corrections",
    .sql = "SELECT coalesce(json_agg(" HISTORY_ENTRY ", 'attendance_id', h.attendance_id, 'student_external_id',"
           " h.student_external_id, 'student_name', h.student_name) ORDER BY h.id DESC), '[]')::text"
           " FROM (SELECT * FROM attendance_history WHERE session_id = $1 ORDER BY id DESC LIMIT $2) h",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_UUID, POLY_PG_INT},
};

poly_result store_corrections_json(poly_pg *pg, poly_arena *arena, const char *session_id, int64_t limit,
                                   const char **json)
{
    poly_pg_rows rows;
    poly_result result = one_row(
        poly_pg_query(pg, &corrections, POLY_PG_VALUES(poly_pg_uuid(session_id), poly_pg_int(limit)), arena, &rows),
        &rows);

    if (result == POLY_OK)
        *json = poly_pg_get_text(&rows, 0, 0);
    return result;
}

/* --- corrected --- */

static const poly_statement insert_attendance = {
    .name = "insert_attendance",
    .sql = "INSERT INTO attendance AS a (session_id, student_external_id, student_name, status, source)"
           " VALUES ($1, $2, $3, $4, 'manual') RETURNING " ATTENDANCE_COLUMNS("a"),
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT},
};

poly_result store_insert_attendance(poly_pg_transaction *transaction, poly_arena *arena, const char *session_id,
                                    attendance_entry *attendance)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &insert_attendance,
        POLY_PG_VALUES(poly_pg_uuid(session_id), poly_pg_text(attendance->student_external_id),
                       poly_pg_text(attendance->student_name),
                       poly_pg_text(attendance_status_names[attendance->status])),
        arena, &rows);

    result = one_row(result, &rows);
    if (result == POLY_OK)
        *attendance = attendance_of_row(&rows, 0, arena);
    return result;
}

static const poly_statement find_attendance = {
    .name = "find_attendance",
    .sql = "SELECT " ATTENDANCE_COLUMNS("a") " FROM attendance a WHERE a.session_id = $1 AND a.id = $2",
    .types = {POLY_PG_UUID, POLY_PG_UUID},
};

poly_result store_find_attendance(poly_pg_transaction *transaction, poly_arena *arena, const char *session_id,
                                  const char *id, attendance_entry *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &find_attendance, POLY_PG_VALUES(poly_pg_uuid(session_id), poly_pg_uuid(id)), arena, &rows);

    result = one_row(result, &rows);
    if (result == POLY_OK)
        *out = attendance_of_row(&rows, 0, arena);
    return result;
}

static const poly_statement set_attendance_status = {
    .name = "set_attendance_status",
    .sql = "UPDATE attendance SET status = $3 WHERE session_id = $1 AND student_external_id = $2",
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT},
};

poly_result store_set_attendance_status(poly_pg_transaction *transaction, poly_arena *arena, const char *session_id,
                                        const char *student_external_id, attendance_status status)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &set_attendance_status,
                                     POLY_PG_VALUES(poly_pg_uuid(session_id), poly_pg_text(student_external_id),
                                                    poly_pg_text(attendance_status_names[status])),
                                     arena, &rows);
}

static const poly_statement delete_attendance = {
    .name = "delete_attendance",
    .sql = "DELETE FROM attendance WHERE session_id = $1 AND student_external_id = $2",
    .types = {POLY_PG_UUID, POLY_PG_TEXT},
};

poly_result store_delete_attendance(poly_pg_transaction *transaction, poly_arena *arena, const char *session_id,
                                    const char *student_external_id)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &delete_attendance,
                                     POLY_PG_VALUES(poly_pg_uuid(session_id), poly_pg_text(student_external_id)), arena,
                                     &rows);
}

static const poly_statement add_to_count = {
    .name = "add_to_count",
    .sql = "UPDATE sessions SET attendance_count = attendance_count + $2 WHERE id = $1",
    .types = {POLY_PG_UUID, POLY_PG_INT},
};

poly_result store_add_to_count(poly_pg_transaction *transaction, poly_arena *arena, const char *session_id,
                               int64_t amount)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &add_to_count,
                                     POLY_PG_VALUES(poly_pg_uuid(session_id), poly_pg_int(amount)), arena, &rows);
}

static const poly_statement insert_correction = {
    .name = "insert_correction",
    .sql = "INSERT INTO attendance_history (session_id, attendance_id, student_external_id, student_name, changed_by,"
           " changed_by_name, from_status, to_status) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    .types = {POLY_PG_UUID, POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT,
              POLY_PG_TEXT},
};

poly_result store_insert_correction(poly_pg_transaction *transaction, poly_arena *arena,
                                    const attendance_correction *correction)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(
        transaction, &insert_correction,
        POLY_PG_VALUES(poly_pg_uuid(correction->session_id), poly_pg_uuid(correction->attendance_id),
                       poly_pg_text(correction->student_external_id), poly_pg_text(correction->student_name),
                       poly_pg_text(correction->changed_by), poly_pg_text(correction->changed_by_name),
                       poly_pg_text(correction->from_status), poly_pg_text(correction->to_status)),
        arena, &rows);
}
