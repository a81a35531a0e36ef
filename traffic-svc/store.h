/* SPDX-License-Identifier: MIT */
/*
 * The database: SQL and nothing else. What is read lives in the arena that the call was given. Results are those of
 * poly/pg.h; POLY_NOT_FOUND where a row was asked for that is not there. Fiber only.
 */
#ifndef TRAFFIC_STORE_H
#define TRAFFIC_STORE_H

#include "poly/pg.h"

#include "teacher.h"

/* --- teachers: store_teachers.c --- */

/* One who may act: neither deleted nor deactivated. */
poly_result store_live_teacher(poly_pg *pg, poly_arena *arena, const char *id, teacher *out) POLY_MUST_CHECK;

/* --- teachers as administrators see them: store_teacher_list.c --- */

typedef struct teacher_page {
    teacher *items;
    size_t count;
    int64_t total;
} teacher_page;
/* In the order of their names; those whom `typed` means, or all if that is NULL. */
poly_result store_list_teachers(poly_pg *pg, poly_arena *arena, const char *typed, int64_t limit, int64_t offset,
                                teacher_page *out) POLY_MUST_CHECK;
/* One who is not deleted. */
poly_result store_find_teacher(poly_pg *pg, poly_arena *arena, const char *id, teacher *out) POLY_MUST_CHECK;
poly_result store_insert_teacher(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                 const char *full_name, const char *username, teacher *out) POLY_MUST_CHECK;
/* `out` is who it was. */
poly_result store_delete_teacher(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                 teacher *out) POLY_MUST_CHECK;

/* For poly_accounts_options. */
extern const poly_statement store_teacher_alive;
extern const poly_statement store_teacher_entities;

/* --- what is over: store_sweep.c; so many rows at a time, `deleted` says how many --- */

poly_result store_sweep_audit(poly_pg *pg, poly_arena *arena, int64_t keep_days, int64_t *deleted) POLY_MUST_CHECK;

#endif
