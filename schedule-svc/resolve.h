/* SPDX-License-Identifier: MIT */
/*
 * From the words people know a group by to RUZ's ids. Both look for an exact match first, then for one that is equal
 * after folding (case, Cyrillic too; ё as е; runs of white space); the first of several in the list's order.
 * NULL when there is none. The answer points into the list. Any thread.
 */
#ifndef SCHEDULE_RESOLVE_H
#define SCHEDULE_RESOLVE_H

#include "poly/timetable.h"

const poly_faculty *resolve_faculty(const poly_faculty *faculties, size_t count, const char *abbr);
const poly_group *resolve_group(const poly_group *groups, size_t count, const char *name);

#endif
