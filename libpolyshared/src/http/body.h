/* SPDX-License-Identifier: MIT */
/*
 * Where a request's body ends: Content-Length, or the chunked coding (RFC 9112 section 7.1) read strictly. Pure.
 */
#ifndef POLY_HTTP_BODY_H
#define POLY_HTTP_BODY_H

#include "poly/base.h"

enum http_body_state {
    HTTP_BODY_DATA, /* of a sized body, or of a chunk */
    HTTP_BODY_CHUNK_SIZE,
    HTTP_BODY_CHUNK_EXTENSION,
    HTTP_BODY_CHUNK_SIZE_LF,
    HTTP_BODY_CHUNK_END_CR,
    HTTP_BODY_CHUNK_END_LF,
    HTTP_BODY_TRAILER_START,
    HTTP_BODY_TRAILER,
    HTTP_BODY_TRAILER_LF,
    HTTP_BODY_LAST_LF,
    HTTP_BODY_END,
    HTTP_BODY_BAD,
};

struct http_body {
    enum http_body_state state;
    bool chunked;
    uint64_t remaining; /* bytes of the sized body or of the chunk */
    unsigned digits;    /* of the chunk size */
    unsigned overhead;  /* bytes of extensions and trailers, which are bounded */
};

void http_body_init(struct http_body *body, bool chunked, uint64_t content_length);

/*
 * Takes from the front of `input`. `*data` gets the next piece of the body, inside `input`, empty when there is none
 * yet. Answers the bytes consumed, framing included; call again until `state` is END or BAD or nothing is consumed.
 */
size_t http_body_take(struct http_body *body, poly_slice input, poly_slice *data);

#endif
