/* SPDX-License-Identifier: MIT */
#include "poly/base.h"

#include <string.h>
#include <strings.h>

const char *poly_result_name(poly_result result)
{
    static const char *const names[] = {
        [POLY_OK] = "ok",
        [POLY_NOT_FOUND] = "not_found",
        [POLY_INVALID] = "invalid",
        [POLY_CONFLICT] = "conflict",
        [POLY_TOO_LARGE] = "too_large",
        [POLY_UNAVAILABLE] = "unavailable",
        [POLY_REJECTED] = "rejected",
        [POLY_BAD_ANSWER] = "bad_answer",
        [POLY_TIMEOUT] = "timeout",
        [POLY_CANCELLED] = "cancelled",
        [POLY_OVERLOADED] = "overloaded",
        [POLY_IO] = "io",
    };

    return (size_t)result < POLY_LENGTH(names) ? names[result] : "unknown";
}

poly_slice poly_slice_of(const char *text)
{
    return (poly_slice){.data = text, .size = text ? strlen(text) : 0};
}

bool poly_slice_equal(poly_slice slice, const char *text)
{
    if (!slice.data || !text)
        return !slice.data && !text;
    return strlen(text) == slice.size && memcmp(slice.data, text, slice.size) == 0;
}

static unsigned char lower_ascii(unsigned char character)
{
    return character >= 'A' && character <= 'Z' ? (unsigned char)(character + 'a' - 'A') : character;
}

/* Not strcasecmp: that follows the locale. */
bool poly_slice_equal_nocase(poly_slice slice, const char *text)
{
    if (!slice.data || !text)
        return !slice.data && !text;
    if (strlen(text) != slice.size)
        return false;
    for (size_t i = 0; i < slice.size; i++) {
        if (lower_ascii((unsigned char)slice.data[i]) != lower_ascii((unsigned char)text[i]))
            return false;
    }
    return true;
}
