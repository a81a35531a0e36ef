/* SPDX-License-Identifier: MIT */
#ifndef SCHEDULE_MOMENT_H
#define SCHEDULE_MOMENT_H

#include "poly/time.h"

/*
 * A moment as a client names one: an RFC 3339 time, whose plus may have become a space on its way through a URL, or a
 * day, which begins at midnight of the university's time zone. Unix seconds. Any thread.
 */
bool moment_parse(const char *text, int64_t *moment) POLY_MUST_CHECK;

#endif
