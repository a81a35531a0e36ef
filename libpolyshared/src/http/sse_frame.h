/* SPDX-License-Identifier: MIT */
/*
 * An event as it goes over the wire, made once for all subscribers: a chunk (RFC 9112 section 7.1), whose inside is
 * what HTTP/1.0 gets. Pure.
 */
#ifndef POLY_HTTP_SSE_FRAME_H
#define POLY_HTTP_SSE_FRAME_H

#include "poly/blob.h"
#include "poly/sse.h"

poly_blob *sse_frame_of_event(const poly_sse_event *event);
/* `text` is whole lines, such as a comment; "" gives the last chunk. */
poly_blob *sse_frame_of_text(const char *text);
/* What is to be sent: all of it, or what is inside. */
poly_slice sse_frame_bytes(const poly_blob *frame, bool chunked);

#endif
