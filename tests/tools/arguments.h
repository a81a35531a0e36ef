/* SPDX-License-Identifier: MIT */
/* How the tools of the tests read their command lines: a bad word is named, and ends the program with status 2. */
#ifndef POLY_TESTS_TOOLS_ARGUMENTS_H
#define POLY_TESTS_TOOLS_ARGUMENTS_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static inline void refuse(const char *what, const char *value)
{
    fprintf(stderr, "%s: %s '%s'\n", program_invocation_short_name, what, value);
    exit(2);
}

/* A number in min..max and nothing behind it. */
static inline double parse_number(const char *what, const char *text, double min, double max)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end || !(value >= min && value <= max))
        refuse(what, text);
    return value;
}

#endif
