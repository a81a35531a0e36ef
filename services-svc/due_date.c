/* SPDX-License-Identifier: MIT */
#include "due_date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS_OF_DAY = 86400, EVERY_YEAR = 0, SATURDAY = 6, LONGEST_DAYS = 4 * WORKING_DAYS_MAX };

struct holidays {
    size_t count;
    poly_date dates[]; /* with the year EVERY_YEAR for each year's */
};

/* A leap year lends itself to a day without a year: February has all its days. */
static bool read_yearly(const char *text, poly_date *out)
{
    char with_year[POLY_DATE_SIZE + 5];

    snprintf(with_year, sizeof(with_year), "2024-%.10s", text);
    if (strlen(text) != 5 || !poly_date_parse(with_year, out))
        return false;
    out->year = EVERY_YEAR;
    return true;
}

holidays *holidays_create(const char *const *texts, const char **faulty)
{
    size_t count = 0;
    holidays *days;

    while (texts[count])
        count++;
    days = poly_alloc_zero(1, sizeof(*days) + count * sizeof(days->dates[0]));
    for (; days->count < count; days->count++) {
        const char *text = texts[days->count];
        poly_date *date = &days->dates[days->count];

        if (poly_date_parse(text, date) || read_yearly(text, date))
            continue;
        *faulty = text;
        holidays_destroy(&days);
        return NULL;
    }
    return days;
}

void holidays_destroy(holidays **days)
{
    free(*days);
    *days = NULL;
}

bool holidays_have(const holidays *days, poly_date date)
{
    for (size_t i = 0; i < days->count; i++) {
        poly_date each = days->dates[i];

        if (each.year == EVERY_YEAR)
            each.year = date.year;
        if (poly_date_compare(each, date) == 0)
            return true;
    }
    return false;
}

static bool is_working_day(const holidays *days, poly_date date)
{
    return poly_date_weekday(date) < SATURDAY && !holidays_have(days, date);
}

/* However many holidays there are, it comes to an end. */
int64_t due_date_of(int64_t created_at, unsigned working_days, const holidays *days)
{
    poly_date date = poly_date_in_moscow(created_at);
    unsigned left = working_days;

    for (int i = 0; left > 0 && i < LONGEST_DAYS; i++) {
        date = poly_date_add_days(date, 1);
        left -= is_working_day(days, date);
    }
    return ((int64_t)poly_date_to_days(date) + 1) * SECONDS_OF_DAY - POLY_MOSCOW_OFFSET_SECONDS - 1;
}
