/* SPDX-License-Identifier: MIT */
/* What a fiber gets of libpq's result. */
#ifndef POLY_PG_ANSWER_H
#define POLY_PG_ANSWER_H

#include "poly/pg.h"

#include <libpq-fe.h>

/* Copies rows, or the refusal's particulars, to `rows` and the arena. */
void poly_pg_answer_read(const PGresult *result, poly_arena *arena, poly_pg_rows *rows);

#endif
