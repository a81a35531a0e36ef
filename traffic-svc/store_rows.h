/* SPDX-License-Identifier: MIT */
/*
 * What a row's columns mean: for the store's files only.
 */
#ifndef TRAFFIC_STORE_ROWS_H
#define TRAFFIC_STORE_ROWS_H

#include "store.h"

/* Of the table or alias `of`, in the order in which teacher_of_row reads them. */
#define TEACHER_COLUMNS(of)                                                                                  \
    of ".id, " of ".full_name, " of ".username, " of ".ruz_teacher_id, " of ".is_active, " of ".origin, " of \
       ".missing_since, " of ".created_at"
enum { TEACHER_COLUMN_COUNT = 8 };

/* The teacher whose columns begin at `column`. */
teacher teacher_of_row(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena);

#endif
