/* SPDX-License-Identifier: MIT */
#include "daemon/activation.h"

#include <stdlib.h>
#include <unistd.h>

#define FIRST_PASSED "fd:3" /* SD_LISTEN_FDS_START, as LISTEN names it */

static long number_of(const char *name)
{
    const char *text = getenv(name);
    char *end;
    long number = text ? strtol(text, &end, 10) : 0;

    return text && end != text && !*end ? number : 0;
}

const char *daemon_listen_on(const char *configured, poly_strbuf *fault)
{
    /* A pid of another: the variables were meant for the parent. */
    long count = number_of("LISTEN_PID") == getpid() ? number_of("LISTEN_FDS") : 0;

    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    if (count <= 0)
        return configured;
    if (count == 1)
        return FIRST_PASSED;
    poly_strbuf_printf(fault, "the supervisor passes %ld sockets to listen on, and one is wanted\n", count);
    return NULL;
}
