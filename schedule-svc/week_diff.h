/* SPDX-License-Identifier: MIT */
/*
 * What changed between two versions of one week of one timetable.
 *
 * A lesson is recognised by its subject and type together with its teachers and groups; failing that, by subject and
 * type with either its teachers or its groups, or by its slot and subject. Recognised at another time or in other
 * rooms it has moved; with other differences only it has changed; not recognised it was cancelled or added.
 * Of several candidates the one nearest in time is taken. New spellings of teachers', groups' and rooms' names are
 * no change; only their ids count.
 * Both versions have to come from the same form of a week: the plain JSON form drops what the other keeps.
 *
 * Pure; any thread.
 */
#ifndef SCHEDULE_WEEK_DIFF_H
#define SCHEDULE_WEEK_DIFF_H

#include "poly/timetable.h"

typedef enum change_kind {
    CHANGE_ADDED,
    CHANGE_MOVED,
    CHANGE_CANCELLED,
    CHANGE_CHANGED,
} change_kind;

/* "added", "moved", "cancelled", "changed". Static. */
const char *change_kind_name(change_kind kind);
bool change_kind_parse(const char *name, change_kind *kind) POLY_MUST_CHECK;

/* What differs between the two sides of a lesson that moved or changed; 0 for one added or cancelled. */
enum {
    CHANGE_OF_TIME = 1, /* day, start or end */
    CHANGE_OF_ROOMS = 2,
    CHANGE_OF_TEACHERS = 4,
    CHANGE_OF_GROUPS = 8,
    CHANGE_OF_TYPE = 16,
    CHANGE_OF_INFO = 32,
    CHANGE_OF_LINKS = 64,
};

typedef struct week_change {
    change_kind kind;
    unsigned fields;
    poly_date before_date;
    const poly_lesson *before; /* NULL when added; points into the older week */
    poly_date after_date;
    const poly_lesson *after; /* NULL when cancelled; points into the newer week */
} week_change;

/*
 * The changes in an array in `arena`, ordered by day and start (of the newer side, if there is one). Only those are
 * reported of which one side is on `from` or later: the past is nobody's news. POLY_INVALID when the two are not the
 * same week.
 */
poly_result week_diff(const poly_week *before, const poly_week *after, poly_date from, poly_arena *arena,
                      week_change **changes, size_t *count) POLY_MUST_CHECK;

#endif
