/* SPDX-License-Identifier: MIT */
/*
 * Deletes what is over, so many rows at a time that nobody waits for it, for as long as the daemon runs. Replicas may
 * do so at the same time. Keys of idempotent requests and audit records are seen to for every daemon, which has both
 * tables.
 */
#ifndef POLY_SWEEPER_H
#define POLY_SWEEPER_H

#include "poly/pg.h"

typedef struct poly_sweep {
    /*
     * Deletes a bounded number of rows with SKIP LOCKED, or sees to something else that waits for nobody; it is run
     * until it affects or returns no row.
     */
    const poly_statement *statement;
    int64_t argument; /* $1, of the type POLY_PG_INT, if it has a parameter */
} poly_sweep;

typedef struct poly_sweeper_options {
    poly_pg *pg;
    const poly_sweep *sweeps; /* the daemon's own; copied */
    size_t count;
    int64_t audit_days; /* audit records are kept for; 0: for ever */
} poly_sweeper_options;

/* Starts a fiber that ends with the runtime. Any thread. */
void poly_sweeper_start(poly_loop *loop, const poly_sweeper_options *options);

#endif
