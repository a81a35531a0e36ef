/* SPDX-License-Identifier: MIT */
/*
 * The lessons of a calendar week: the pattern's, on their dates, with what happens to single lessons on single days.
 * A lesson's fate hangs on the lesson and the date alone, so every view tells the same.
 */
#ifndef CAMPUS_LESSONS_H
#define CAMPUS_LESSONS_H

#include "pattern.h"

typedef struct campus_occurrence {
    const campus_lesson *lesson;
    uint32_t key; /* the lesson's number, in both terms */
    uint8_t day;  /* 0 Monday to 6 Sunday */
    uint8_t type; /* campus_lesson_type: a practice may have become the credit */
    uint8_t room_count;
    uint16_t teacher;
    uint16_t rooms[CAMPUS_MAX_ROOMS];
} campus_occurrence;

typedef struct campus_week {
    poly_date monday;
    bool is_odd;
    campus_occurrence *lessons; /* by day, start, end */
    size_t count;
} campus_week;

/* The week of `date` (one that campus_calendar_knows) as `view` number `index` sees it; in `arena`. */
void campus_week_make(const struct campus *campus, campus_view view, uint16_t index, poly_date date, poly_arena *arena,
                      campus_week *week);

#endif
