/* SPDX-License-Identifier: MIT */
/* Which statements one connection has prepared, and under which names. */
#ifndef POLY_PG_PREPARED_H
#define POLY_PG_PREPARED_H

#include "poly/pg.h"

enum { POLY_PREPARED_NAME_SIZE = 64 };

typedef struct poly_prepared {
    const poly_statement *statement;
    unsigned number; /* part of the name on the server: a name is used once, so nothing need be deallocated */
    unsigned epoch;  /* of the schema, as far as the pool knows; another one outdates it */
    bool is_sent;    /* PREPARE has been sent and did not fail so far */
} poly_prepared;

typedef struct poly_prepared_table {
    poly_prepared *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
} poly_prepared_table;

/* The statement's entry, made at the first call. Valid until the next call. */
poly_prepared *poly_prepared_of(poly_prepared_table *table, const poly_statement *statement);
void poly_prepared_release(poly_prepared_table *table);

/* Whether it must be prepared before it is executed; if so it has a new name from now on and counts as sent. */
bool poly_prepared_renew(poly_prepared *prepared, unsigned epoch);
void poly_prepared_name(const poly_prepared *prepared, char name[POLY_PREPARED_NAME_SIZE]);

#endif
