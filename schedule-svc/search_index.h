/* SPDX-License-Identifier: MIT */
/*
 * One search over groups, teachers and rooms. The index is immutable: build a new one when a dictionary changes, and
 * swap. It counts references; any thread may search, take and drop references.
 *
 * Matching: query and items are folded (poly_text_fold) and split into words at everything that is no letter and no
 * digit. An item matches when each word of the query is the beginning of one of its words, in any order:
 * "иванов и", "5130904/201", "219 главн".
 * Order: names that begin with the whole query, then names whose first word begins with the query's first word,
 * then the rest; by name within each.
 */
#ifndef SCHEDULE_SEARCH_INDEX_H
#define SCHEDULE_SEARCH_INDEX_H

#include "poly/timetable.h"
#include "timetable_kind.h"

typedef struct search_item {
    timetable_kind kind;
    int64_t id;
    int64_t parent_id;    /* a group's faculty, a room's building; 0 */
    const char *name;     /* searched, and what the order goes by */
    const char *detail;   /* for people, not searched: a group's faculty, a teacher's chair, a room's building */
    const char *keywords; /* searched, never shown, such as the building's name and abbreviation */
} search_item;

/* Items of the dictionaries' entries; `arena` keeps what has to be put together, the rest points into the entry. */
search_item search_item_of_group(const poly_group *group);
search_item search_item_of_teacher(const poly_teacher *teacher);
search_item search_item_of_room(const poly_room *room, poly_arena *arena);

typedef struct search_index search_index;

/* Copies what it needs. Of several items with one kind and id the first stays. NULL items with 0 give an empty index.
 */
search_index *search_index_create(const search_item *items, size_t count) __attribute__((returns_nonnull));
search_index *search_index_ref(search_index *index);
void search_index_unref(search_index **index); /* accepts NULL inside, clears the pointer */

size_t search_index_count(const search_index *index);
size_t search_index_footprint(const search_index *index); /* bytes */

#define SEARCH_QUERY_MAX_BYTES 256
#define SEARCH_QUERY_MAX_WORDS 8

/*
 * Writes up to `limit` matches from the `offset`-th on into `results`, their number into `*found` and the number of
 * all matches into `*total`. `kinds` is a set of TIMETABLE_KIND_BIT. The items live as long as the index. A query
 * without words matches nothing. POLY_INVALID when the query is over its limits or is no UTF-8.
 * Costs the logarithm of the index's size plus the matches of the query's rarest word.
 */
poly_result search_index_search(const search_index *index, const char *query, unsigned kinds, size_t offset,
                                size_t limit, const search_item **results, size_t *found,
                                size_t *total) POLY_MUST_CHECK;

#endif
