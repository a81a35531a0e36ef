/* SPDX-License-Identifier: MIT */
/*
 * LISTEN on a connection of its own. A notification is a hint that may get lost with the connection; what happened is
 * in the tables. So the subscriber reads by sequence from the last one it has seen whenever it is told to catch up,
 * which is once after every connect, the first included: notifications that come later are later than that reading
 * began.
 */
#ifndef POLY_PG_LISTEN_H
#define POLY_PG_LISTEN_H

#include "poly/pg.h"

typedef struct poly_pg_listener poly_pg_listener;

typedef struct poly_pg_listener_options {
    const char *const *channels; /* names of letters, digits and '_', ended by NULL; static */
    /* Both are called on one fiber of the listener's loop, never at the same time, and may query. NULL for either. */
    void (*notified)(const char *channel, const char *payload, void *context);
    /* Anything but POLY_OK: the listener connects again, after a pause, and asks once more. */
    poly_result (*catch_up)(void *context);
    void *context;
} poly_pg_listener_options;

/* Connects, and connects again for ever, until it is stopped. Any thread. */
poly_pg_listener *poly_pg_listen(poly_pg *pg, poly_loop *loop, const poly_pg_listener_options *options);
/* After this call no callback begins; when it returns none runs. Fiber only; or from any thread once the runtime has
 * been stopped. NULL is accepted. */
void poly_pg_listener_stop(poly_pg_listener **listener);

#endif
