/* SPDX-License-Identifier: MIT */
/*
 * A bounded load on one HTTP server of this machine, from one thread. Closed loop: each connection sends its next
 * request when the answer is there. Open loop (a rate): requests fall due by the clock, and a latency counts from
 * the moment its request was due, so that waiting for a free connection is not hidden.
 */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include "latency.h"
#include "lines.h"
#include "paths.h"
#include "response.h"

#include <netinet/in.h>

enum { LOAD_MAX_CONNECTIONS = 20000, LOAD_MAX_HEADERS = 8192 };

struct load_options {
    struct sockaddr_storage address;
    socklen_t address_length;
    char host[64]; /* for the Host header */
    const char *method;
    char headers[LOAD_MAX_HEADERS]; /* "Name: value\r\n" each */
    size_t headers_length;
    char *body;
    size_t body_length;
    struct lines header_lines; /* a further header of each request, in turn */
    struct lines bodies;       /* in place of `body`, in turn */
    const char *bodies_name;   /* their file */
    const char *follow;        /* the member of an answer that makes the connection's next body; NULL: none */
    struct paths paths;
    unsigned connections;
    bool fresh;        /* a new connection for each request */
    bool spins;        /* asks again and again for what has come instead of sleeping until it does */
    bool shuffled;     /* paths in pseudo-random order rather than in turn */
    uint64_t requests; /* 0: as many as there is time for */
    double seconds;    /* 0: until the requests are done */
    double rate;       /* requests a second; 0: closed loop */
    double timeout;    /* of one request, in seconds */
};

enum load_error {
    LOAD_ERROR_CONNECT,
    LOAD_ERROR_RESET,
    LOAD_ERROR_CLOSED, /* the server closed before the response was whole */
    LOAD_ERROR_TIMEOUT,
    LOAD_ERROR_MALFORMED,
    LOAD_ERRORS,
};

struct load_figures {
    uint64_t issued, completed, connected;
    uint64_t bytes_in, bytes_out;
    uint64_t statuses[600];
    uint64_t errors[LOAD_ERRORS];
    uint64_t unsent; /* fell due and found no connection before the end */
    double seconds;  /* from the first request to the last answer */
    struct latency latency;
};

/* Runs the load; false with a line on standard error when it cannot. */
bool load_run(const struct load_options *options, struct load_figures *figures);

void load_report(const struct load_options *options, const struct load_figures *figures);

#endif
