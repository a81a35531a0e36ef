/* SPDX-License-Identifier: MIT */
/* What is over is deleted, so many rows at a time that nobody waits for it. */
#include "store.h"

#include "poly/sweeper.h"

/* A replica that has not looked for an hour begins anew. */
static const poly_statement sweep_changes = {
    .name = "sweep_changes",
    .sql = "DELETE FROM tablet_changes WHERE ctid IN (SELECT ctid FROM tablet_changes"
           " WHERE at < now() - interval '1 hour' ORDER BY transaction, sequence LIMIT 2000 FOR UPDATE SKIP LOCKED)",
};

/* A replica that has been silent for so long has died, and a kiosk that has been gone for so long has gone. */
static const poly_statement sweep_presence = {
    .name = "sweep_presence",
    .sql = "WITH dead AS (SELECT id FROM replicas WHERE seen_at < now() - interval '10 minutes' LIMIT 20),"
           " orphans AS (DELETE FROM kiosk_presence WHERE ctid IN (SELECT ctid FROM kiosk_presence"
           " WHERE replica_id IN (SELECT id FROM dead) LIMIT 2000) RETURNING 1),"
           " old AS (DELETE FROM kiosk_presence WHERE ctid IN (SELECT ctid FROM kiosk_presence"
           " WHERE left_at < now() - interval '10 minutes' LIMIT 2000) RETURNING 1),"
           " gone AS (DELETE FROM replicas r WHERE r.id IN (SELECT id FROM dead)"
           " AND NOT EXISTS (SELECT FROM kiosk_presence p WHERE p.replica_id = r.id) RETURNING 1)"
           " SELECT FROM orphans UNION ALL SELECT FROM old UNION ALL SELECT FROM gone",
};

/* Kiosks that nobody has registered in that time, and that are not online. */
static const poly_statement sweep_unregistered = {
    .name = "sweep_unregistered",
    .sql = "DELETE FROM tablets WHERE id IN (SELECT t.id FROM tablets t WHERE t.registered_at IS NULL"
           " AND t.deleted_at IS NULL AND t.created_at < now() - $1 * interval '1 hour'"
           " AND NOT EXISTS (SELECT FROM kiosk_presence p WHERE p.tablet_id = t.id AND p.left_at IS NULL)"
           " ORDER BY t.created_at LIMIT 500 FOR UPDATE OF t SKIP LOCKED)",
    .types = {POLY_PG_INT},
};

void store_sweep_start(poly_pg *pg, poly_loop *loop, int64_t audit_days, int64_t unregistered_hours)
{
    const poly_sweep sweeps[] = {
        {.statement = &sweep_changes},
        {.statement = &sweep_presence},
        {.statement = &sweep_unregistered, .argument = unregistered_hours},
    };

    poly_sweeper_start(loop, &(poly_sweeper_options){
                                 .pg = pg, .sweeps = sweeps, .count = POLY_LENGTH(sweeps), .audit_days = audit_days});
}
