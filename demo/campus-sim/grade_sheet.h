/* SPDX-License-Identifier: MIT */
/*
 * A student's marks, from the first term to the present one, as the record book has them: with retakes, with dates that
 * nobody entered, and with courses of no term. Pure. Any thread.
 */
#ifndef CAMPUS_GRADE_SHEET_H
#define CAMPUS_GRADE_SHEET_H

#include "student.h"

#define GRADE_SHEET_MAX 256

typedef struct grade {
    const char *discipline;
    int semester; /* from 1; 0: of none */
    const char *control;
    const char *mark; /* "" while there is none */
    poly_date date;   /* all zero: not entered */
    int hours;
    int credits;
    char teacher[CAMPUS_NAME_SIZE * 2];
} grade;

/* How many of `grades` are filled in. */
size_t grade_sheet_make(const struct campus *campus, const campus_student *student, grade grades[GRADE_SHEET_MAX]);

#endif
