/* SPDX-License-Identifier: MIT */
/*
 * A server in the test's own process, on a free loopback port, and a blocking client that sends exactly the bytes
 * it is given.
 */
#ifndef POLY_TESTS_LOOPBACK_H
#define POLY_TESTS_LOOPBACK_H

#include "poly/http.h"

struct loopback {
    poly_runtime *runtime;
    poly_server *server;
    unsigned port;
};

/* `routes` of `options` is filled in, and `listen` and `service` unless they are there; `workers` loops. */
void loopback_start(struct loopback *loopback, const poly_route *routes, poly_server_options options, unsigned workers);
/* Drains, stops, destroys. */
void loopback_stop(struct loopback *loopback);

/* A connected blocking socket with a receive timeout of 20 s. */
int loopback_connect(const struct loopback *loopback);
void loopback_send(int fd, const char *bytes, size_t size);
/* Reads until the peer closes. Bytes read; `out` is NUL-terminated. -1 when the connection was reset. */
long loopback_read_all(int fd, char *out, size_t size);
/* Reads one answer with a Content-Length, or without a body; its size. */
size_t loopback_read_answer(int fd, char *out, size_t size);

/* One request on a connection of its own, answered to its end. Returns the status, 0 when there was no answer. */
int loopback_exchange(const struct loopback *loopback, const char *request, char *out, size_t size);
int loopback_status(const char *answer);
/* The body behind the head. */
const char *loopback_body(const char *answer);
/* The value of a field, in a static buffer; NULL if absent. Name as the server writes it. */
const char *loopback_field(const char *answer, const char *name);

#endif
