/* SPDX-License-Identifier: MIT */
/*
 * A circuit breaker as plain state: the clock comes in as an argument (µs, monotonic) and the caller holds a lock
 * when several threads share it.
 *
 * Closed, it admits every attempt and counts failures in a row; at the limit it opens and admits nothing. When the
 * open time is over it is half-open and admits one trial at a time: success closes it, failure opens it again for
 * twice as long, up to eight times the first.
 */
#ifndef POLY_HTTPC_BREAKER_H
#define POLY_HTTPC_BREAKER_H

#include "poly/httpc.h"

typedef struct poly_breaker {
    unsigned failure_limit;
    uint64_t open_time; /* of the first opening, µs */
    poly_breaker_state state;
    unsigned failures; /* in a row, while closed */
    unsigned openings; /* since the last success */
    uint64_t open_until;
    bool trial_out;
    uint32_t period; /* counts changes of state */
} poly_breaker;

/* What an attempt was admitted on. */
typedef struct poly_breaker_permit {
    uint32_t period;
} poly_breaker_permit;

typedef enum poly_breaker_outcome {
    POLY_BREAKER_SUCCESS,
    POLY_BREAKER_FAILURE,
    POLY_BREAKER_NEITHER, /* given up for a reason of the caller's own */
} poly_breaker_outcome;

void poly_breaker_init(poly_breaker *breaker, unsigned failure_limit, uint64_t open_time);

/* The state at `now`: half-open as soon as the open time is over, also before the trial. */
poly_breaker_state poly_breaker_look(const poly_breaker *breaker, uint64_t now);

/* Whether poly_breaker_admit would say yes. */
bool poly_breaker_would_admit(const poly_breaker *breaker, uint64_t now);

/* True with a permit, which needs exactly one poly_breaker_settle. */
bool poly_breaker_admit(poly_breaker *breaker, uint64_t now, poly_breaker_permit *permit) POLY_MUST_CHECK;

/* An outcome whose permit is older than the present state says nothing about it and is ignored. */
void poly_breaker_settle(poly_breaker *breaker, uint64_t now, poly_breaker_permit permit, poly_breaker_outcome outcome);

#endif
