/* SPDX-License-Identifier: MIT */
/* Reads one HTTP/1.1 response as it comes in: finds its status and its end, and drops its body. */
#ifndef LOAD_RESPONSE_H
#define LOAD_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESPONSE_MAX_HEAD = 16384 };

enum response_state {
    RESPONSE_HEAD,
    RESPONSE_LENGTH,     /* a body of `remaining` bytes */
    RESPONSE_CHUNK_SIZE, /* a line with a chunk's size */
    RESPONSE_CHUNK_DATA, /* `remaining` bytes and the line end behind them */
    RESPONSE_TRAILER,    /* lines until an empty one */
    RESPONSE_UNTIL_END,  /* the connection's end is the body's */
    RESPONSE_DONE,
    RESPONSE_MALFORMED,
};

struct response {
    enum response_state state;
    int status;
    bool head_only; /* answers HEAD */
    bool closes;    /* the server closes the connection behind it */
    uint64_t remaining;
    char *head; /* made with the first use, kept for the next response */
    size_t head_length;
    size_t line_length;
    char line[32];
};

/* Ready for the next response on the same connection. */
void response_reset(struct response *response, bool head_only);
/* Takes in bytes until the response is done; answers how many it took. */
size_t response_take(struct response *response, const char *bytes, size_t length);
/* The connection has ended: whether that completes the response. */
bool response_end(struct response *response);
void response_release(struct response *response);

#endif
