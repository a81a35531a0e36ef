/* SPDX-License-Identifier: MIT */
#include "store_stats.h"

#define COUNTS(of)                                                                                       \
    "count(*) FILTER (WHERE " of ".status = 'present'), count(*) FILTER (WHERE " of ".status = 'late')," \
    " count(*) FILTER (WHERE " of ".status = 'excused'), count(*) FILTER (WHERE " of ".status = 'absent')"

/*
 * Newest first, and no more than one past what is answered. Each kind of question has a statement of its own, so that
 * each is read along an index of its own, however many sessions there are besides.
 */
#define SESSIONS_OF(condition)                                                                                  \
    "WITH chosen AS MATERIALIZED (SELECT * FROM sessions s WHERE " condition                                    \
    "s.started_at >= $1 AND s.started_at < $2 ORDER BY s.started_at DESC, s.id LIMIT 501)"                      \
    " SELECT c.id, c.discipline, c.teacher_id, c.teacher_name, c.building_name, c.room_name, c.started_at, m.*" \
    " FROM chosen c, LATERAL (SELECT " COUNTS("a") " FROM attendance a WHERE a.session_id = c.id) m"            \
                                                   " ORDER BY c.started_at DESC, c.id"
_Static_assert(STATS_SESSIONS_MAX == 500, "the limit in SESSIONS_OF");

static const poly_statement stats_of_all = {
    .name = "stats_of_all",
    .sql = SESSIONS_OF(""),
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_TIME, POLY_PG_TIME},
};
static const poly_statement stats_of_subject = {
    .name = "stats_of_subject",
    .sql = SESSIONS_OF("s.discipline = $3 AND "),
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_TIME, POLY_PG_TIME, POLY_PG_TEXT},
};
static const poly_statement stats_of_teacher = {
    .name = "stats_of_teacher",
    .sql = SESSIONS_OF("s.teacher_id = $3 AND "),
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_TIME, POLY_PG_TIME, POLY_PG_UUID},
};
static const poly_statement stats_of_teachers_subject = {
    .name = "stats_of_teachers_subject",
    .sql = SESSIONS_OF("s.teacher_id = $3 AND s.discipline = $4 AND "),
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_TIME, POLY_PG_TIME, POLY_PG_UUID, POLY_PG_TEXT},
};
static const poly_statement stats_of_students = {
    .name = "stats_of_students",
    .sql = "SELECT a.student_external_id, max(a.student_name), " COUNTS(
        "a") " FROM attendance a WHERE a.session_id = ANY ($1) GROUP BY a.student_external_id ORDER BY 2, 1 LIMIT 5001",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_UUID_LIST},
};
_Static_assert(STATS_STUDENTS_MAX == 5000, "the limit in stats_of_students");

static mark_counts take_counts(const poly_pg_rows *rows, size_t row, size_t column)
{
    return (mark_counts){
        .present = poly_pg_get_int(rows, row, column),
        .late = poly_pg_get_int(rows, row, column + 1),
        .excused = poly_pg_get_int(rows, row, column + 2),
        .absent = poly_pg_get_int(rows, row, column + 3),
    };
}

static size_t cut(const poly_pg_rows *rows, size_t max, bool *is_cut)
{
    *is_cut |= rows->count > max;
    return rows->count < max ? rows->count : max;
}

static poly_result ask_for_sessions(poly_pg *pg, poly_arena *arena, const stats_filter *filter, poly_pg_rows *rows)
{
    const poly_pg_value from = poly_pg_time(filter->from * 1000000), to = poly_pg_time(filter->to * 1000000);
    const poly_pg_value teacher = poly_pg_uuid(filter->teacher_id), subject = poly_pg_text(filter->discipline);

    if (filter->teacher_id && filter->discipline)
        return poly_pg_query(pg, &stats_of_teachers_subject, POLY_PG_VALUES(from, to, teacher, subject), arena, rows);
    if (filter->teacher_id)
        return poly_pg_query(pg, &stats_of_teacher, POLY_PG_VALUES(from, to, teacher), arena, rows);
    if (filter->discipline)
        return poly_pg_query(pg, &stats_of_subject, POLY_PG_VALUES(from, to, subject), arena, rows);
    return poly_pg_query(pg, &stats_of_all, POLY_PG_VALUES(from, to), arena, rows);
}

static poly_result read_sessions(poly_pg *pg, poly_arena *arena, const stats_filter *filter, attendance_stats *out)
{
    poly_pg_rows rows;
    poly_result result = ask_for_sessions(pg, arena, filter, &rows);

    if (result != POLY_OK)
        return result;
    out->session_count = cut(&rows, STATS_SESSIONS_MAX, &out->is_cut);
    out->sessions = poly_arena_alloc(arena, (rows.count + 1) * sizeof(*out->sessions));
    for (size_t i = 0; i < out->session_count; i++)
        out->sessions[i] = (session_stats){
            .id = poly_pg_get_text(&rows, i, 0),
            .discipline = poly_pg_get_text(&rows, i, 1),
            .teacher_id = poly_pg_get_text(&rows, i, 2),
            .teacher_name = poly_pg_get_text(&rows, i, 3),
            .building_name = poly_pg_get_text(&rows, i, 4),
            .room_name = poly_pg_get_text(&rows, i, 5),
            .started_at = poly_pg_get_rfc3339(&rows, i, 6, arena),
            .marks = take_counts(&rows, i, 7),
        };
    return POLY_OK;
}

static poly_result read_students(poly_pg *pg, poly_arena *arena, attendance_stats *out)
{
    const char **ids = poly_arena_alloc(arena, (out->session_count + 1) * sizeof(*ids));
    poly_pg_rows rows;
    poly_result result;

    for (size_t i = 0; i < out->session_count; i++)
        ids[i] = out->sessions[i].id;
    result =
        poly_pg_query(pg, &stats_of_students, POLY_PG_VALUES(poly_pg_uuid_list(ids, out->session_count)), arena, &rows);
    if (result != POLY_OK)
        return result;
    out->student_count = cut(&rows, STATS_STUDENTS_MAX, &out->is_cut);
    out->students = poly_arena_alloc(arena, (rows.count + 1) * sizeof(*out->students));
    for (size_t i = 0; i < out->student_count; i++)
        out->students[i] = (student_stats){
            .id = poly_pg_get_text(&rows, i, 0),
            .name = poly_pg_get_text(&rows, i, 1),
            .marks = take_counts(&rows, i, 2),
        };
    return POLY_OK;
}

poly_result store_attendance_stats(poly_pg *pg, poly_arena *arena, const stats_filter *filter, attendance_stats *out)
{
    poly_result result;

    *out = (attendance_stats){0};
    result = read_sessions(pg, arena, filter, out);
    return result == POLY_OK && out->session_count ? read_students(pg, arena, out) : result;
}
