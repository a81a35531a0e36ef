/* SPDX-License-Identifier: MIT */
/*
 * What a call sends: whether it may be sent at all, and its header fields. Fiber only.
 */
#ifndef POLY_HTTPC_OUTGOING_H
#define POLY_HTTPC_OUTGOING_H

#include "poly/httpc.h"

#include <curl/curl.h>

/* Bytes of a path, and of one header field. */
#define POLY_OUTGOING_MAX 8192

/* False for a path with anything but visible ASCII, a header field with a control character, or a body on GET or HEAD.
 */
bool poly_outgoing_is_valid(const poly_httpc_request *request);

/* Whether sending the request twice does what sending it once does (RFC 9110 section 9.2.2). */
bool poly_outgoing_is_idempotent(const poly_httpc_request *request);

/*
 * The client's fields, the request's, the present request's id (or a new one) and a traceparent with a new span.
 * curl_slist_free_all ends it.
 */
struct curl_slist *poly_outgoing_headers(const char *const *client_headers, const poly_httpc_request *request);

#endif
