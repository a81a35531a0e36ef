/* SPDX-License-Identifier: MIT */
/*
 * The timetable system behind the daemon, whatever its dialect. A dialect is one file that makes an `upstream`; ruz.c
 * is the one for RUZ of St. Petersburg Polytechnic.
 */
#ifndef SCHEDULE_UPSTREAM_H
#define SCHEDULE_UPSTREAM_H

#include "poly/httpc.h"

#include "answer.h"

typedef struct upstream upstream;
struct upstream {
    /*
     * One resource. It is checked whole: whatever breaks the upstream's contract is POLY_BAD_ANSWER, so that nothing
     * half right gets further. POLY_NOT_FOUND, POLY_REJECTED, POLY_UNAVAILABLE, POLY_TIMEOUT, POLY_OVERLOADED and
     * POLY_CANCELLED as their names say. Keeps to the fiber's deadline. Fiber only.
     */
    poly_result (*fetch)(upstream *self, const resource_key *key, poly_arena *arena, answer_data *out);
    /* Any thread. */
    poly_breaker_state (*breaker)(const upstream *self);
    /* After poly_runtime_stop. */
    void (*destroy)(upstream *self);
};

typedef struct upstream_options {
    const char *base_url;
    unsigned deadline_ms;   /* of one fetch */
    unsigned max_in_flight; /* requests at the upstream at the same time */
    unsigned max_waiting;   /* fetches that wait for their turn; beyond them POLY_OVERLOADED */
} upstream_options;

upstream *ruz_create(const upstream_options *options) __attribute__((returns_nonnull));

#endif
