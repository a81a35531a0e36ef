/* SPDX-License-Identifier: MIT */
/*
 * The record book by academic years. Pure.
 */
#ifndef MAIN_GRADEBOOK_H
#define MAIN_GRADEBOOK_H

#include "poly/arena.h"
#include "poly/time.h"

#define GRADEBOOK_MAX_SEMESTER 40

/* Text is never NULL. */
typedef struct grade_entry {
    const char *discipline;
    const char *control; /* "Экзамен" … */
    const char *mark;    /* "" while there is none */
    const char *teacher;
    int semester;   /* 1 to GRADEBOOK_MAX_SEMESTER; 0: of none */
    poly_date date; /* all zero: not entered */
    int hours;      /* 0: unknown */
    int credits;    /* 0: unknown */
} grade_entry;

typedef struct academic_year {
    const char *label;
    const grade_entry **entries;
    size_t count;
} academic_year;

typedef struct gradebook {
    academic_year *years;
    size_t count;
} gradebook;

/*
 * Semesters 1 and 2 are one year, 3 and 4 the next, and so on; newest first, and within a year the later semester, then
 * the later date first. A year is labelled by the earliest date in it ("2024/2025 уч. год"; the academic year begins in
 * September), or by its number ("2 курс") when no date was entered. What has no semester comes last, as "Другое".
 * Everything is in the arena; the entries stay where they are.
 */
void gradebook_group(const grade_entry *entries, size_t count, poly_arena *arena, gradebook *book);

#endif
