/* SPDX-License-Identifier: MIT */
/*
 * A form with files, multipart/form-data (RFC 7578), read on the request's fiber as it arrives. Nothing is held but
 * what the socket's buffer holds, and the socket is read only as fast as the handler pulls.
 *
 *     if (poly_multipart_open(request, &limits, &form) != POLY_OK)
 *         return;
 *     while ((result = poly_multipart_next(form, &part)) == POLY_OK)
 *         ...poly_multipart_text for a field, poly_multipart_read for a file...
 *     if (result != POLY_NOT_FOUND)
 *         return;
 *
 * Whenever a function answers anything but POLY_OK, and POLY_NOT_FOUND of poly_multipart_next, the request has been
 * answered (400, 408, 413, 415), or its client is gone, and the handler puts away what it has begun and returns. The
 * handler may also answer by itself in the middle, which ends the connection behind the answer.
 */
#ifndef POLY_MULTIPART_H
#define POLY_MULTIPART_H

#include "poly/http.h"

typedef struct poly_multipart poly_multipart;

typedef struct poly_multipart_limits {
    unsigned max_parts;     /* 0: 64 */
    size_t max_part_header; /* bytes; 0: 4 KiB */
    size_t max_field;       /* bytes of a part without a file name; 0: 64 KiB */
    uint64_t max_file;      /* bytes of a part with one; 0: 10 MiB */
    uint64_t max_total;     /* bytes of the whole body; 0: 128 MiB */
} poly_multipart_limits;

typedef struct poly_multipart_part {
    const char *name; /* not empty; valid UTF-8 without control characters, as the others */
    /*
     * NULL: a field. As the client sends it, a path included, so it is for showing and for its ending, never for
     * opening a file. "" when a form's file was left empty.
     */
    const char *file_name;
    const char *content_type; /* "" if none; the client's word */
} poly_multipart_part;

/* `limits` may be NULL. The time that a body takes is bounded by its speed and by the route's deadline_ms. */
poly_result poly_multipart_open(poly_request *request, const poly_multipart_limits *limits,
                                poly_multipart **form) POLY_MUST_CHECK;
/* The next part; what is left of the present one is passed over. POLY_NOT_FOUND: the form has ended as it should. */
poly_result poly_multipart_next(poly_multipart *form, poly_multipart_part *part) POLY_MUST_CHECK;
/* The next piece of the part; empty at its end. Valid until the next call. */
poly_result poly_multipart_read(poly_multipart *form, poly_slice *piece) POLY_MUST_CHECK;
/* The rest of the part, at most max_field, valid UTF-8 without NUL; in the request's arena. */
poly_result poly_multipart_text(poly_multipart *form, const char **text) POLY_MUST_CHECK;

#endif
