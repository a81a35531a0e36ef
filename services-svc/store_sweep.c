/* SPDX-License-Identifier: MIT */
/* What is over is deleted, so many rows at a time that nobody waits for it. */
#include "store.h"

#include "poly/sweeper.h"

static const poly_statement sweep_launches = {
    .name = "sweep_launches",
    .sql = "DELETE FROM launch_exchanges WHERE jti_hash IN (SELECT jti_hash FROM launch_exchanges"
           " WHERE expires_at < now() ORDER BY expires_at LIMIT 2000 FOR UPDATE SKIP LOCKED)",
};

/* A subscriber who comes back later than that begins with the present state. */
static const poly_statement sweep_events = {
    .name = "sweep_events",
    .sql = "DELETE FROM events WHERE sequence IN (SELECT sequence FROM events"
           " WHERE created_at < now() - interval '2 days' ORDER BY created_at LIMIT 2000 FOR UPDATE SKIP LOCKED)",
};

void store_sweep_start(poly_pg *pg, poly_loop *loop, int64_t audit_days)
{
    const poly_sweep sweeps[] = {
        {.statement = &sweep_launches},
        {.statement = &sweep_events},
    };

    poly_sweeper_start(loop, &(poly_sweeper_options){
                                 .pg = pg, .sweeps = sweeps, .count = POLY_LENGTH(sweeps), .audit_days = audit_days});
}
