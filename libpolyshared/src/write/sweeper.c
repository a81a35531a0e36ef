/* SPDX-License-Identifier: MIT */
#include "poly/sweeper.h"

#include <stdlib.h>

#include "poly/log.h"
#include "poly/random.h"
#include "poly/time.h"

#define FIRST_PAUSE_MS    1000 /* and up to as much again */
#define PAUSE             POLY_SECONDS(600)
#define TURN              POLY_SECONDS(60) /* what is left over then waits for the next time */
#define IDEMPOTENCY_HOURS 48

static const poly_statement sweep_audit = {
    .name = "sweep_audit",
    .sql = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < now() - $1 * interval '1 day'"
           " ORDER BY at LIMIT 2000 FOR UPDATE SKIP LOCKED)",
    .types = {POLY_PG_INT},
};

static const poly_statement sweep_keys = {
    .name = "sweep_idempotency_keys",
    .sql = "DELETE FROM idempotency_keys WHERE (scope, key) IN (SELECT scope, key FROM idempotency_keys"
           " WHERE created_at < now() - $1 * interval '1 hour' ORDER BY created_at LIMIT 2000 FOR UPDATE SKIP LOCKED)",
    .types = {POLY_PG_INT},
};

struct sweeper {
    poly_pg *pg;
    size_t count;
    poly_sweep sweeps[];
};

static poly_result sweep_portion(poly_pg *pg, const poly_sweep *sweep, poly_arena *arena, uint64_t *deleted)
{
    bool has_argument = sweep->statement->types[0] != POLY_PG_NONE;
    poly_pg_rows rows;
    poly_result result =
        poly_pg_query(pg, sweep->statement,
                      has_argument ? POLY_PG_VALUES(poly_pg_int(sweep->argument)) : POLY_PG_NO_VALUES, arena, &rows);

    *deleted = result == POLY_OK ? rows.affected : 0;
    return result;
}

static poly_result sweep_all(poly_pg *pg, const poly_sweep *sweep, poly_arena *arena)
{
    uint64_t deleted = 1;
    poly_result result = POLY_OK;

    while (result == POLY_OK && deleted > 0) {
        result = sweep_portion(pg, sweep, arena, &deleted);
        poly_arena_reset(arena);
    }
    return result;
}

static poly_result sweep_once(const struct sweeper *sweeper, poly_arena *arena)
{
    poly_result result = POLY_OK;

    poly_fiber_set_deadline(poly_time_monotonic() + TURN);
    for (size_t i = 0; result == POLY_OK && i < sweeper->count; i++)
        result = sweep_all(sweeper->pg, &sweeper->sweeps[i], arena);
    poly_fiber_set_deadline(POLY_NO_DEADLINE);
    return result;
}

static void run(void *argument)
{
    struct sweeper *sweeper = argument;
    poly_arena *arena = poly_arena_create(0);
    uint64_t pause = POLY_MILLISECONDS(FIRST_PAUSE_MS + poly_random_below(FIRST_PAUSE_MS));

    while (poly_fiber_sleep(pause) == POLY_OK) {
        poly_result result = sweep_once(sweeper, arena);

        pause = PAUSE;
        if (result != POLY_OK && result != POLY_CANCELLED)
            poly_log(POLY_LOG_WARNING, "cannot delete what is over",
                     poly_text_field("result", poly_result_name(result)));
    }
    poly_arena_destroy(&arena);
    free(sweeper);
}

void poly_sweeper_start(poly_loop *loop, const poly_sweeper_options *options)
{
    struct sweeper *sweeper = poly_alloc_zero(1, sizeof(*sweeper) + (options->count + 2) * sizeof(sweeper->sweeps[0]));

    sweeper->pg = options->pg;
    for (size_t i = 0; i < options->count; i++)
        sweeper->sweeps[sweeper->count++] = options->sweeps[i];
    sweeper->sweeps[sweeper->count++] = (poly_sweep){&sweep_keys, IDEMPOTENCY_HOURS};
    if (options->audit_days > 0)
        sweeper->sweeps[sweeper->count++] = (poly_sweep){&sweep_audit, options->audit_days};
    poly_fiber_start(loop, "sweeper", run, sweeper);
}
