/* SPDX-License-Identifier: MIT */
#include "sweeper.h"

#include "poly/log.h"

#define LONGEST_PAUSE  POLY_SECONDS(20)
#define SHORTEST_PAUSE POLY_MILLISECONDS(500)
#define TIMES_A_LIFE   10

/* Nothing stays for much longer than it may, however short that is. */
static uint64_t pause_of(const main_service *service)
{
    uint64_t pause = POLY_SECONDS(service->config->password_keep_seconds) / TIMES_A_LIFE;

    if (pause > LONGEST_PAUSE)
        return LONGEST_PAUSE;
    return pause < SHORTEST_PAUSE ? SHORTEST_PAUSE : pause;
}

static void sweep(void *argument)
{
    main_service *service = argument;

    do {
        poly_result result = password_vault_sweep(service->vault);

        if (result != POLY_OK && result != POLY_CANCELLED)
            poly_log(POLY_LOG_WARNING, "old passwords were not swept",
                     poly_text_field("result", poly_result_name(result)));
        poly_gauge_set(service->metrics.passwords, (int64_t)password_vault_count(service->vault));
        poly_gauge_set(service->metrics.schedule_bytes, (int64_t)relay_cache_bytes(service->relay));
    } while (poly_fiber_sleep(pause_of(service)) == POLY_OK);
}

void sweeper_start(main_service *service, poly_loop *loop)
{
    poly_fiber_start(loop, "sweeper", sweep, service);
}
