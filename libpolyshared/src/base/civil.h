/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of the proleptic Gregorian calendar and its digits, shared by time.c and date.c. Days count
 * from 1970-01-01.
 */
#ifndef POLY_BASE_CIVIL_H
#define POLY_BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

struct civil {
    int year, month, day;
};

/* A year here begins in March, so that the leap day is its last; 400 of them have 146,097 days. */
static inline int64_t days_from_civil(struct civil date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int month = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;

    /* 719,468 days lie between 0000-03-01 and 1970-01-01. */
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static inline struct civil civil_from_days(int64_t days)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int day_of_era = (int)(shifted - era * 146097);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (5 * day_of_year + 2) / 153;
    struct civil date;

    date.day = day_of_year - (153 * month + 2) / 5 + 1;
    date.month = month < 10 ? month + 3 : month - 9;
    date.year = (int)(era * 400) + year_of_era + (date.month <= 2);
    return date;
}

/* 1 Monday to 7 Sunday; 1970-01-01 was a Thursday. */
static inline int weekday_of_days(int64_t days)
{
    int64_t from_monday = (days + 3) % 7;

    return (int)(from_monday < 0 ? from_monday + 7 : from_monday) + 1;
}

static inline bool civil_exists(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (month < 1 || month > 12 || day < 1)
        return false;
    return day <= lengths[month - 1] + (month == 2 && leap);
}

static inline char *put_two(char *at, int value)
{
    at[0] = (char)('0' + value / 10);
    at[1] = (char)('0' + value % 10);
    return at + 2;
}

/* YYYY-MM-DD, not terminated. */
static inline char *put_civil(char *at, struct civil date)
{
    at = put_two(at, date.year / 100);
    at = put_two(at, date.year % 100);
    *at++ = '-';
    at = put_two(at, date.month);
    *at++ = '-';
    return put_two(at, date.day);
}

static inline bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Exactly `count` digits; moves `*at` past them. */
static inline bool take_digits(const char **at, int count, int *value)
{
    int sum = 0;

    for (int i = 0; i < count; i++) {
        if (!is_digit((*at)[i]))
            return false;
        sum = sum * 10 + (*at)[i] - '0';
    }
    *at += count;
    *value = sum;
    return true;
}

#endif
