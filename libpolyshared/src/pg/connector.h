/* SPDX-License-Identifier: MIT */
/*
 * The thread that makes connections for all loops, one after the other: looking up names, TLS and password proofs
 * take milliseconds to seconds and must not stop a loop. After a failure it pauses, with jitter and growing, so a
 * server that is full or down meets one attempt at a time from each process.
 */
#ifndef POLY_PG_CONNECTOR_H
#define POLY_PG_CONNECTOR_H

#include "pg/session.h"
#include "poly/runtime.h"

typedef struct poly_connector poly_connector;
typedef struct poly_connection_request poly_connection_request;

/* Called on the asking loop, not on a fiber, with the connection, non-blocking, or NULL after a failed attempt. */
typedef void poly_connection_taker(PGconn *native, void *argument);

/* `options` is copied, the strings it points to are not. The thread starts with the first request. */
poly_connector *poly_connector_create(const poly_session_options *options);
/* Waits for the thread, and so for an attempt under way. No request may be left. */
void poly_connector_destroy(poly_connector **connector);

/*
 * `setup` is more SQL to begin with, or NULL; it lives until `take` is called. A failed attempt answers all
 * requests that are waiting. Loop only.
 */
poly_connection_request *poly_connector_ask(poly_connector *connector, const char *setup, poly_connection_taker *take,
                                            void *argument);
/* `take` will not be called. Not after it has been. Loop only. */
void poly_connector_forget(poly_connector *connector, poly_connection_request **request);

#endif
