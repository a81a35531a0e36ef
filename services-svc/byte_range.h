/* SPDX-License-Identifier: MIT */
/*
 * Which part of a file is asked for (RFC 9110, section 14): one range of bytes. What the header says otherwise, several
 * ranges included, is left unheeded, as the RFC allows.
 */
#ifndef SERVICES_BYTE_RANGE_H
#define SERVICES_BYTE_RANGE_H

#include "poly/base.h"

typedef enum byte_range_answer {
    RANGE_WHOLE,         /* 200 */
    RANGE_PART,          /* 206 */
    RANGE_UNSATISFIABLE, /* 416 */
} byte_range_answer;

typedef struct byte_range {
    uint64_t first;
    uint64_t size; /* at least 1, unless the file is empty */
} byte_range;

/* Of a file of `size` bytes. `range` is always filled in. Absent headers have the absent slice. `etag` has its quotes.
 */
byte_range_answer byte_range_read(poly_slice header, poly_slice if_range, const char *etag, uint64_t size,
                                  byte_range *range);

#endif
