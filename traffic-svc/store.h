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

/* --- what is over: store_sweep.c; so many rows at a time, `deleted` says how many --- */

poly_result store_sweep_audit(poly_pg *pg, poly_arena *arena, int64_t keep_days, int64_t *deleted) POLY_MUST_CHECK;

#endif
