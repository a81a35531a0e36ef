/* SPDX-License-Identifier: MIT */
/* What is over is deleted, so many rows at a time that nobody waits for it; what has grown long is cut. */
#include "store.h"

#include "poly/sweeper.h"

/* A token that has expired says nothing any more, whether it was used or not. */
static const poly_statement sweep_tokens = {
    .name = "sweep_tokens",
    .sql = "DELETE FROM refresh_tokens WHERE hash IN (SELECT hash FROM refresh_tokens WHERE expires_at < now()"
           " ORDER BY expires_at LIMIT 2000 FOR UPDATE SKIP LOCKED)",
};

static const poly_statement sweep_sessions = {
    .name = "sweep_sessions",
    .sql = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < now()"
           " ORDER BY expires_at LIMIT 500 FOR UPDATE SKIP LOCKED)",
};

/* See the migration 0003_ranges. */
static const poly_statement cut_ranges = {
    .name = "cut_user_ranges",
    .sql = "SELECT start FROM cut_user_ranges() start",
};

void store_sweep_start(poly_pg *pg, poly_loop *loop, int64_t audit_days)
{
    const poly_sweep sweeps[] = {
        {.statement = &sweep_tokens},
        {.statement = &sweep_sessions},
        {.statement = &cut_ranges},
    };

    poly_sweeper_start(loop, &(poly_sweeper_options){
                                 .pg = pg, .sweeps = sweeps, .count = POLY_LENGTH(sweeps), .audit_days = audit_days});
}
