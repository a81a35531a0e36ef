/* SPDX-License-Identifier: MIT */
/*
 * Who a student is, as CAS tells it: as JSON in the page behind the login, or as attributes of a validated ticket.
 * Pure.
 */
#ifndef MAIN_STUDENT_H
#define MAIN_STUDENT_H

#include "poly/arena.h"
#include "poly/json.h"

/* Text is in the arena, never NULL; "" where CAS says nothing. */
typedef struct student_profile {
    const char *id;
    const char *email;
    const char *name;
    const char *study_group;
    const char *grade_book_number;
    const char *faculty_abbr;
} student_profile;

void student_init(student_profile *student);

/*
 * Takes what CAS says under `name`, if it is one of the names in the table (student.c) and nothing came under a better
 * one. False for a value that is no text of a sensible size, in UTF-8 and without control characters.
 */
bool student_take(student_profile *student, const char *name, const char *value, poly_arena *arena) POLY_MUST_CHECK;
/* Every member of an object. */
bool student_take_all(student_profile *student, const poly_json *object, poly_arena *arena) POLY_MUST_CHECK;

#endif
