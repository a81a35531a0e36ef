/* SPDX-License-Identifier: MIT */
/*
 * The timers of one loop: a binary heap by deadline. Whoever waits embeds a timer_entry. The caller drives it from one
 * thread.
 */
#ifndef POLY_RUNTIME_TIMERS_H
#define POLY_RUNTIME_TIMERS_H

#include "poly/base.h"

struct timer_entry {
    size_t position; /* in the heap, from 1; 0: stopped */
    void (*expire)(struct timer_entry *entry);
};

struct timer_heap_item {
    uint64_t deadline;
    struct timer_entry *entry;
};

struct timer_heap {
    struct timer_heap_item *items; /* the root is items[1]; NULL until the first timer */
    size_t count;
    size_t capacity;
};

void poly_timers_add(struct timer_heap *heap, struct timer_entry *entry, uint64_t deadline); /* must be stopped */
void poly_timers_remove(struct timer_heap *heap, struct timer_entry *entry);                 /* may be stopped */
uint64_t poly_timers_earliest(const struct timer_heap *heap); /* POLY_NO_DEADLINE: none */
/* Calls `expire` of every entry due at `now`, stopped by then; it may add, remove and free entries. */
void poly_timers_expire(struct timer_heap *heap, uint64_t now);
void poly_timers_release(struct timer_heap *heap);

#endif
