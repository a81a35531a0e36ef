/* SPDX-License-Identifier: MIT */
#include "gradebook.h"

#include <stdlib.h>
#include <string.h>

#define SEPTEMBER 9
#define PAIRS     (GRADEBOOK_MAX_SEMESTER / 2 + 1) /* from 1; 0 is of none */

static int pair_of(const grade_entry *entry)
{
    return (entry->semester + 1) / 2;
}

static bool has_date(const grade_entry *entry)
{
    return entry->date.year != 0;
}

/* Newest first: by year, semester and date; what lacks one of these comes behind. The rest is for a stable order. */
static int compare(const void *a, const void *b)
{
    const grade_entry *left = *(const grade_entry *const *)a, *right = *(const grade_entry *const *)b;
    int order;

    if (left->semester != right->semester)
        return left->semester > right->semester ? -1 : 1;
    order = poly_date_compare(right->date, left->date);
    if (order == 0)
        order = strcmp(left->discipline, right->discipline);
    return order ? order : left < right ? -1 : left > right;
}

static const char *label(const academic_year *year, int pair, poly_arena *arena)
{
    const grade_entry *earliest = NULL;
    int first;

    if (pair == 0)
        return "Другое";
    for (size_t i = 0; i < year->count; i++) {
        const grade_entry *entry = year->entries[i];

        if (has_date(entry) && (!earliest || poly_date_compare(entry->date, earliest->date) < 0))
            earliest = entry;
    }
    if (!earliest)
        return poly_arena_printf(arena, "%d курс", pair);
    first = earliest->date.month >= SEPTEMBER ? earliest->date.year : earliest->date.year - 1;
    return poly_arena_printf(arena, "%d/%d уч. год", first, first + 1);
}

void gradebook_group(const grade_entry *entries, size_t count, poly_arena *arena, gradebook *book)
{
    const grade_entry **sorted = poly_arena_alloc(arena, (count + 1) * sizeof(grade_entry *));

    for (size_t i = 0; i < count; i++)
        sorted[i] = &entries[i];
    qsort(sorted, count, sizeof(grade_entry *), compare);
    *book = (gradebook){.years = poly_arena_alloc_zero(arena, PAIRS, sizeof(academic_year))};
    for (size_t i = 0; i < count;) {
        academic_year *year = &book->years[book->count++];
        int pair = pair_of(sorted[i]);

        year->entries = sorted + i;
        while (i < count && pair_of(sorted[i]) == pair) {
            year->count++;
            i++;
        }
        year->label = label(year, pair, arena);
    }
}
