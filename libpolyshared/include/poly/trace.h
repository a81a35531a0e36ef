/* SPDX-License-Identifier: MIT */
/*
 * Request ids and W3C trace context (https://www.w3.org/TR/trace-context/), version 00.
 */
#ifndef POLY_TRACE_H
#define POLY_TRACE_H

#include "poly/base.h"

#define POLY_REQUEST_ID_SIZE  129 /* up to 128 of [A-Za-z0-9._-], and NUL */
#define POLY_TRACEPARENT_SIZE 56  /* 00-<32 hex>-<16 hex>-<2 hex>, and NUL */

typedef struct poly_trace {
    char request_id[POLY_REQUEST_ID_SIZE];
    char trace_id[33];
    char span_id[17];
    bool sampled;
} poly_trace;

/* Takes over what the caller sent where it is well formed, makes the rest; the span is always new. */
void poly_trace_start(poly_trace *trace, poly_slice request_id, poly_slice traceparent);
void poly_trace_parent(const poly_trace *trace, char out[POLY_TRACEPARENT_SIZE]);
bool poly_request_id_is_valid(poly_slice text);

#endif
