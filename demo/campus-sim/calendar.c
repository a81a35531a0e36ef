/* SPDX-License-Identifier: MIT */
#include "calendar.h"

#define DAYS_A_WEEK       7
#define WINTER_SESSION    17 /* days, so that it ends in January */
#define LAST_CHANCE       14
#define WEEKS_BEFORE_LOOP 16

static int32_t days_of(int year, int month, int day)
{
    return poly_date_to_days((poly_date){(int16_t)year, (int8_t)month, (int8_t)day});
}

static int32_t monday_on_or_after(int32_t days)
{
    int weekday = poly_date_weekday(poly_date_from_days(days));

    return weekday == 1 ? days : days + 8 - weekday;
}

static int32_t monday_on_or_before(int32_t days)
{
    return days - poly_date_weekday(poly_date_from_days(days)) + 1;
}

/* The Monday of the first week of study: a 1 September that is a Sunday begins nothing. */
static int32_t first_week(int year)
{
    int32_t start = days_of(year, 9, 1);

    if (poly_date_weekday(poly_date_from_days(start)) == DAYS_A_WEEK)
        start++;
    return monday_on_or_before(start);
}

bool campus_calendar_knows(poly_date date)
{
    return date.year >= CAMPUS_FIRST_YEAR && date.year <= CAMPUS_LAST_YEAR;
}

bool campus_calendar_is_odd(poly_date monday)
{
    int32_t days = poly_date_to_days(monday);
    int32_t start = first_week(monday.year);

    if (days < start)
        start = first_week(monday.year - 1);
    return (days - start) / DAYS_A_WEEK % 2 == 0;
}

static bool is_public_holiday(poly_date date)
{
    static const struct {
        int8_t month, day;
    } holidays[] = {{11, 4}, {2, 23}, {3, 8}, {5, 1}, {5, 9}, {6, 12}};

    for (size_t i = 0; i < POLY_LENGTH(holidays); i++)
        if (date.month == holidays[i].month && date.day == holidays[i].day)
            return true;
    return false;
}

/* Which part of its calendar year a day lies in; `days` counts since 1970. */
static void find_phase(campus_day *day, int year, int32_t days)
{
    int32_t winter = monday_on_or_after(days_of(year, 1, 9));
    int32_t spring = days_of(year, 2, 8);
    int32_t summer = monday_on_or_after(days_of(year, 6, 1));
    int32_t autumn = days_of(year, 9, 1);

    if (days >= autumn && days <= days_of(year, 12, 30)) {
        day->phase = CAMPUS_TEACHING;
        day->term = CAMPUS_AUTUMN;
        day->week = (days - first_week(year)) / DAYS_A_WEEK + 1;
        day->last_chance = days > days_of(year, 12, 30) - LAST_CHANCE;
    } else if (days >= spring && days < summer) {
        day->phase = CAMPUS_TEACHING;
        day->term = CAMPUS_SPRING;
        day->week = (days - monday_on_or_before(spring)) / DAYS_A_WEEK + 1;
        day->last_chance = days >= summer - LAST_CHANCE;
    } else if (days >= winter && days < winter + WINTER_SESSION) {
        day->phase = CAMPUS_SESSION;
        day->term = CAMPUS_AUTUMN;
        day->session_day = days - winter;
    } else if (days >= summer && days <= days_of(year, 6, 30)) {
        day->phase = CAMPUS_SESSION;
        day->term = CAMPUS_SPRING;
        day->session_day = days - summer;
    }
}

campus_day campus_calendar_day(poly_date date, bool term_always)
{
    campus_day day = {.phase = CAMPUS_FREE};
    int32_t days = poly_date_to_days(date);

    day.is_odd = campus_calendar_is_odd(poly_date_monday(date));
    find_phase(&day, date.year, days);
    if (day.phase == CAMPUS_FREE && term_always) {
        day.phase = CAMPUS_TEACHING;
        day.term = date.month <= 7 ? CAMPUS_SPRING : CAMPUS_AUTUMN;
        day.week = monday_on_or_before(days) / DAYS_A_WEEK % WEEKS_BEFORE_LOOP + 1;
    }
    if (poly_date_weekday(date) == DAYS_A_WEEK || is_public_holiday(date))
        day.phase = CAMPUS_FREE;
    return day;
}
