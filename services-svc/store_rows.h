/* SPDX-License-Identifier: MIT */
/*
 * Departments, services and executors among a row's columns: for the store's files only.
 */
#ifndef SERVICES_STORE_ROWS_H
#define SERVICES_STORE_ROWS_H

#include "store.h"

/* Of the table or alias `of`, in the order in which they are read. */
#define DEPARTMENT_COLUMNS(of) of ".id, " of ".name, " of ".description, " of ".has_account, " of ".created_at"
#define SERVICE_COLUMNS(of)                                                                      \
    of ".id, " of ".department_id, " of ".name, " of ".description, " of ".required_fields, " of \
       ".requires_attachment, " of ".is_active, coalesce(" of ".due_working_days, 0)::bigint, " of ".created_at"
#define EXECUTOR_COLUMNS(of) of ".id, " of ".department_id, " of ".name, " of ".username, " of ".created_at"
enum { DEPARTMENT_COLUMN_COUNT = 5, SERVICE_COLUMN_COUNT = 9, EXECUTOR_COLUMN_COUNT = 5 };

/* Those whose columns come first. */
campus_department department_of_row(const poly_pg_rows *rows, size_t row, poly_arena *arena);
campus_service service_of_row(const poly_pg_rows *rows, size_t row, poly_arena *arena);
campus_executor executor_of_row(const poly_pg_rows *rows, size_t row, poly_arena *arena);

/* Folded: what lists are ordered by and search looks in. In the arena. */
const char *sort_text_of(const char *name, const char *username, poly_arena *arena);

/*
 * A page of `table` t, which has sort_text: `columns` and behind them the total, in one row with nothing else if there
 * is none on the page. $1 is the limit, $2 the offset.
 */
#define PAGE_SQL(table, columns, where)                                                                           \
    "WITH found AS MATERIALIZED (SELECT f.id, f.sort_text FROM " table " f WHERE " where "),"                     \
    " page AS (SELECT * FROM found ORDER BY sort_text, id LIMIT $1 OFFSET $2)"                                    \
    " SELECT " columns ", (SELECT count(*) FROM found) FROM (SELECT) one LEFT JOIN page ON true LEFT JOIN " table \
    " t ON t.id = page.id ORDER BY page.sort_text, page.id"

/* How many of the rows are items, and the total, which is in `column`. */
size_t items_of_page(const poly_pg_rows *rows, size_t column, int64_t *total);

/* POLY_NOT_FOUND when the query went well and has no row, or touched none. */
poly_result take_first(poly_result result, const poly_pg_rows *rows);
poly_result take_affected(poly_result result, const poly_pg_rows *rows);

#endif
