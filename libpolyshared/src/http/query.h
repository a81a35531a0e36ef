/* SPDX-License-Identifier: MIT */
/*
 * Percent-decoding (RFC 3986 section 2.1) and the pairs of a query (application/x-www-form-urlencoded). Pure.
 */
#ifndef POLY_HTTP_QUERY_H
#define POLY_HTTP_QUERY_H

#include "poly/arena.h"

struct query_pair {
    const char *name;
    const char *value;
    struct query_pair *next;
};

/* A copy in the arena: valid UTF-8 without NUL, or NULL when that is not what the text stands for. */
char *http_percent_decode(poly_arena *arena, poly_slice text, bool plus_is_space);

/* All pairs in order, empty ones left out. False when one cannot be decoded or there are over 64. */
bool http_query_parse(poly_arena *arena, poly_slice query, struct query_pair **pairs);

#endif
