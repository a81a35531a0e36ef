/* SPDX-License-Identifier: MIT */
/*
 * What the library's own modules need of a loop and daemons do not: libevent's base, and state that a module keeps
 * once per loop.
 */
#ifndef POLY_RUNTIME_LOOP_H
#define POLY_RUNTIME_LOOP_H

#include "poly/runtime.h"

struct event_base;

struct event_base *poly_loop_base(poly_loop *loop);

typedef enum poly_loop_slot {
    POLY_SLOT_HTTPC,
    POLY_SLOT_SERVER,
    POLY_SLOT_PG,
    POLY_SLOT_COUNT,
} poly_loop_slot;

/* NULL until set. Loop only. */
void *poly_loop_get(poly_loop *loop, poly_loop_slot slot);
/* `destroy(value)` is called on the loop's thread after its last fiber has ended, slots in reverse order. */
void poly_loop_set(poly_loop *loop, poly_loop_slot slot, void *value, void (*destroy)(void *value));

/* Runs `run(argument)` on a new fiber now, on top of the caller, until it first waits or ends. Loop only, not from a
 * fiber. */
void poly_fiber_run(poly_loop *loop, const char *name, void (*run)(void *argument), void *argument);

#endif
