/* SPDX-License-Identifier: MIT */
/*
 * One query on its way: it waits in a lane's queue for a connection, then it is under way there, then its fiber reads
 * the outcome. A fiber that gives up leaves it behind, abandoned; the connection releases it when the answer has come.
 * Loop only.
 */
#ifndef POLY_PG_OPERATION_H
#define POLY_PG_OPERATION_H

#include "pg/parameters.h"
#include "poly/runtime.h"

struct poly_pg_lane;
struct poly_pg_connection;

typedef enum poly_operation_kind {
    POLY_OPERATION_SHARED, /* a read among others */
    POLY_OPERATION_ALONE,  /* has the connection for itself until it is answered */
    POLY_OPERATION_HOLD,   /* sends nothing: takes a connection for a transaction */
    POLY_OPERATION_WITHIN, /* of the transaction that holds the connection */
} poly_operation_kind;

typedef enum poly_operation_state {
    POLY_OPERATION_NEW,
    POLY_OPERATION_WAITING, /* in a queue of the lane */
    POLY_OPERATION_SENT,    /* in the list of its connection */
    POLY_OPERATION_DONE,    /* the fiber's */
} poly_operation_state;

typedef struct poly_operation {
    struct poly_operation *next;
    poly_operation_kind kind;
    poly_operation_state state;
    struct poly_pg_lane *lane;
    struct poly_pg_connection *connection; /* while sent */
    poly_wait wait;
    bool is_abandoned; /* its fiber has gone, and with it `parameters` */

    const poly_statement *statement; /* or */
    const char *command;             /* COMMIT, ROLLBACK */
    const poly_pg_parameters *parameters;
    poly_pg_transaction *transaction; /* of HOLD */
    bool begins;                      /* BEGIN goes before it */

    bool was_lost;       /* with its connection, once */
    bool was_reprepared; /* sent again after the server had forgotten or outdated it */
    int prepare_at;      /* which of the answers is PREPARE's; -1: none */
    int answers;         /* good ones so far */
    PGresult *result;    /* the first error, or the last good answer */
    poly_result outcome; /* when done */
    bool is_retryable;   /* when done */
} poly_operation;

typedef struct poly_operation_queue {
    poly_operation *first;
    poly_operation *last;
    size_t count;
} poly_operation_queue;

/* POLY_CANCELLED or POLY_TIMEOUT when the fiber may not wait any more, so that nothing need be sent. Fiber only. */
poly_result poly_operation_admit(void) POLY_MUST_CHECK;
/* Fiber only. */
poly_operation *poly_operation_create(struct poly_pg_lane *lane, poly_operation_kind kind);
void poly_operation_destroy(poly_operation **operation);
/* Leaves it answered by `outcome`, or destroys it when nobody waits. It is in no list. */
void poly_operation_finish(poly_operation *operation, poly_result outcome);
/*
 * Waits until it is done. Anything but POLY_OK: it has been left behind, and `*operation` is NULL. Fiber only.
 */
poly_result poly_operation_await(poly_operation **operation, uint64_t deadline) POLY_MUST_CHECK;

/* May be sent again after its connection was lost. */
bool poly_operation_is_repeatable(const poly_operation *operation);

void poly_operation_append(poly_operation_queue *queue, poly_operation *operation);
void poly_operation_prepend(poly_operation_queue *queue, poly_operation *operation);
poly_operation *poly_operation_take_first(poly_operation_queue *queue); /* NULL: empty */
void poly_operation_remove(poly_operation_queue *queue, poly_operation *operation);

#endif
