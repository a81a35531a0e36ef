/* SPDX-License-Identifier: MIT */
/*
 * A user among a row's columns: for the store's files only.
 */
#ifndef SSO_STORE_ROWS_H
#define SSO_STORE_ROWS_H

#include "store.h"

/* Of the table or alias `of`, in the order in which user_of_row reads them. */
#define USER_COLUMNS(of)                                                                                               \
    of ".id, " of ".username, " of ".full_name, " of ".app, " of ".role, " of ".entity_id, " of ".ruz_teacher_id, " of \
       ".telegram_id, " of ".telegram_username, " of ".is_active, " of ".created_at"
enum { USER_COLUMN_COUNT = 11 };

/* Text that is another one after everything that ends the user's sessions; in no time zone. */
#define USER_STANDING(of) "extract(epoch FROM " of ".tokens_valid_from)::text"

/* The user whose columns begin at `column`. */
sso_user user_of_row(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena);

/* POLY_NOT_FOUND when the query went well and has no row; `out` is the first. */
poly_result take_user(poly_result result, const poly_pg_rows *rows, poly_arena *arena, sso_user *out);
/* POLY_NOT_FOUND when the query went well and touched no row. */
poly_result take_affected(poly_result result, const poly_pg_rows *rows);

#endif
