/* SPDX-License-Identifier: MIT */
/*
 * Where the parts of multipart data begin and end (RFC 2046 section 5.1), read strictly: no preamble, no epilogue but a
 * line end, nothing behind a boundary but its line end. Takes the input in pieces of any size. Pure.
 */
#ifndef POLY_HTTP_MULTIPART_PARSER_H
#define POLY_HTTP_MULTIPART_PARSER_H

#include "poly/http.h"

#define MULTIPART_BOUNDARY_MAX 70u

enum multipart_state {
    MULTIPART_START,  /* before the first boundary */
    MULTIPART_BEHIND, /* a boundary: a line end or a dash must come */
    MULTIPART_BEHIND_CR,
    MULTIPART_BEHIND_DASH,
    MULTIPART_IN_HEADER,
    MULTIPART_IN_DATA,
    MULTIPART_CLOSED, /* behind the closing boundary */
    MULTIPART_CLOSED_CR,
    MULTIPART_CLOSED_LINE,
    MULTIPART_BROKEN,
};

enum multipart_event {
    MULTIPART_MORE,   /* the input has been used up */
    MULTIPART_HEADER, /* of a part, whole, in `header` */
    MULTIPART_DATA,   /* of the present part */
    MULTIPART_PART_END,
    MULTIPART_FAULT, /* for good; `fault` says why */
};

struct multipart_parser {
    enum multipart_state state;
    char delimiter[2 + 2 + MULTIPART_BOUNDARY_MAX]; /* CRLF, two dashes, the boundary */
    size_t delimiter_size;
    size_t matched; /* bytes of the delimiter that the input has ended with */
    size_t lent;    /* of these, bytes that the header ended with and that are no data */
    char *header;   /* the lines of a part's header, without the empty one */
    size_t header_size;
    size_t header_max;
    size_t line_start; /* of the line under way in `header` */
    poly_message fault;
};

/* `header` is `header_max` bytes for the parser to use. */
void multipart_parser_init(struct multipart_parser *parser, poly_slice boundary, char *header, size_t header_max);

/*
 * Takes from the front of `input` up to the next event; answers the bytes taken. `*data` is a piece of the part for
 * MULTIPART_DATA, inside `input` or inside `parser`.
 */
size_t multipart_parser_take(struct multipart_parser *parser, poly_slice input, enum multipart_event *event,
                             poly_slice *data);
/* Whether the input may end here. */
bool multipart_parser_is_complete(const struct multipart_parser *parser);

#endif
