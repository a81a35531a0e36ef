/* SPDX-License-Identifier: MIT */
#include "runtime/timers.h"

#include <stdlib.h>

#include "poly/time.h"

#define MIN_CAPACITY 16u

static void place(struct timer_heap *heap, size_t position, struct timer_heap_item item)
{
    heap->items[position] = item;
    item.entry->position = position;
}

static void sift_up(struct timer_heap *heap, size_t position, struct timer_heap_item item)
{
    while (position > 1 && item.deadline < heap->items[position / 2].deadline) {
        place(heap, position, heap->items[position / 2]);
        position /= 2;
    }
    place(heap, position, item);
}

static void sift_down(struct timer_heap *heap, size_t position, struct timer_heap_item item)
{
    for (size_t child = position * 2; child <= heap->count; child = position * 2) {
        if (child < heap->count && heap->items[child + 1].deadline < heap->items[child].deadline)
            child++;
        if (item.deadline <= heap->items[child].deadline)
            break;
        place(heap, position, heap->items[child]);
        position = child;
    }
    place(heap, position, item);
}

static void resize(struct timer_heap *heap, size_t capacity)
{
    heap->items = poly_realloc(heap->items, capacity + 1, sizeof(heap->items[0]));
    heap->capacity = capacity;
}

void poly_timers_add(struct timer_heap *heap, struct timer_entry *entry, uint64_t deadline)
{
    if (heap->count == heap->capacity)
        resize(heap, heap->capacity ? heap->capacity * 2 : MIN_CAPACITY);
    heap->count++;
    sift_up(heap, heap->count, (struct timer_heap_item){.deadline = deadline, .entry = entry});
}

void poly_timers_remove(struct timer_heap *heap, struct timer_entry *entry)
{
    size_t hole = entry->position;
    struct timer_heap_item last;

    if (hole == 0)
        return;
    entry->position = 0;
    last = heap->items[heap->count];
    heap->count--;
    if (hole <= heap->count) {
        if (hole > 1 && last.deadline < heap->items[hole / 2].deadline)
            sift_up(heap, hole, last);
        else
            sift_down(heap, hole, last);
    }
    if (heap->capacity > MIN_CAPACITY && heap->count < heap->capacity / 4)
        resize(heap, heap->capacity / 2);
}

uint64_t poly_timers_earliest(const struct timer_heap *heap)
{
    return heap->count ? heap->items[1].deadline : POLY_NO_DEADLINE;
}

void poly_timers_expire(struct timer_heap *heap, uint64_t now)
{
    while (heap->count && heap->items[1].deadline <= now) {
        struct timer_entry *entry = heap->items[1].entry;

        poly_timers_remove(heap, entry);
        entry->expire(entry);
    }
}

void poly_timers_release(struct timer_heap *heap)
{
    free(heap->items);
    *heap = (struct timer_heap){0};
}
