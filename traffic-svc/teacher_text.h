/* SPDX-License-Identifier: MIT */
/*
 * Teachers as lists order and searches find them.
 */
#ifndef TRAFFIC_TEACHER_TEXT_H
#define TRAFFIC_TEACHER_TEXT_H

#include "poly/arena.h"

/* What lists are ordered by and search compares: name and username, folded; a NULL username is none. In the arena. */
const char *teacher_sort_text(const char *full_name, const char *username, poly_arena *arena);

/*
 * What a person typed into a search field, folded: the teacher is meant who has, for each of the words, one that begins
 * so.
 */
typedef struct teacher_search {
    const char *longest; /* the word that the fewest have, as a rule; NULL when there is no word in it */
    const char *const *others;
    size_t other_count;
} teacher_search;

teacher_search teacher_search_read(const char *typed, poly_arena *arena);

#endif
