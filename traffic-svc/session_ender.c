/* SPDX-License-Identifier: MIT */
#include "session_ender.h"

#include "poly/log.h"

#include "store.h"

#define PAUSE POLY_SECONDS(1)
#define TURN  POLY_SECONDS(5)

static void run(void *argument)
{
    traffic_service *service = argument;
    poly_arena *arena = poly_arena_create(0);
    poly_result last = POLY_OK;

    while (poly_fiber_sleep(PAUSE) == POLY_OK) {
        int64_t ended;
        poly_result result;

        poly_fiber_set_deadline(poly_time_monotonic() + TURN);
        result = store_end_due_sessions(service->pg, arena, &ended);
        poly_fiber_set_deadline(POLY_NO_DEADLINE);
        if (ended)
            change_feed_wake(service->feed);
        if (result != POLY_OK && last == POLY_OK && result != POLY_CANCELLED)
            poly_log(POLY_LOG_WARNING, "cannot end sessions whose time is over",
                     poly_text_field("result", poly_result_name(result)));
        last = result;
        poly_arena_reset(arena);
    }
    poly_arena_destroy(&arena);
}

void session_ender_start(traffic_service *service, poly_loop *loop)
{
    poly_fiber_start(loop, "session ender", run, service);
}
