/* SPDX-License-Identifier: MIT */
/* Values as libpq takes them. Any thread. */
#ifndef POLY_PG_PARAMETERS_H
#define POLY_PG_PARAMETERS_H

#include "poly/pg.h"

#include <libpq-fe.h>

typedef struct poly_pg_parameters {
    int count;
    const char *values[POLY_PG_MAX_PARAMETERS];
    int sizes[POLY_PG_MAX_PARAMETERS];
    int formats[POLY_PG_MAX_PARAMETERS]; /* 0 text, 1 binary */
    char numbers[POLY_PG_MAX_PARAMETERS][8];
} poly_pg_parameters;

/* The parameters point into `values`, `arena` and themselves. POLY_INVALID for a value over 1 GiB, PostgreSQL's limit.
 */
poly_result poly_pg_parameters_make(const poly_statement *statement, const poly_pg_value *values, poly_arena *arena,
                                    poly_pg_parameters *parameters) POLY_MUST_CHECK;

/* The types' object ids; how many there are. */
int poly_pg_parameter_types(const poly_statement *statement, Oid types[POLY_PG_MAX_PARAMETERS]);

#endif
