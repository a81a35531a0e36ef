/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "poly/time.h"
#include "runtime/loop_state.h"

struct poly_timer {
    struct timer_entry entry;
    poly_loop *loop;
    void (*fire)(void *argument);
    void *argument;
};

static void expired(struct timer_entry *entry)
{
    poly_timer *timer = (poly_timer *)((char *)entry - offsetof(poly_timer, entry));

    timer->fire(timer->argument);
}

poly_timer *poly_timer_create(poly_loop *loop, void (*fire)(void *argument), void *argument)
{
    poly_timer *timer = poly_alloc_zero(1, sizeof(*timer));

    timer->entry.expire = expired;
    timer->loop = loop;
    timer->fire = fire;
    timer->argument = argument;
    return timer;
}

void poly_timer_start(poly_timer *timer, uint64_t microseconds)
{
    /* Not the turn's time, which may be behind: a timer never fires early. */
    uint64_t now = poly_time_monotonic();

    assert(timer->loop == poly_loop_current());
    poly_timer_stop(timer);
    if (microseconds < POLY_NO_DEADLINE - now)
        poly_timers_add(&timer->loop->timers, &timer->entry, now + microseconds);
}

void poly_timer_stop(poly_timer *timer)
{
    assert(timer->entry.position == 0 || timer->loop == poly_loop_current());
    poly_timers_remove(&timer->loop->timers, &timer->entry);
}

void poly_timer_destroy(poly_timer **timer)
{
    if (!*timer)
        return;
    poly_timer_stop(*timer);
    free(*timer);
    *timer = NULL;
}
