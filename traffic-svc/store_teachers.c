/* SPDX-License-Identifier: MIT */
/* Teachers read one at a time. */
#include "store_rows.h"

#include <string.h>

teacher teacher_of_row(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena)
{
    return (teacher){
        .id = poly_pg_get_text(rows, row, column),
        .full_name = poly_pg_get_text(rows, row, column + 1),
        .username = poly_pg_get_text(rows, row, column + 2),
        .ruz_teacher_id = poly_pg_get_int(rows, row, column + 3),
        .is_active = poly_pg_get_bool(rows, row, column + 4),
        .is_synced = strcmp(poly_pg_get_text(rows, row, column + 5), "sync") == 0,
        .missing_since = poly_pg_get_rfc3339(rows, row, column + 6, arena),
        .created_at = poly_pg_get_rfc3339(rows, row, column + 7, arena),
    };
}

static const poly_statement live_teacher = {
    .name = "live_teacher",
    .sql = "SELECT " TEACHER_COLUMNS("t") " FROM teachers t WHERE t.id = $1 AND t.is_active AND t.deleted_at IS NULL",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_live_teacher(poly_pg *pg, poly_arena *arena, const char *id, teacher *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &live_teacher, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    if (result != POLY_OK)
        return result;
    if (rows.count == 0)
        return POLY_NOT_FOUND;
    *out = teacher_of_row(&rows, 0, 0, arena);
    return POLY_OK;
}
