/* SPDX-License-Identifier: MIT */
/*
 * Fibers of any loop that wait in a list under a mutex. Whoever takes a waiter out of the list owes it the wake-up;
 * until that comes, the waiter's memory, on its fiber's stack, stays.
 */
#ifndef POLY_RUNTIME_WAITER_H
#define POLY_RUNTIME_WAITER_H

#include <pthread.h>

#include "poly/runtime.h"

struct waiter {
    poly_wait wait;
    poly_loop *loop;
    struct waiter *next;
    struct waiter *previous;
    bool listed;
};

struct waiter_list {
    struct waiter *first;
    struct waiter *last;
    size_t count;
};

/* Fiber only. */
void poly_waiter_init(struct waiter *waiter);

/* All with the list's mutex locked. */
void poly_waiter_append(struct waiter_list *list, struct waiter *waiter);
struct waiter *poly_waiter_take_first(struct waiter_list *list); /* NULL: empty */
struct waiter *poly_waiter_take_all(struct waiter_list *list);   /* linked by `next` */

/*
 * Unlocks `mutex` and waits. POLY_OK: it was taken out of the list and woken, however late. Anything else: it has left
 * the list and nobody saw it. Fiber only.
 */
poly_result poly_waiter_wait(struct waiter *waiter, struct waiter_list *list, pthread_mutex_t *mutex,
                             uint64_t deadline) POLY_MUST_CHECK;

/* Wakes waiters linked by `next` that were taken out of a list. They are gone when this returns. Unlocked. */
void poly_waiters_wake(struct waiter *first);

#endif
