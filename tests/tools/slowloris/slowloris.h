/* SPDX-License-Identifier: MIT */
/*
 * Clients of one HTTP server of this machine that are slow on purpose: each begins a request and sends one more byte of
 * its head or its body now and then, or asks for more than the kernel holds and reads nothing. From one thread.
 */
#ifndef SLOWLORIS_SLOWLORIS_H
#define SLOWLORIS_SLOWLORIS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum { SLOW_MAX_CONNECTIONS = 20000 };

enum slow_mode { SLOW_HEAD, SLOW_BODY, SLOW_UNREAD };

struct slow_options {
    struct sockaddr_in address;
    enum slow_mode mode;
    const char *path;
    unsigned connections;
    double seconds;  /* how long a connection that the server ended is opened again */
    double interval; /* seconds between two bytes */
    double patience; /* how long the server may take to end the rest, in seconds */
};

struct slow_figures {
    uint64_t opened, refused;
    uint64_t ended; /* by the server */
    unsigned held;  /* not ended by the server within the patience */
    uint64_t shortest_us, longest_us;
};

/* Runs until the server has ended every connection. "ready" goes to standard output when all have been open. */
bool slow_run(const struct slow_options *options, struct slow_figures *figures);

#endif
