/* SPDX-License-Identifier: MIT */
/*
 * Until when an application is to be dealt with: the end of a working day in Moscow, counted from the day after it came
 * in, Saturdays, Sundays and holidays left out.
 */
#ifndef SERVICES_DUE_DATE_H
#define SERVICES_DUE_DATE_H

#include "poly/time.h"

enum { WORKING_DAYS_MAX = 365 };

typedef struct holidays holidays;

/* Of "2026-11-04", that day, or "11-04", that day of every year; the list ends with NULL. NULL, with the text that is
 * neither in `faulty`, if there is one. */
holidays *holidays_create(const char *const *texts, const char **faulty);
void holidays_destroy(holidays **days);

bool holidays_have(const holidays *days, poly_date date);

/* The last second of the last day, in seconds since 1970; `working_days` from 1 to WORKING_DAYS_MAX. */
int64_t due_date_of(int64_t created_at, unsigned working_days, const holidays *days);

#endif
