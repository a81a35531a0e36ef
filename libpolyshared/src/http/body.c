/* SPDX-License-Identifier: MIT */
#include "http/body.h"

#define CHUNK_SIZE_DIGITS 8u
#define OVERHEAD_MAX      4096u

void http_body_init(struct http_body *body, bool chunked, uint64_t content_length)
{
    *body = (struct http_body){
        .state = chunked          ? HTTP_BODY_CHUNK_SIZE
                 : content_length ? HTTP_BODY_DATA
                                  : HTTP_BODY_END,
        .chunked = chunked,
        .remaining = chunked ? 0 : content_length,
    };
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static enum http_body_state after_chunk_size(const struct http_body *body)
{
    if (body->digits == 0)
        return HTTP_BODY_BAD;
    return body->remaining ? HTTP_BODY_DATA : HTTP_BODY_TRAILER_START;
}

static enum http_body_state take_chunk_size(struct http_body *body, char c)
{
    int value = hex_value(c);

    if (value >= 0) {
        if (++body->digits > CHUNK_SIZE_DIGITS)
            return HTTP_BODY_BAD;
        body->remaining = body->remaining * 16 + (uint64_t)value;
        return HTTP_BODY_CHUNK_SIZE;
    }
    if (body->digits == 0)
        return HTTP_BODY_BAD;
    if (c == '\r')
        return HTTP_BODY_CHUNK_SIZE_LF;
    return c == ';' ? HTTP_BODY_CHUNK_EXTENSION : HTTP_BODY_BAD;
}

/* Extensions and trailers mean nothing here: bounded, checked for line ends, dropped. */
static enum http_body_state take_ignored(struct http_body *body, char c, enum http_body_state at_cr)
{
    if (++body->overhead > OVERHEAD_MAX || c == '\n' || c == '\0')
        return HTTP_BODY_BAD;
    return c == '\r' ? at_cr : body->state;
}

static enum http_body_state take_framing(struct http_body *body, char c)
{
    switch (body->state) {
    case HTTP_BODY_CHUNK_SIZE:
        return take_chunk_size(body, c);
    case HTTP_BODY_CHUNK_EXTENSION:
        return take_ignored(body, c, HTTP_BODY_CHUNK_SIZE_LF);
    case HTTP_BODY_CHUNK_SIZE_LF:
        return c == '\n' ? after_chunk_size(body) : HTTP_BODY_BAD;
    case HTTP_BODY_CHUNK_END_CR:
        return c == '\r' ? HTTP_BODY_CHUNK_END_LF : HTTP_BODY_BAD;
    case HTTP_BODY_CHUNK_END_LF:
        body->digits = 0;
        return c == '\n' ? HTTP_BODY_CHUNK_SIZE : HTTP_BODY_BAD;
    case HTTP_BODY_TRAILER_START:
        if (c == '\r')
            return HTTP_BODY_LAST_LF;
        body->state = HTTP_BODY_TRAILER;
        return take_ignored(body, c, HTTP_BODY_TRAILER_LF);
    case HTTP_BODY_TRAILER:
        return take_ignored(body, c, HTTP_BODY_TRAILER_LF);
    case HTTP_BODY_TRAILER_LF:
        return c == '\n' ? HTTP_BODY_TRAILER_START : HTTP_BODY_BAD;
    case HTTP_BODY_LAST_LF:
        return c == '\n' ? HTTP_BODY_END : HTTP_BODY_BAD;
    case HTTP_BODY_DATA:
    case HTTP_BODY_END:
    case HTTP_BODY_BAD:
        break;
    }
    return HTTP_BODY_BAD;
}

size_t http_body_take(struct http_body *body, poly_slice input, poly_slice *data)
{
    size_t at = 0;

    *data = (poly_slice){input.data, 0};
    while (at < input.size && body->state != HTTP_BODY_END && body->state != HTTP_BODY_BAD) {
        if (body->state == HTTP_BODY_DATA) {
            size_t size = input.size - at < body->remaining ? input.size - at : (size_t)body->remaining;

            *data = (poly_slice){input.data + at, size};
            body->remaining -= size;
            if (body->remaining == 0)
                body->state = body->chunked ? HTTP_BODY_CHUNK_END_CR : HTTP_BODY_END;
            return at + size;
        }
        body->state = take_framing(body, input.data[at++]);
    }
    return at;
}
