/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <stdlib.h>

#include "runtime/waiter.h"

struct poly_latch {
    atomic_uint references;
    atomic_bool open; /* set with the mutex locked, so that nobody is listed afterwards */
    pthread_mutex_t mutex;
    struct waiter_list waiters;
};

poly_latch *poly_latch_create(void)
{
    poly_latch *latch = poly_alloc_zero(1, sizeof(*latch));

    atomic_init(&latch->references, 1);
    pthread_mutex_init(&latch->mutex, NULL);
    return latch;
}

poly_latch *poly_latch_ref(poly_latch *latch)
{
    atomic_fetch_add_explicit(&latch->references, 1, memory_order_relaxed);
    return latch;
}

void poly_latch_unref(poly_latch **latch)
{
    poly_latch *self = *latch;

    *latch = NULL;
    if (!self || atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) > 1)
        return;
    pthread_mutex_destroy(&self->mutex);
    free(self);
}

void poly_latch_open(poly_latch *latch)
{
    struct waiter *waiters;

    pthread_mutex_lock(&latch->mutex);
    atomic_store_explicit(&latch->open, true, memory_order_release);
    waiters = poly_waiter_take_all(&latch->waiters);
    pthread_mutex_unlock(&latch->mutex);
    poly_waiters_wake(waiters);
}

bool poly_latch_is_open(const poly_latch *latch)
{
    return atomic_load_explicit(&latch->open, memory_order_acquire);
}

poly_result poly_latch_wait(poly_latch *latch, uint64_t deadline)
{
    struct waiter waiter;

    if (poly_latch_is_open(latch))
        return POLY_OK;
    poly_waiter_init(&waiter);
    pthread_mutex_lock(&latch->mutex);
    if (poly_latch_is_open(latch)) {
        pthread_mutex_unlock(&latch->mutex);
        return POLY_OK;
    }
    poly_waiter_append(&latch->waiters, &waiter);
    return poly_waiter_wait(&waiter, &latch->waiters, &latch->mutex, deadline);
}
