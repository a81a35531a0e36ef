/* SPDX-License-Identifier: MIT */
#include "sweeper.h"

#include "poly/log.h"
#include "poly/write.h"

#include "store.h"

#define PAUSE             POLY_SECONDS(600)
#define TURN              POLY_SECONDS(60) /* what is left over then waits for the next time */
#define IDEMPOTENCY_HOURS 48

typedef poly_result sweep(services_service *service, poly_arena *arena, int64_t *deleted);

static poly_result sweep_launches(services_service *service, poly_arena *arena, int64_t *deleted)
{
    return store_sweep_launches(service->pg, arena, deleted);
}

static poly_result sweep_events(services_service *service, poly_arena *arena, int64_t *deleted)
{
    return store_sweep_events(service->pg, arena, deleted);
}

static poly_result sweep_keys(services_service *service, poly_arena *arena, int64_t *deleted)
{
    return poly_write_sweep(service->pg, IDEMPOTENCY_HOURS, arena, deleted);
}

static poly_result sweep_audit(services_service *service, poly_arena *arena, int64_t *deleted)
{
    *deleted = 0;
    if (service->config->audit_retention_days == 0)
        return POLY_OK;
    return store_sweep_audit(service->pg, arena, service->config->audit_retention_days, deleted);
}

/* In portions, until there is nothing left. */
static poly_result sweep_all(services_service *service, poly_arena *arena, sweep *portion)
{
    int64_t deleted = 1;
    poly_result result = POLY_OK;

    while (result == POLY_OK && deleted > 0) {
        result = portion(service, arena, &deleted);
        poly_arena_reset(arena);
    }
    return result;
}

static poly_result sweep_once(services_service *service, poly_arena *arena)
{
    static sweep *const sweeps[] = {sweep_launches, sweep_events, sweep_keys, sweep_audit};
    poly_result result = POLY_OK;

    poly_fiber_set_deadline(poly_time_monotonic() + TURN);
    for (size_t i = 0; result == POLY_OK && i < POLY_LENGTH(sweeps); i++)
        result = sweep_all(service, arena, sweeps[i]);
    poly_fiber_set_deadline(POLY_NO_DEADLINE);
    return result;
}

static void run(void *argument)
{
    services_service *service = argument;
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

void sweeper_start(services_service *service, poly_loop *loop)
{
    poly_fiber_start(loop, "sweeper", run, service);
}
