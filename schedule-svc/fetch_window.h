/* SPDX-License-Identifier: MIT */
/*
 * A bound on how many background fetches one fiber has under way: it goes on when the oldest is over. Fiber only.
 */
#ifndef SCHEDULE_FETCH_WINDOW_H
#define SCHEDULE_FETCH_WINDOW_H

#include "poly/runtime.h"

#define FETCH_WINDOW_MAX 8

typedef struct fetch_window {
    size_t max; /* 1 to FETCH_WINDOW_MAX */
    poly_latch *latches[FETCH_WINDOW_MAX];
    size_t count;
} fetch_window;

/* Takes over what cache_refresh answered, NULL too. Both: POLY_CANCELLED when the fiber is, else POLY_OK. */
poly_result fetch_window_add(fetch_window *window, poly_latch *latch) POLY_MUST_CHECK;
/* Waits for all that are still under way. */
poly_result fetch_window_drain(fetch_window *window) POLY_MUST_CHECK;

#endif
