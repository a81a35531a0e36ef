/* SPDX-License-Identifier: MIT */
/*
 * The campus's students: 25 in each group, made from the seed when they are asked for, and one of every year of the
 * demo faculty under a login that is easy to remember. Pure. Any thread.
 */
#ifndef CAMPUS_STUDENT_H
#define CAMPUS_STUDENT_H

#include "campus.h"
#include "names.h"

/*
 * Logins: "st4130701" to "st4130725" for group 41307. "student1" to "student4" are in the first to fourth year of
 * CAMPUS_DEMO_FACULTY_ID, student4 in CAMPUS_DEMO_GROUP; "student5" and "student6" are in the years of the master's
 * course behind it. The password is STUDENT_PASSWORD and the
 * login.
 */
#define CAMPUS_GROUP_STUDENTS 25
#define CAMPUS_DEMO_STUDENTS  6

typedef struct campus_student {
    char login[32];
    char id[32];
    char email[64];
    char full_name[3 * CAMPUS_NAME_SIZE];
    char grade_book_number[32];
    const campus_group *group;
    unsigned number; /* within the group, from 1 */
    unsigned demo;   /* 1 to CAMPUS_DEMO_STUDENTS; 0: one of the many */
} campus_student;

/* False when nobody has this login. */
bool student_find(const struct campus *campus, const char *login, campus_student *student);
bool student_has_password(const campus_student *student, const char *prefix, const char *password);

#endif
