/* SPDX-License-Identifier: MIT */
#include "poly/text.h"
#include "search_entries.h"

#include <stdlib.h>
#include <string.h>

/* Ranks, in the highest bits of a match's key; the lower ones are the entry's place in the order of names. */
#define RANK_WHOLE_NAME 0u
#define RANK_FIRST_WORD 1u
#define RANK_ANY_WORD   2u
#define RANK_SHIFT      30
#define PLACE_MASK      (SEARCH_MAX_ENTRIES - 1)

typedef struct query {
    const char *folded;
    size_t folded_size;
    const char *words[SEARCH_QUERY_MAX_WORDS];
    size_t sizes[SEARCH_QUERY_MAX_WORDS];
    size_t word_count;
} query;

/* The smallest keys seen, as a heap with the greatest of them on top. */
typedef struct selection {
    uint32_t *keys;
    size_t count, room;
} selection;

static bool is_word_character(uint32_t code_point)
{
    return (code_point >= '0' && code_point <= '9') || poly_text_is_letter(code_point);
}

bool search_next_word(const char *text, size_t size, size_t *at, size_t *start)
{
    size_t end;

    do {
        *start = *at;
        if (*at >= size)
            return false;
    } while (!is_word_character(poly_text_next(text, size, at)));
    do {
        end = *at;
    } while (*at < size && is_word_character(poly_text_next(text, size, at)));
    *at = end;
    return true;
}

/* False when it has too many words. */
static bool split_query(query *self, const poly_strbuf *text)
{
    size_t at = 0, start;

    *self = (query){.folded = poly_strbuf_text(text), .folded_size = text->size};
    while (search_next_word(self->folded, self->folded_size, &at, &start)) {
        if (self->word_count == SEARCH_QUERY_MAX_WORDS)
            return false;
        self->words[self->word_count] = self->folded + start;
        self->sizes[self->word_count++] = at - start;
    }
    return true;
}

/* The first posting whose word's beginning is not below `prefix` (`above`: is above it). */
static size_t find_bound(const search_index *index, const char *prefix, size_t size, bool above)
{
    size_t low = 0, high = index->posting_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strncmp(index->postings[middle].word, prefix, size);

        if (order < 0 || (above && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_word(const search_entry *self, size_t word_count, const char *prefix, size_t size)
{
    for (size_t i = 0; i < word_count; i++) {
        if (strncmp(self->words[i], prefix, size) == 0)
            return true;
    }
    return false;
}

/* An entry is taken at its first word that begins with the query's word `rarest`, so that it is taken once. */
static bool matches(const search_index *index, const query *asked, size_t rarest, const search_posting *at,
                    unsigned kinds)
{
    const search_entry *self = &index->entries[at->place];

    if (!(kinds & TIMETABLE_KIND_BIT(self->item.kind)))
        return false;
    if (has_word(self, at->ordinal, asked->words[rarest], asked->sizes[rarest]))
        return false;
    for (size_t i = 0; i < asked->word_count; i++) {
        if (i != rarest && !has_word(self, self->word_count, asked->words[i], asked->sizes[i]))
            return false;
    }
    return true;
}

static uint32_t rank_of(const search_entry *self, const query *asked)
{
    if (strncmp(self->folded, asked->folded, asked->folded_size) == 0)
        return RANK_WHOLE_NAME;
    if (self->name_has_words && strncmp(self->words[0], asked->words[0], asked->sizes[0]) == 0)
        return RANK_FIRST_WORD;
    return RANK_ANY_WORD;
}

static void sift_up(uint32_t *keys, size_t at)
{
    while (at > 0 && keys[(at - 1) / 2] < keys[at]) {
        uint32_t key = keys[at];

        keys[at] = keys[(at - 1) / 2];
        keys[(at - 1) / 2] = key;
        at = (at - 1) / 2;
    }
}

static void sift_down(uint32_t *keys, size_t count)
{
    size_t at = 0, child;

    while ((child = 2 * at + 1) < count) {
        uint32_t key = keys[at];

        if (child + 1 < count && keys[child + 1] > keys[child])
            child++;
        if (keys[child] <= key)
            return;
        keys[at] = keys[child];
        keys[child] = key;
        at = child;
    }
}

static void select_key(selection *self, uint32_t key)
{
    if (self->count < self->room) {
        self->keys[self->count] = key;
        sift_up(self->keys, self->count++);
    } else if (self->room && key < self->keys[0]) {
        self->keys[0] = key;
        sift_down(self->keys, self->count);
    }
}

static int by_key(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

/* The query's word with the fewest postings, and these. */
static size_t find_rarest(const search_index *index, const query *asked, size_t *first, size_t *end)
{
    size_t rarest = 0;

    for (size_t i = 0; i < asked->word_count; i++) {
        size_t low = find_bound(index, asked->words[i], asked->sizes[i], false);
        size_t high = find_bound(index, asked->words[i], asked->sizes[i], true);

        if (i == 0 || high - low < *end - *first) {
            rarest = i;
            *first = low;
            *end = high;
        }
    }
    return rarest;
}

static size_t collect(const search_index *index, const query *asked, unsigned kinds, selection *best, size_t wanted)
{
    size_t first = 0, end = 0, total = 0, rarest = find_rarest(index, asked, &first, &end);

    best->room = wanted < end - first ? wanted : end - first;
    best->keys = poly_alloc_zero(best->room + 1, sizeof *best->keys);
    for (size_t i = first; i < end; i++) {
        const search_posting *at = &index->postings[i];

        if (matches(index, asked, rarest, at, kinds)) {
            select_key(best, rank_of(&index->entries[at->place], asked) << RANK_SHIFT | at->place);
            total++;
        }
    }
    qsort(best->keys, best->count, sizeof *best->keys, by_key);
    return total;
}

poly_result search_index_search(const search_index *index, const char *text, unsigned kinds, size_t offset,
                                size_t limit, const search_item **results, size_t *found, size_t *total)
{
    size_t size = strlen(text);
    poly_strbuf folding;
    selection best = {NULL, 0, 0};
    query asked;
    poly_result result = POLY_INVALID;

    *found = *total = 0;
    if (size > SEARCH_QUERY_MAX_BYTES || !poly_text_is_utf8(text, size))
        return POLY_INVALID;
    poly_strbuf_init(&folding, SEARCH_QUERY_MAX_BYTES * 4);
    poly_text_fold(text, size, &folding);
    if (!split_query(&asked, &folding))
        goto out;
    result = POLY_OK;
    if (asked.word_count == 0)
        goto out;
    *total = collect(index, &asked, kinds, &best, limit > SIZE_MAX - offset ? SIZE_MAX : offset + limit);
    for (size_t i = offset; i < best.count && *found < limit; i++)
        results[(*found)++] = &index->entries[best.keys[i] & PLACE_MASK].item;
out:
    free(best.keys);
    poly_strbuf_release(&folding);
    return result;
}
