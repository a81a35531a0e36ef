/* SPDX-License-Identifier: MIT */
#include "fetch_window.h"

#include "poly/time.h"

/* Longer than any fetch takes: only so that nothing waits for ever. */
#define PATIENCE POLY_SECONDS(180)

static poly_result await_oldest(fetch_window *window)
{
    poly_result result = poly_latch_wait(window->latches[0], poly_time_monotonic() + PATIENCE);

    poly_latch_unref(&window->latches[0]);
    window->count--;
    for (size_t i = 0; i < window->count; i++)
        window->latches[i] = window->latches[i + 1];
    return result == POLY_CANCELLED ? POLY_CANCELLED : POLY_OK;
}

poly_result fetch_window_add(fetch_window *window, poly_latch *latch)
{
    if (!latch)
        return POLY_OK;
    window->latches[window->count++] = latch;
    return window->count < window->max ? POLY_OK : await_oldest(window);
}

poly_result fetch_window_drain(fetch_window *window)
{
    poly_result result = POLY_OK;

    while (window->count)
        if (await_oldest(window) != POLY_OK)
            result = POLY_CANCELLED;
    return result;
}
