/* SPDX-License-Identifier: MIT */
#include "byte_range.h"

#include <string.h>
#include <strings.h>

/* Digits that fit, moved past; false without any. */
static bool take_number(const char **at, const char *end, uint64_t *out)
{
    const char *start = *at;
    uint64_t number = 0;

    for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
        uint64_t digit = (uint64_t)(**at - '0');

        number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
    }
    *out = number;
    return *at > start;
}

static void skip_spaces(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        (*at)++;
}

/* "-500": the last bytes. */
static byte_range_answer read_suffix(const char *at, const char *end, uint64_t size, byte_range *range)
{
    uint64_t count;

    if (!take_number(&at, end, &count) || at != end)
        return RANGE_WHOLE;
    if (count == 0 || size == 0)
        return RANGE_UNSATISFIABLE;
    range->size = count < size ? count : size;
    range->first = size - range->size;
    return RANGE_PART;
}

/* "500-999" or "500-". */
static byte_range_answer read_span(const char *at, const char *end, uint64_t size, byte_range *range)
{
    uint64_t first, last = UINT64_MAX;

    if (!take_number(&at, end, &first) || at == end || *at++ != '-')
        return RANGE_WHOLE;
    if (at != end && (!take_number(&at, end, &last) || at != end || last < first))
        return RANGE_WHOLE;
    if (first >= size)
        return RANGE_UNSATISFIABLE;
    if (last >= size)
        last = size - 1;
    *range = (byte_range){first, last - first + 1};
    return RANGE_PART;
}

byte_range_answer byte_range_read(poly_slice header, poly_slice if_range, const char *etag, uint64_t size,
                                  byte_range *range)
{
    static const char unit[] = "bytes=";
    const size_t unit_size = sizeof(unit) - 1;
    const char *at = header.data, *end;

    *range = (byte_range){0, size};
    if (!at || header.size <= unit_size || strncasecmp(at, unit, unit_size) != 0)
        return RANGE_WHOLE;
    /* A date never matches: we hand out none. Neither does a weak tag, since it is written otherwise. */
    if (if_range.data && !poly_slice_equal(if_range, etag))
        return RANGE_WHOLE;
    end = at + header.size;
    at += unit_size;
    skip_spaces(&at, end);
    while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (at == end)
        return RANGE_WHOLE;
    return *at == '-' ? read_suffix(at + 1, end, size, range) : read_span(at, end, size, range);
}
