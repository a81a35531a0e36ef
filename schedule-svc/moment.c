/* SPDX-License-Identifier: MIT */
#include "moment.h"

#include <string.h>

#define LONGEST      64
#define OFFSET_CHARS 6 /* +03:00 */
#define DAY_SECONDS  INT64_C(86400)

bool moment_parse(const char *text, int64_t *moment)
{
    char mended[LONGEST];
    size_t size = strlen(text);
    poly_date day;

    if (poly_date_parse(text, &day)) {
        *moment = poly_date_to_days(day) * DAY_SECONDS - POLY_MOSCOW_OFFSET_SECONDS;
        return true;
    }
    if (size <= OFFSET_CHARS || size >= LONGEST)
        return false;
    memcpy(mended, text, size + 1);
    if (mended[size - OFFSET_CHARS] == ' ')
        mended[size - OFFSET_CHARS] = '+';
    return poly_time_parse_rfc3339(mended, moment);
}
