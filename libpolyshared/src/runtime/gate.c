/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "runtime/waiter.h"

struct poly_gate {
    pthread_mutex_t mutex;
    unsigned max_inside;
    unsigned max_waiting;
    unsigned inside; /* those included whose place was handed over and who do not know yet */
    struct waiter_list waiters;
};

poly_gate *poly_gate_create(unsigned max_inside, unsigned max_waiting)
{
    poly_gate *gate = poly_alloc_zero(1, sizeof(*gate));

    assert(max_inside > 0);
    pthread_mutex_init(&gate->mutex, NULL);
    gate->max_inside = max_inside;
    gate->max_waiting = max_waiting;
    return gate;
}

void poly_gate_destroy(poly_gate **gate)
{
    poly_gate *self = *gate;

    if (!self)
        return;
    assert(self->inside == 0 && !self->waiters.first);
    pthread_mutex_destroy(&self->mutex);
    free(self);
    *gate = NULL;
}

poly_result poly_gate_enter(poly_gate *gate, uint64_t deadline)
{
    struct waiter waiter;
    poly_result result = POLY_OK;

    poly_waiter_init(&waiter);
    pthread_mutex_lock(&gate->mutex);
    if (gate->inside < gate->max_inside) {
        gate->inside++;
    } else if (gate->waiters.count >= gate->max_waiting) {
        result = POLY_OVERLOADED;
    } else {
        poly_waiter_append(&gate->waiters, &waiter);
        return poly_waiter_wait(&waiter, &gate->waiters, &gate->mutex, deadline);
    }
    pthread_mutex_unlock(&gate->mutex);
    return result;
}

void poly_gate_leave(poly_gate *gate)
{
    struct waiter *waiter;

    pthread_mutex_lock(&gate->mutex);
    assert(gate->inside > 0);
    /* The place goes to the first in the queue at once, so that nobody who comes now can take it. */
    waiter = poly_waiter_take_first(&gate->waiters);
    if (!waiter)
        gate->inside--;
    pthread_mutex_unlock(&gate->mutex);
    poly_waiters_wake(waiter);
}
