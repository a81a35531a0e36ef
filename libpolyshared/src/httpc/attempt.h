/* SPDX-License-Identifier: MIT */
/*
 * One try of a call: a request sent once, and its answer judged. Fiber only.
 */
#ifndef POLY_HTTPC_ATTEMPT_H
#define POLY_HTTPC_ATTEMPT_H

#include "httpc/curl_loop.h"
#include "poly/httpc.h"

typedef struct poly_attempt {
    const poly_httpc_options *options; /* no zero left in it but max_retries and attempt_ms */
    const poly_httpc_request *request; /* valid */
    const char *url;
    uint64_t deadline;           /* monotonic µs */
    char error[CURL_ERROR_SIZE]; /* out: what went wrong, for the log; "" after POLY_OK */
} poly_attempt;

/*
 * Results as of poly_httpc_call. `response` is filled after POLY_OK; a 5xx leaves its status and Retry-After in it.
 * When this returns nothing of the try is under way any more.
 */
poly_result poly_attempt_run(poly_attempt *attempt, poly_curl_loop *loop, poly_arena *arena,
                             poly_httpc_response *response) POLY_MUST_CHECK;

#endif
