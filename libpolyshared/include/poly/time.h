/* SPDX-License-Identifier: MIT */
/*
 * Clocks and civil dates. Durations and deadlines are microseconds of the monotonic clock, so that a step of
 * the wall clock moves no timer. Any thread.
 */
#ifndef POLY_TIME_H
#define POLY_TIME_H

#include "poly/base.h"

#define POLY_MILLISECONDS(n) ((uint64_t)(n)*1000u)
#define POLY_SECONDS(n)      ((uint64_t)(n)*1000000u)
#define POLY_NO_DEADLINE     UINT64_MAX

uint64_t poly_time_monotonic(void); /* µs since some start; never steps */
int64_t poly_time_unix(void);       /* s since 1970-01-01 UTC */
int64_t poly_time_unix_ms(void);

/* RFC 3339 UTC, "2026-09-01T08:00:00Z". */
#define POLY_RFC3339_SIZE 21
void poly_time_format_rfc3339(int64_t unix_seconds, char out[POLY_RFC3339_SIZE]);
/* Takes what RFC 3339 allows ("Z" or an offset, fractions dropped). */
bool poly_time_parse_rfc3339(const char *text, int64_t *unix_seconds) POLY_MUST_CHECK;
/* RFC 9110 IMF-fixdate, "Tue, 01 Sep 2026 08:00:00 GMT". */
#define POLY_HTTP_DATE_SIZE 30
void poly_time_format_http(int64_t unix_seconds, char out[POLY_HTTP_DATE_SIZE]);

/* A day of the proleptic Gregorian calendar, years 1970 to 9999. */
typedef struct poly_date {
    int16_t year;
    int8_t month; /* 1 to 12 */
    int8_t day;   /* 1 to 31 */
} poly_date;

#define POLY_DATE_SIZE 11
/* "2026-09-01", also "2026-9-1" as the timetable's front ends send it; the day must exist. */
bool poly_date_parse(const char *text, poly_date *out) POLY_MUST_CHECK;
void poly_date_format(poly_date date, char out[POLY_DATE_SIZE]); /* YYYY-MM-DD */
int32_t poly_date_to_days(poly_date date);                       /* since 1970-01-01 */
poly_date poly_date_from_days(int32_t days);
poly_date poly_date_add_days(poly_date date, int32_t days);
int poly_date_weekday(poly_date date);      /* 1 Monday to 7 Sunday, ISO 8601 */
poly_date poly_date_monday(poly_date date); /* of its week */
int poly_date_compare(poly_date a, poly_date b);

/* The university's time zone is Europe/Moscow: UTC+3 without summer time since 2014-10-26. */
#define POLY_MOSCOW_OFFSET_SECONDS (3 * 3600)
poly_date poly_date_in_moscow(int64_t unix_seconds);

/* "HH:MM" of a 24-hour day as minutes since midnight. */
bool poly_clock_parse(const char *text, int *minutes) POLY_MUST_CHECK;

#endif
