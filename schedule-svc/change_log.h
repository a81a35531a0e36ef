/* SPDX-License-Identifier: MIT */
/*
 * The latest changes of the timetables that are watched. Bounded in number and bytes: the oldest go first. Sequence
 * numbers only grow, also across a save and load. Any thread; every call takes the log's mutex for a short time.
 */
#ifndef SCHEDULE_CHANGE_LOG_H
#define SCHEDULE_CHANGE_LOG_H

#include "timetable_kind.h"
#include "week_diff.h"

typedef struct change_log change_log;

typedef struct change_log_options {
    size_t max_records;     /* 0: 5000 */
    size_t max_bytes;       /* of the records' JSON; 0: 8 MiB */
    int64_t first_sequence; /* 0: 1 */
} change_log_options;

change_log *change_log_create(const change_log_options *options) __attribute__((returns_nonnull)); /* NULL: defaults */
void change_log_destroy(change_log **log);

/* Whose timetable changed. */
typedef struct change_source {
    timetable_kind kind;
    int64_t id;
    const char *name;
} change_source;

typedef struct change_record {
    int64_t sequence;
    int64_t time; /* unix; when the change was noticed */
    timetable_kind timetable;
    int64_t timetable_id;
    change_kind kind;
    poly_date date; /* the day it concerns: of the newer side, if there is one */
    /*
     * The change as the API answers it:
     * {"sequence","time":"…Z","kind":"moved","fields":["time","rooms"],"timetable":{"kind","id","name"},
     *  "before":{"date","weekday","lesson":{…}},"after":{…}}
     * with null for the side that there is not, and lessons in the form POLY_TIMETABLE_PLAIN_WITH_GROUPS.
     */
    poly_slice json;
} change_record;

/* Adds the changes in their order with the time `now`; copies everything. A change whose JSON is over 64 KiB is left
 * out. Answers how many were added. */
size_t change_log_add(change_log *log, const change_source *source, const week_change *changes, size_t count,
                      int64_t now);

/* The zero value asks for everything. */
typedef struct change_query {
    int64_t after_sequence; /* only records with a greater one; 0: all */
    int64_t since_time;     /* only records of this unix time or later; 0: all */
    unsigned timetables;    /* set of TIMETABLE_KIND_BIT; 0: every kind */
    int64_t timetable_id;   /* 0: any */
    unsigned kinds;         /* set of 1u << change_kind; 0: every kind */
    size_t offset;
    size_t limit; /* 0: 100; at most 500 */
} change_query;

/* The records asked for, newest first, copied into `arena`; their number in `*count`, of all that match in `*total`. */
void change_log_query(change_log *log, const change_query *query, poly_arena *arena, change_record **records,
                      size_t *count, size_t *total);

int64_t change_log_last_sequence(change_log *log); /* of the newest record ever added; 0: none yet */

/* Writes the log as one JSON object, for the snapshot. POLY_TOO_LARGE when it does not fit `out`. */
poly_result change_log_save(change_log *log, poly_strbuf *out) POLY_MUST_CHECK;
/*
 * Fills a log that is still empty with what change_log_save wrote; what is over this log's bounds is left out, the
 * oldest first. POLY_CONFLICT when the log has records, POLY_BAD_ANSWER when the text is not such an object: nothing
 * is taken over then.
 */
poly_result change_log_load(change_log *log, poly_slice saved) POLY_MUST_CHECK;

#endif
