/* SPDX-License-Identifier: MIT */
/*
 * A set of strings that lives and dies with an arena. The strings are kept, not copied. One thread at a time.
 */
#ifndef SSO_TEXT_SET_H
#define SSO_TEXT_SET_H

#include "poly/arena.h"

typedef struct text_set {
    poly_arena *arena;
    const char **slots;
    size_t slot_count; /* a power of two, or 0 */
    size_t count;
} text_set;

void text_set_init(text_set *set, poly_arena *arena);
bool text_set_has(const text_set *set, const char *text);
/* False: it was there already. */
bool text_set_add(text_set *set, const char *text);

#endif
