/* SPDX-License-Identifier: MIT */
/* What all loops share of a pool. */
#ifndef POLY_PG_POOL_H
#define POLY_PG_POOL_H

#include "pg/connector.h"
#include "poly/pg.h"

#include <stdatomic.h>

struct poly_pg {
    poly_pg_options options; /* defaults put in; url is ours */
    char *url;
    poly_connector *connector;
    atomic_uint epoch; /* of the schema: grows when the server says that a prepared statement is outdated */
};

/* When a query that begins now must be done, as far as the pool is concerned. Monotonic µs. */
uint64_t poly_pg_query_deadline(const poly_pg *pool);

#endif
