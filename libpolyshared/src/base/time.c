/* SPDX-License-Identifier: MIT */
#include "poly/time.h"

#include <string.h>
#include <time.h>

#include "base/civil.h"

#define DAY_SECONDS 86400

/* 0000-01-01 and 9999-12-31: what four digits of a year can say. */
#define FIRST_SECOND (-62167219200)
#define LAST_SECOND  253402300799

uint64_t poly_time_monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

int64_t poly_time_unix(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

int64_t poly_time_unix_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct moment {
    struct civil day;
    int64_t days;
    int hour, minute, second;
};

static struct moment moment_of(int64_t unix_seconds)
{
    struct moment moment;
    int64_t seconds = unix_seconds < FIRST_SECOND ? FIRST_SECOND : unix_seconds;
    int rest;

    if (seconds > LAST_SECOND)
        seconds = LAST_SECOND;
    moment.days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
    rest = (int)(seconds - moment.days * DAY_SECONDS);
    moment.day = civil_from_days(moment.days);
    moment.hour = rest / 3600;
    moment.minute = rest / 60 % 60;
    moment.second = rest % 60;
    return moment;
}

static char *put_clock(char *at, const struct moment *moment)
{
    at = put_two(at, moment->hour);
    *at++ = ':';
    at = put_two(at, moment->minute);
    *at++ = ':';
    return put_two(at, moment->second);
}

void poly_time_format_rfc3339(int64_t unix_seconds, char out[POLY_RFC3339_SIZE])
{
    struct moment moment = moment_of(unix_seconds);
    char *at = put_civil(out, moment.day);

    *at++ = 'T';
    at = put_clock(at, &moment);
    *at++ = 'Z';
    *at = '\0';
}

void poly_time_format_http(int64_t unix_seconds, char out[POLY_HTTP_DATE_SIZE])
{
    static const char weekdays[] = "Mon, Tue, Wed, Thu, Fri, Sat, Sun, ";
    static const char months[] = " Jan  Feb  Mar  Apr  May  Jun  Jul  Aug  Sep  Oct  Nov  Dec ";
    struct moment moment = moment_of(unix_seconds);
    char *at = out;

    memcpy(at, weekdays + 5 * (ptrdiff_t)(weekday_of_days(moment.days) - 1), 5);
    at = put_two(at + 5, moment.day.day);
    memcpy(at, months + 5 * (ptrdiff_t)(moment.day.month - 1), 5);
    at = put_two(at + 5, moment.day.year / 100);
    at = put_two(at, moment.day.year % 100);
    *at++ = ' ';
    at = put_clock(at, &moment);
    memcpy(at, " GMT", 5);
}

/* --- reading RFC 3339 --- */

static bool read_date_and_clock(const char **at, int64_t *seconds, bool *leap)
{
    int year, month, day, hour, minute, second;
    const char *text = *at;

    if (!take_digits(&text, 4, &year) || *text++ != '-' || !take_digits(&text, 2, &month) || *text++ != '-' ||
        !take_digits(&text, 2, &day))
        return false;
    if (!civil_exists(year, month, day) || (*text != 'T' && *text != 't' && *text != ' '))
        return false;
    text++;
    if (!take_digits(&text, 2, &hour) || *text++ != ':' || !take_digits(&text, 2, &minute) || *text++ != ':' ||
        !take_digits(&text, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    *leap = second == 60;
    *seconds = days_from_civil((struct civil){year, month, day}) * DAY_SECONDS;
    *seconds += (hour * 60 + minute) * 60 + second;
    *at = text;
    return true;
}

static bool skip_fraction(const char **at)
{
    if (**at != '.')
        return true;
    (*at)++;
    if (!is_digit(**at))
        return false;
    while (is_digit(**at))
        (*at)++;
    return true;
}

static bool read_offset(const char **at, int *offset)
{
    int hours, minutes, sign = **at == '-' ? -1 : 1;

    *offset = 0;
    if (**at == 'Z' || **at == 'z') {
        (*at)++;
        return true;
    }
    if (**at != '+' && **at != '-')
        return false;
    (*at)++;
    if (!take_digits(at, 2, &hours) || *(*at)++ != ':' || !take_digits(at, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool poly_time_parse_rfc3339(const char *text, int64_t *unix_seconds)
{
    int64_t seconds;
    int offset;
    bool leap;

    if (!text || !read_date_and_clock(&text, &seconds, &leap) || !skip_fraction(&text) ||
        !read_offset(&text, &offset) || *text)
        return false;
    seconds -= offset;
    /* A leap second ends a day of UTC; it counts as the first of the next. */
    if (leap && seconds % DAY_SECONDS != 0)
        return false;
    *unix_seconds = seconds;
    return true;
}
