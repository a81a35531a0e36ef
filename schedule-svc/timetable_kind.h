/* SPDX-License-Identifier: MIT */
/*
 * Whose timetable something is: the three that RUZ keeps. Any thread.
 */
#ifndef SCHEDULE_TIMETABLE_KIND_H
#define SCHEDULE_TIMETABLE_KIND_H

#include "poly/base.h"

typedef enum timetable_kind {
    TIMETABLE_GROUP,
    TIMETABLE_TEACHER,
    TIMETABLE_ROOM,
} timetable_kind;

/* A set of kinds. */
#define TIMETABLE_KIND_BIT(kind) (1u << (kind))
#define TIMETABLE_EVERY_KIND     (7u)

/* "group", "teacher", "room": as the API's `kind` parameter and answers say it. Static. */
const char *timetable_kind_name(timetable_kind kind);
bool timetable_kind_parse(const char *name, timetable_kind *kind) POLY_MUST_CHECK;

#endif
