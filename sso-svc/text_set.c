/* SPDX-License-Identifier: MIT */
#include "text_set.h"

#include <string.h>

#define FIRST_SLOTS 64

void text_set_init(text_set *set, poly_arena *arena)
{
    *set = (text_set){.arena = arena};
}

/* FNV-1a. What is put in is bounded by the request and by the database's unique names; a bad spread costs time, and no
 * more than that of a list of a few thousand. */
static size_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        hash = (hash ^ *at) * UINT64_C(1099511628211);
    return (size_t)(hash ^ (hash >> 32));
}

/* The slot that has `text`, or the free one where it belongs. */
static const char **slot_of(const text_set *set, const char *text)
{
    size_t at = hash_of(text) & (set->slot_count - 1);

    while (set->slots[at] && strcmp(set->slots[at], text) != 0)
        at = (at + 1) & (set->slot_count - 1);
    return &set->slots[at];
}

static void grow(text_set *set)
{
    const text_set old = *set;

    set->slot_count = old.slot_count ? old.slot_count * 2 : FIRST_SLOTS;
    set->slots = poly_arena_alloc_zero(set->arena, set->slot_count, sizeof(*set->slots));
    for (size_t i = 0; i < old.slot_count; i++)
        if (old.slots[i])
            *slot_of(set, old.slots[i]) = old.slots[i];
}

bool text_set_has(const text_set *set, const char *text)
{
    return set->slot_count && *slot_of(set, text);
}

bool text_set_add(text_set *set, const char *text)
{
    const char **slot;

    if (set->count * 2 >= set->slot_count)
        grow(set);
    slot = slot_of(set, text);
    if (*slot)
        return false;
    *slot = text;
    set->count++;
    return true;
}
