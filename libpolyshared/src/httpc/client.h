/* SPDX-License-Identifier: MIT */
/*
 * The client's inside: what all loops share of one upstream, and what is told about it. The mutex is held for a few
 * instructions at a time, never across a wait.
 */
#ifndef POLY_HTTPC_CLIENT_H
#define POLY_HTTPC_CLIENT_H

#include "httpc/breaker.h"
#include "httpc/retry_budget.h"
#include "poly/metrics.h"

#include <pthread.h>

struct poly_httpc {
    poly_httpc_options options; /* defaults put in; base_url is ours */
    char *base_url;
    pthread_mutex_t mutex;
    poly_breaker breaker;     /* mutex */
    poly_retry_budget budget; /* mutex */
    uint64_t next_warning;    /* mutex; monotonic µs */
    unsigned unwarned;        /* mutex; failed calls since the last warning */
    poly_counter *calls[POLY_IO + 1];
    poly_counter *retries;
    poly_histogram *duration;
    poly_gauge *breaker_state;
};

/* What one call came to. */
typedef struct poly_httpc_outcome {
    poly_result result;
    const char *path;
    const char *error;
    int status; /* 0 if none came */
    unsigned attempts;
    uint64_t microseconds;
} poly_httpc_outcome;

void poly_httpc_report_init(poly_httpc *client);
/* Counts the call, and logs one that failed: once a second at most, without the path's query. */
void poly_httpc_report(poly_httpc *client, const poly_httpc_outcome *outcome);
/* Sets the gauge and logs when the breaker went from `before` to `after`. */
void poly_httpc_report_breaker(poly_httpc *client, poly_breaker_state before, poly_breaker_state after);

#endif
