/* SPDX-License-Identifier: MIT */
#include "store_rows.h"

#include <string.h>

#include "poly/text.h"

#define SORT_TEXT_MAX ((size_t)8 << 10)

campus_department department_of_row(const poly_pg_rows *rows, size_t row, poly_arena *arena)
{
    return (campus_department){
        .id = poly_pg_get_text(rows, row, 0),
        .name = poly_pg_get_text(rows, row, 1),
        .description = poly_pg_get_text(rows, row, 2),
        .has_account = poly_pg_get_bool(rows, row, 3),
        .created_at = poly_pg_get_rfc3339(rows, row, 4, arena),
    };
}

campus_service service_of_row(const poly_pg_rows *rows, size_t row, poly_arena *arena)
{
    return (campus_service){
        .id = poly_pg_get_text(rows, row, 0),
        .department_id = poly_pg_get_text(rows, row, 1),
        .name = poly_pg_get_text(rows, row, 2),
        .description = poly_pg_get_text(rows, row, 3),
        .required_fields = poly_pg_get_text(rows, row, 4),
        .requires_attachment = poly_pg_get_bool(rows, row, 5),
        .is_active = poly_pg_get_bool(rows, row, 6),
        .due_working_days = poly_pg_get_int(rows, row, 7),
        .created_at = poly_pg_get_rfc3339(rows, row, 8, arena),
    };
}

campus_executor executor_of_row(const poly_pg_rows *rows, size_t row, poly_arena *arena)
{
    return (campus_executor){
        .id = poly_pg_get_text(rows, row, 0),
        .department_id = poly_pg_get_text(rows, row, 1),
        .name = poly_pg_get_text(rows, row, 2),
        .username = poly_pg_get_text(rows, row, 3),
        .created_at = poly_pg_get_rfc3339(rows, row, 4, arena),
    };
}

const char *sort_text_of(const char *name, const char *username, poly_arena *arena)
{
    poly_strbuf folded;
    const char *text;

    poly_strbuf_init(&folded, SORT_TEXT_MAX);
    poly_text_fold(name, strlen(name), &folded);
    if (username) {
        poly_strbuf_append_char(&folded, ' ');
        poly_text_fold(username, strlen(username), &folded);
    }
    text = poly_arena_strdup(arena, poly_strbuf_text(&folded));
    poly_strbuf_release(&folded);
    return text;
}

size_t items_of_page(const poly_pg_rows *rows, size_t column, int64_t *total)
{
    *total = rows->count ? poly_pg_get_int(rows, 0, column) : 0;
    return rows->count && !poly_pg_is_null(rows, 0, 0) ? rows->count : 0;
}

poly_result take_first(poly_result result, const poly_pg_rows *rows)
{
    return result == POLY_OK && rows->count == 0 ? POLY_NOT_FOUND : result;
}

poly_result take_affected(poly_result result, const poly_pg_rows *rows)
{
    return result == POLY_OK && rows->affected == 0 ? POLY_NOT_FOUND : result;
}
