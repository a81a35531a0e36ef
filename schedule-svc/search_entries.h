/* SPDX-License-Identifier: MIT */
/*
 * The index from inside. For search_*.c only.
 */
#ifndef SCHEDULE_SEARCH_ENTRIES_H
#define SCHEDULE_SEARCH_ENTRIES_H

#include "search_index.h"

#include <stdatomic.h>

#define SEARCH_MAX_ENTRIES ((size_t)1 << 30)

typedef struct search_entry {
    search_item item;
    const char *folded; /* the name */
    const char **words; /* the name's, then the keywords' */
    size_t word_count;
    bool name_has_words;
} search_entry;

/* A word of an entry; they are sorted by word, then by entry and ordinal. */
typedef struct search_posting {
    const char *word;
    uint32_t place;
    uint32_t ordinal;
} search_posting;

struct search_index {
    atomic_uint references;
    poly_arena *arena;
    search_entry *entries; /* by folded name, kind and id */
    size_t entry_count;
    search_posting *postings;
    size_t posting_count;
};

/* The next word of folded text from `*at` on; false when there is none. Moves `*at` behind it. */
bool search_next_word(const char *text, size_t size, size_t *at, size_t *start);

#endif
