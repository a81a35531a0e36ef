/* SPDX-License-Identifier: MIT */
/*
 * The HTTP client: one poly_httpc per upstream, shared by all loops. Each call has a deadline, a bounded
 * body, and the request's id and trace context in its headers. A retry budget and a circuit breaker protect the
 * upstream.
 */
#ifndef POLY_HTTPC_H
#define POLY_HTTPC_H

#include "poly/arena.h"
#include "poly/http.h"
#include "poly/runtime.h"

typedef struct poly_httpc poly_httpc;

typedef struct poly_httpc_options {
    const char *name;              /* for log and metrics, static, such as "ruz" */
    const char *base_url;          /* without a trailing slash */
    unsigned connect_timeout_ms;   /* 0: 2,000 */
    unsigned deadline_ms;          /* of a call with its retries, unless the fiber's comes first; 0: 5,000. A request
                                      may name another */
    unsigned attempt_ms;           /* of one try; 0: the deadline */
    unsigned low_speed_ms;         /* a body slower than 1 KiB/s for as long is given up; 0: 3,000 */
    size_t max_body;               /* 0: 1 MiB; beyond it POLY_BAD_ANSWER */
    unsigned max_retries;          /* of idempotent calls, with jittered backoff; 0: none */
    unsigned retry_budget_percent; /* retries over calls, lately; 0: 10 */
    unsigned breaker_failures;     /* failures in a row that open the breaker; 0: 5 */
    unsigned breaker_open_ms;      /* until one trial call is let through; doubles to 8 times; 0: 2,000 */
    unsigned max_connections;      /* per loop; 0: 16 */
    const char *const *headers;    /* "Name: value" sent with every call, NULL-terminated, kept; may be NULL */
} poly_httpc_options;

poly_httpc *poly_httpc_create(const poly_httpc_options *options);
void poly_httpc_destroy(poly_httpc **client); /* after poly_runtime_stop */

typedef struct poly_httpc_request {
    poly_method method;
    const char *path;           /* appended to the base URL; already encoded */
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
    const char *content_type;   /* of the body; NULL without one */
    poly_slice body;
    bool idempotent;      /* POST and PATCH only: safe to send again; the other methods are by nature */
    unsigned deadline_ms; /* of this call; 0: the client's */
    bool secret;          /* the body is one: no copy of it stays behind in this process, but the caller's own */
} poly_httpc_request;

typedef struct poly_httpc_response {
    int status;
    poly_slice body;          /* decoded; in the arena, NUL-terminated behind size */
    const char *content_type; /* "" if none */
    unsigned retry_after;     /* seconds; 0 if not sent */
    poly_slice fields;        /* for poly_httpc_header */
} poly_httpc_response;

/*
 * POLY_OK: an answer with any status below 500 came; a redirect is one. POLY_UNAVAILABLE: no connection, reset, a 5xx,
 * or the breaker is open. POLY_TIMEOUT: deadline. POLY_BAD_ANSWER: not HTTP, cut short, or too large: a body over
 * max_body, a header over 64 KiB. POLY_CANCELLED: the fiber was. POLY_INVALID: not sent, because the path or a header
 * has a character that HTTP forbids there, or over 8 KiB, or because GET or HEAD came with a body. `response` is filled
 * after POLY_OK; a 5xx leaves its status and retry_after. A call whose deadline has passed sends nothing. Fiber only.
 */
poly_result poly_httpc_call(poly_httpc *client, const poly_httpc_request *request, poly_arena *arena,
                            poly_httpc_response *response) POLY_MUST_CHECK;

/*
 * The value of the answer's header field of that name, in any case; `index` counts those of the same name from 0, such
 * as several Set-Cookie. NULL if there are not so many. In the arena; after POLY_OK only.
 */
const char *poly_httpc_header(const poly_httpc_response *response, const char *name, size_t index);

/* Appends `text` percent-encoded for a query value or path segment (RFC 3986 unreserved characters stay). */
void poly_url_encode(const char *text, poly_strbuf *out);

typedef enum poly_breaker_state { POLY_BREAKER_CLOSED, POLY_BREAKER_HALF_OPEN, POLY_BREAKER_OPEN } poly_breaker_state;
poly_breaker_state poly_httpc_breaker(const poly_httpc *client);

#endif
