/* SPDX-License-Identifier: MIT */
#include "poly/time.h"

#include "base/civil.h"

/* What arithmetic can leave the range for is cut to what YYYY-MM-DD can say: 0000-01-01 and 9999-12-31. */
#define FIRST_DAY (-719528)
#define LAST_DAY  2932896

static poly_date date_of(int64_t days)
{
    int64_t within = days < FIRST_DAY ? FIRST_DAY : days > LAST_DAY ? LAST_DAY : days;
    struct civil civil = civil_from_days(within);

    return (poly_date){.year = (int16_t)civil.year, .month = (int8_t)civil.month, .day = (int8_t)civil.day};
}

static struct civil civil_of(poly_date date)
{
    return (struct civil){date.year, date.month, date.day};
}

static bool take_one_or_two_digits(const char **at, int *value)
{
    return take_digits(at, is_digit((*at)[0]) && is_digit((*at)[1]) ? 2 : 1, value);
}

bool poly_date_parse(const char *text, poly_date *out)
{
    int year, month, day;

    if (!text || !take_digits(&text, 4, &year) || *text++ != '-' || !take_one_or_two_digits(&text, &month) ||
        *text++ != '-' || !take_one_or_two_digits(&text, &day) || *text)
        return false;
    if (year < 1970 || !civil_exists(year, month, day))
        return false;
    *out = (poly_date){.year = (int16_t)year, .month = (int8_t)month, .day = (int8_t)day};
    return true;
}

void poly_date_format(poly_date date, char out[POLY_DATE_SIZE])
{
    *put_civil(out, civil_of(date)) = '\0';
}

int32_t poly_date_to_days(poly_date date)
{
    return (int32_t)days_from_civil(civil_of(date));
}

poly_date poly_date_from_days(int32_t days)
{
    return date_of(days);
}

poly_date poly_date_add_days(poly_date date, int32_t days)
{
    return date_of(days_from_civil(civil_of(date)) + days);
}

int poly_date_weekday(poly_date date)
{
    return weekday_of_days(days_from_civil(civil_of(date)));
}

poly_date poly_date_monday(poly_date date)
{
    return poly_date_add_days(date, 1 - poly_date_weekday(date));
}

static int packed(poly_date date)
{
    return date.year * 512 + date.month * 32 + date.day;
}

int poly_date_compare(poly_date a, poly_date b)
{
    return (packed(a) > packed(b)) - (packed(a) < packed(b));
}

poly_date poly_date_in_moscow(int64_t unix_seconds)
{
    int64_t local;

    if (__builtin_add_overflow(unix_seconds, POLY_MOSCOW_OFFSET_SECONDS, &local))
        local = INT64_MAX;
    return date_of(local / 86400 - (local % 86400 < 0));
}

bool poly_clock_parse(const char *text, int *minutes)
{
    int hour, minute;

    if (!text || !take_digits(&text, 2, &hour) || *text++ != ':' || !take_digits(&text, 2, &minute) || *text)
        return false;
    if (hour > 23 || minute > 59)
        return false;
    *minutes = hour * 60 + minute;
    return true;
}
