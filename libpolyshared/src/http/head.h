/* SPDX-License-Identifier: MIT */
/*
 * The head of an HTTP/1 request: a strict reading of RFC 9112. What other parsers forgive (bare LF, folded lines, a
 * space before the colon, a signed or repeated Content-Length, two framings at once) is refused, since two servers that
 * disagree about where a request ends are how requests are smuggled. Pure; slices point into the input.
 */
#ifndef POLY_HTTP_HEAD_H
#define POLY_HTTP_HEAD_H

#include "poly/http.h"

#define HTTP_HEAD_MAX_SIZE   (16u * 1024u)
#define HTTP_HEAD_MAX_FIELDS 64u
#define HTTP_METHOD_OTHER    ((poly_method)(POLY_OPTIONS + 1)) /* a well-formed method that no route has */

/* Fields that the server itself looks at on most requests, found while parsing. */
enum http_known_field {
    HTTP_ACCEPT_ENCODING,
    HTTP_ACCEPT_LANGUAGE,
    HTTP_CONNECTION,
    HTTP_CONTENT_LENGTH,
    HTTP_CONTENT_TYPE,
    HTTP_EXPECT,
    HTTP_HOST,
    HTTP_IF_NONE_MATCH,
    HTTP_ORIGIN,
    HTTP_TRACEPARENT,
    HTTP_TRANSFER_ENCODING,
    HTTP_X_REQUEST_ID,
    HTTP_KNOWN_COUNT,
};

struct http_field {
    poly_slice name;
    poly_slice value; /* without the white space around it */
};

struct http_head {
    poly_method method;
    poly_slice method_text;
    poly_slice path;  /* as sent, percent-encoded, beginning with '/'; "*" for OPTIONS */
    poly_slice query; /* behind '?'; absent without one */
    unsigned minor;   /* 0 or 1 of HTTP/1.x */
    bool keep_alive;
    bool chunked;
    bool expects_continue;
    int64_t content_length; /* 0 when not sent */
    size_t field_count;
    poly_slice known[HTTP_KNOWN_COUNT]; /* the first of the name */
    struct http_field fields[HTTP_HEAD_MAX_FIELDS];
};

enum http_head_status {
    HTTP_HEAD_DONE,
    HTTP_HEAD_PARTIAL,
    HTTP_HEAD_REFUSED,
};

struct http_refusal {
    int status;         /* 400, 413, 417, 431 or 505 */
    const char *reason; /* static, English, for the log and the English detail */
};

/*
 * Looks for a whole head in `data`. `*scanned` (0 at first) remembers how far earlier calls looked at the same
 * bytes. DONE fills `head` and `*size`, the bytes it takes; REFUSED fills `refusal`.
 */
enum http_head_status http_head_parse(const char *data, size_t data_size, size_t *scanned, struct http_head *head,
                                      size_t *size, struct http_refusal *refusal);

bool http_is_token(poly_slice text);

/* Calls back for each element of a comma-separated list, trimmed, empty ones left out; stops at the first true. */
bool http_list_contains(poly_slice list, const char *token);

#endif
