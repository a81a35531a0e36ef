/* SPDX-License-Identifier: MIT */
/* What is over is deleted, so many rows at a time that nobody waits for it. */
#include "store.h"

static poly_result sweep(poly_pg *pg, const poly_statement *statement, const poly_pg_value *values, poly_arena *arena,
                         int64_t *deleted)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, statement, values, arena, &rows);

    *deleted = result == POLY_OK ? (int64_t)rows.affected : 0;
    return result;
}

static const poly_statement sweep_audit = {
    .name = "sweep_audit",
    .sql = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < now() - $1 * interval '1 day'"
           " ORDER BY at LIMIT 2000 FOR UPDATE SKIP LOCKED)",
    .types = {POLY_PG_INT},
};

poly_result store_sweep_audit(poly_pg *pg, poly_arena *arena, int64_t keep_days, int64_t *deleted)
{
    return sweep(pg, &sweep_audit, POLY_PG_VALUES(poly_pg_int(keep_days)), arena, deleted);
}

/* A replica that has not looked for an hour begins anew. */
static const poly_statement sweep_changes = {
    .name = "sweep_changes",
    .sql = "DELETE FROM tablet_changes WHERE ctid IN (SELECT ctid FROM tablet_changes"
           " WHERE at < now() - interval '1 hour' ORDER BY transaction, sequence LIMIT 2000 FOR UPDATE SKIP LOCKED)",
};

poly_result store_sweep_changes(poly_pg *pg, poly_arena *arena, int64_t *deleted)
{
    return sweep(pg, &sweep_changes, POLY_PG_NO_VALUES, arena, deleted);
}

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

poly_result store_sweep_presence(poly_pg *pg, poly_arena *arena, int64_t *deleted)
{
    return sweep(pg, &sweep_presence, POLY_PG_NO_VALUES, arena, deleted);
}

static const poly_statement sweep_unregistered = {
    .name = "sweep_unregistered",
    .sql = "DELETE FROM tablets WHERE id IN (SELECT t.id FROM tablets t WHERE t.registered_at IS NULL"
           " AND t.deleted_at IS NULL AND t.created_at < now() - $1 * interval '1 hour'"
           " AND NOT EXISTS (SELECT FROM kiosk_presence p WHERE p.tablet_id = t.id AND p.left_at IS NULL)"
           " ORDER BY t.created_at LIMIT 500 FOR UPDATE OF t SKIP LOCKED)",
    .types = {POLY_PG_INT},
};

poly_result store_sweep_unregistered(poly_pg *pg, poly_arena *arena, int64_t keep_hours, int64_t *deleted)
{
    return sweep(pg, &sweep_unregistered, POLY_PG_VALUES(poly_pg_int(keep_hours)), arena, deleted);
}
