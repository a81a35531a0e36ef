/* SPDX-License-Identifier: MIT */
#include "sweeper.h"

#include "poly/log.h"
#include "poly/write.h"

#include "store.h"

#define PAUSE             POLY_SECONDS(600)
#define TURN              POLY_SECONDS(60) /* what is left over then waits for the next time */
#define IDEMPOTENCY_HOURS 48

typedef poly_result sweep(traffic_service *service, poly_arena *arena, int64_t *deleted);

static poly_result sweep_keys(traffic_service *service, poly_arena *arena, int64_t *deleted)
{
    return poly_write_sweep(service->pg, IDEMPOTENCY_HOURS, arena, deleted);
}

static poly_result sweep_audit(traffic_service *service, poly_arena *arena, int64_t *deleted)
{
    *deleted = 0;
    if (service->config->audit_retention_days == 0)
        return POLY_OK;
    return store_sweep_audit(service->pg, arena, service->config->audit_retention_days, deleted);
}

static poly_result sweep_changes(traffic_service *service, poly_arena *arena, int64_t *deleted)
{
    return store_sweep_changes(service->pg, arena, deleted);
}

static poly_result sweep_presence(traffic_service *service, poly_arena *arena, int64_t *deleted)
{
    return store_sweep_presence(service->pg, arena, deleted);
}

static poly_result sweep_unregistered(traffic_service *service, poly_arena *arena, int64_t *deleted)
{
    return store_sweep_unregistered(service->pg, arena, service->config->unregistered_keep_hours, deleted);
}

/* In portions, until there is nothing left. */
static poly_result sweep_all(traffic_service *service, poly_arena *arena, sweep *portion)
{
    int64_t deleted = 1;
    poly_result result = POLY_OK;

    while (result == POLY_OK && deleted > 0) {
        result = portion(service, arena, &deleted);
        poly_arena_reset(arena);
    }
    return result;
}

static poly_result sweep_once(traffic_service *service, poly_arena *arena)
{
    static sweep *const sweeps[] = {sweep_changes, sweep_presence, sweep_unregistered, sweep_keys, sweep_audit};
    poly_result result = POLY_OK;

    poly_fiber_set_deadline(poly_time_monotonic() + TURN);
    for (size_t i = 0; result == POLY_OK && i < POLY_LENGTH(sweeps); i++)
        result = sweep_all(service, arena, sweeps[i]);
    poly_fiber_set_deadline(POLY_NO_DEADLINE);
    return result;
}

static void run(void *argument)
{
    traffic_service *service = argument;
    poly_arena *arena = poly_arena_create(0);

    while (poly_fiber_sleep(PAUSE) == POLY_OK) {
        poly_result result = sweep_once(service, arena);

        if (result != POLY_OK && result != POLY_CANCELLED)
            poly_log(POLY_LOG_WARNING, "cannot delete what is over",
                     poly_text_field("result", poly_result_name(result)));
        poly_arena_reset(arena);
    }
    poly_arena_destroy(&arena);
}

void sweeper_start(traffic_service *service, poly_loop *loop)
{
    poly_fiber_start(loop, "sweeper", run, service);
}
