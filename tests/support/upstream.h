/* SPDX-License-Identifier: MIT */
/*
 * An HTTP upstream on a loopback port, in threads of the test's process: a thread per connection reads requests and
 * hands them to the test's handler, which answers well or badly by writing bytes itself.
 */
#ifndef POLY_TEST_UPSTREAM_H
#define POLY_TEST_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct upstream upstream;

typedef struct upstream_exchange {
    int socket;
    unsigned connection; /* counted from 1 */
    unsigned request;    /* of this connection, from 1 */
    char method[16];
    char target[1024]; /* path and query */
    const char *head;  /* request line and fields, NUL-terminated */
    const char *body;  /* NUL-terminated behind body_size */
    size_t body_size;
} upstream_exchange;

/* Answers whether the connection lives on. Called from many threads at once. */
typedef bool upstream_handler(const upstream_exchange *exchange, void *argument);

upstream *upstream_start(upstream_handler *handler, void *argument);
/* The same, but nothing is accepted before upstream_accept: the kernel queues `backlog` connections or so. */
upstream *upstream_listen(upstream_handler *handler, void *argument, int backlog);
void upstream_accept(upstream *server);
/* Breaks all connections and waits for their threads. */
void upstream_stop(upstream **server);

unsigned upstream_port(const upstream *server);
/* "http://127.0.0.1:PORT"; lives as long as the server. */
const char *upstream_url(const upstream *server);
unsigned upstream_connections(upstream *server);
unsigned upstream_requests(upstream *server);

/* --- for handlers --- */

/* A whole answer with Content-Length. `extra` is more header fields, each ended by CRLF, or NULL. */
bool upstream_answer(const upstream_exchange *exchange, int status, const char *content_type, const char *extra,
                     const void *body, size_t size);
/* False once the peer has gone. */
bool upstream_send(const upstream_exchange *exchange, const void *bytes, size_t size);
bool upstream_send_text(const upstream_exchange *exchange, const char *text);
/* Waits until the peer closes, or the server stops; at most `milliseconds` (-1: no limit). True when it has closed. */
bool upstream_await_close(const upstream_exchange *exchange, int milliseconds);
/* Has the connection end in a reset instead of an orderly close; return false behind it. */
void upstream_reset(const upstream_exchange *exchange);
/* Copies the value of a request header to `out`; false if it was not sent. */
bool upstream_header(const upstream_exchange *exchange, const char *name, char *out, size_t size);

#endif
