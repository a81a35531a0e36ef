/* SPDX-License-Identifier: MIT */
/*
 * A pool's part on one loop: its connections, and the operations that wait for one. Loop only.
 */
#ifndef POLY_PG_LANE_H
#define POLY_PG_LANE_H

#include "pg/connection.h"
#include "pg/pool.h"

typedef struct poly_pg_lane {
    struct poly_pg_lane *next; /* other pools' on this loop */
    poly_pg *pool;
    poly_pg_connection *connections;
    unsigned open;
    poly_operation_queue reads;       /* to share a connection */
    poly_operation_queue exclusive;   /* to have one alone */
    poly_connection_request *request; /* a connection that is being made */
    bool is_dispatching;
    bool must_repeat;
} poly_pg_lane;

/* The present loop's; made at the first call, released with the loop. */
poly_pg_lane *poly_pg_lane_of(poly_pg *pool);

/* Queues a new operation. POLY_OVERLOADED: not queued. */
poly_result poly_pg_lane_submit(poly_pg_lane *lane, poly_operation *operation) POLY_MUST_CHECK;
/* Takes a waiting operation out of its queue. */
void poly_pg_lane_withdraw(poly_pg_lane *lane, poly_operation *operation);
/* A connection that broke has left operations behind: repeatable ones wait again, the others fail. */
void poly_pg_lane_recover(poly_pg_lane *lane, poly_operation_queue *operations);
/* Hands out connections as far as there are any. */
void poly_pg_lane_dispatch(poly_pg_lane *lane);

/* For the connection that ends or comes. */
void poly_pg_lane_add(poly_pg_lane *lane, poly_pg_connection *connection);
void poly_pg_lane_remove(poly_pg_lane *lane, poly_pg_connection *connection);

#endif
