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

static const poly_statement sweep_launches = {
    .name = "sweep_launches",
    .sql = "DELETE FROM launch_exchanges WHERE jti_hash IN (SELECT jti_hash FROM launch_exchanges"
           " WHERE expires_at < now() ORDER BY expires_at LIMIT 2000 FOR UPDATE SKIP LOCKED)",
};

poly_result store_sweep_launches(poly_pg *pg, poly_arena *arena, int64_t *deleted)
{
    return sweep(pg, &sweep_launches, POLY_PG_NO_VALUES, arena, deleted);
}

/* A subscriber who comes back later than that begins with the present state. */
static const poly_statement sweep_events = {
    .name = "sweep_events",
    .sql = "DELETE FROM events WHERE sequence IN (SELECT sequence FROM events"
           " WHERE created_at < now() - interval '2 days' ORDER BY created_at LIMIT 2000 FOR UPDATE SKIP LOCKED)",
};

poly_result store_sweep_events(poly_pg *pg, poly_arena *arena, int64_t *deleted)
{
    return sweep(pg, &sweep_events, POLY_PG_NO_VALUES, arena, deleted);
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
