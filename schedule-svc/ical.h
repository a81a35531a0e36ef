/* SPDX-License-Identifier: MIT */
/*
 * A timetable as an iCalendar feed (RFC 5545, with the calendar properties of RFC 7986). One event a lesson, times in
 * Europe/Moscow with its VTIMEZONE.
 *
 * An event's UID depends on the timetable's kind and id and on the lesson's date, start, subject and type (and its
 * ordinal among equals), so that a new room or teacher updates the event in a subscriber's calendar in place.
 * The same arguments give the same bytes: an entity tag of the feed is stable while the weeks and `stamp` are.
 *
 * Pure; any thread.
 */
#ifndef SCHEDULE_ICAL_H
#define SCHEDULE_ICAL_H

#include "poly/timetable.h"
#include "timetable_kind.h"

typedef struct ical_calendar {
    timetable_kind kind;
    int64_t id;
    const char *name;              /* what the subscriber sees, such as "5130904/20102" */
    const poly_week *const *weeks; /* in any order, each week once; NULL elements are skipped */
    size_t week_count;
    int64_t stamp;            /* DTSTAMP: unix time at which the weeks were fetched, not of the request */
    unsigned refresh_minutes; /* how often a subscriber should ask again; 0: 60 */
} ical_calendar;

/* Appends the calendar. POLY_TOO_LARGE when it does not fit `out`, which is then to be thrown away. */
poly_result ical_write(const ical_calendar *calendar, poly_strbuf *out) POLY_MUST_CHECK;

#define ICAL_CONTENT_TYPE "text/calendar; charset=utf-8"

#endif
