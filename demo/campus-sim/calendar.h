/* SPDX-License-Identifier: MIT */
/*
 * The academic year: which days have lessons, which have exams, which are free. Pure functions. Any thread.
 */
#ifndef CAMPUS_CALENDAR_H
#define CAMPUS_CALENDAR_H

#include "poly/time.h"

#define CAMPUS_FIRST_YEAR 2000
#define CAMPUS_LAST_YEAR  2099

typedef enum campus_term { CAMPUS_AUTUMN, CAMPUS_SPRING } campus_term;
#define CAMPUS_TERMS 2

typedef enum campus_phase {
    CAMPUS_FREE,     /* holidays, Sundays, public holidays */
    CAMPUS_TEACHING, /* 1 September to 30 December, 8 February to the session */
    CAMPUS_SESSION,  /* exams: from the first Monday after 8 January, from the first Monday of June */
} campus_phase;

typedef struct campus_day {
    campus_phase phase;
    campus_term term;
    int week;         /* of the term, from 1 */
    int session_day;  /* CAMPUS_SESSION: days since its first Monday */
    bool is_odd;      /* of the academic year */
    bool last_chance; /* the last two weeks of teaching, when credits are given */
} campus_day;

/* True for a date that the campus can be asked about. */
bool campus_calendar_knows(poly_date date);

/* `term_always`: vacations are taught through as if they were term, for demonstrations in July. */
campus_day campus_calendar_day(poly_date date, bool term_always);

/* The academic year's first week of study is odd, and then they alternate. `monday` begins the week. */
bool campus_calendar_is_odd(poly_date monday);

#endif
