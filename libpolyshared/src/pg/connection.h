/* SPDX-License-Identifier: MIT */
/*
 * A connection in pipeline mode on its loop. Each operation is sent with a synchronisation point behind it, so an error
 * ends with the operation that made it. Loop only.
 */
#ifndef POLY_PG_CONNECTION_H
#define POLY_PG_CONNECTION_H

#include "pg/operation.h"
#include "pg/prepared.h"

struct event;

typedef enum poly_pg_connection_state {
    POLY_CONNECTION_SHARED,    /* idle, or reads are under way and more may come */
    POLY_CONNECTION_EMPTYING,  /* reads end, none is added: somebody waits to have it alone */
    POLY_CONNECTION_EXCLUSIVE, /* one operation's, or a transaction's */
} poly_pg_connection_state;

typedef struct poly_pg_connection {
    struct poly_pg_connection *next; /* of the lane */
    struct poly_pg_lane *lane;
    poly_pg_connection_state state;
    PGconn *native;
    struct event *readable;
    struct event *writable;
    poly_operation_queue sent;        /* in the order of their answers */
    poly_pg_transaction *transaction; /* that holds it */
    poly_prepared_table prepared;
    poly_timer *grace; /* runs while only abandoned operations are under way */
    bool is_in_grace;
} poly_pg_connection;

/* Takes `native`, which is set up and non-blocking. NULL when it broke meanwhile. */
poly_pg_connection *poly_pg_connection_create(struct poly_pg_lane *lane, PGconn *native);
/* Closes it. Nobody waits for its operations. */
void poly_pg_connection_destroy(poly_pg_connection **connection);

/* False: the connection broke and is gone; the operation was treated like the others under way on it. */
bool poly_pg_connection_send(poly_pg_connection *connection, poly_operation *operation) POLY_MUST_CHECK;

/* One of its operations has just been abandoned. */
void poly_pg_connection_abandoned(poly_pg_connection *connection);

/* The transaction gives it back; with `rolls_back`, ROLLBACK is sent first. */
void poly_pg_connection_give_back(poly_pg_connection *connection, bool rolls_back);

#endif
