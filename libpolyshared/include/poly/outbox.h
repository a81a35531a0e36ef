/* SPDX-License-Identifier: MIT */
/*
 * The transactional outbox: a message is stored in the transaction that made it necessary, and delivered afterwards, at
 * least once, by whichever replica takes it. Messages of one key are delivered in their order; each waits until those
 * before it are delivered or dead. The daemon's migrations create the table; docs/pg.md has it.
 */
#ifndef POLY_OUTBOX_H
#define POLY_OUTBOX_H

#include "poly/pg.h"

typedef struct poly_outbox poly_outbox;

typedef struct poly_outbox_message {
    int64_t id; /* grows; the same in every delivery, so a receiver can tell repeats by it */
    const char *topic;
    const char *key;     /* "" for none */
    const char *payload; /* JSON */
    unsigned attempt;    /* from 1 */
} poly_outbox_message;

/* Stores a message; `key` NULL for one that waits for no other. It goes out once the transaction has committed. Fiber
 * only. */
poly_result poly_outbox_add(poly_pg_transaction *transaction, const char *topic, const char *key, const char *payload,
                            poly_arena *arena, int64_t *id) POLY_MUST_CHECK;

/*
 * A message that is due only after `delay_ms`, unless it is withdrawn before: what is to be undone if its maker does
 * not come back. At most one of its topic and key waits; one that is there waits anew. POLY_CONFLICT: that one has been
 * attempted. Fiber only.
 */
poly_result poly_outbox_promise(poly_pg_transaction *transaction, const char *topic, const char *key,
                                const char *payload, unsigned delay_ms, poly_arena *arena) POLY_MUST_CHECK;
/* Takes it back. POLY_CONFLICT: it has been attempted, or delivered. Fiber only. */
poly_result poly_outbox_withdraw(poly_pg_transaction *transaction, const char *topic, const char *key,
                                 poly_arena *arena) POLY_MUST_CHECK;

/*
 * Delivers. POLY_OK: delivered, the message is removed. POLY_REJECTED and POLY_INVALID: no repetition would help, it is
 * dead at once. Anything else: tried again later. The fiber's deadline is set to the end of the lease.
 */
typedef poly_result poly_outbox_handler(const poly_outbox_message *message, poly_arena *arena, void *context);

typedef struct poly_outbox_options {
    poly_outbox_handler *handler;
    void *context;
    unsigned max_attempts;     /* then the message is dead, kept and counted; 0: no limit */
    unsigned first_backoff_ms; /* before the second attempt, doubled for each further one; 0: 500 */
    unsigned max_backoff_ms;   /* 0: 15000 */
    unsigned lease_ms;         /* how long a replica may take for a message before others take it; 0: 15000 */
    unsigned poll_ms;          /* how often to look when nothing wakes it; 0: 1000 */
    unsigned fibers;           /* messages under way at once; 0: 4 */
} poly_outbox_options;

/*
 * Delivers what waits under this key now, on the caller's fiber and within its deadline, due or not. POLY_NOT_FOUND:
 * nothing did. Otherwise the first outcome that is not POLY_OK, which leaves that message and those behind it waiting.
 */
poly_result poly_outbox_flush(poly_outbox *outbox, const char *key, poly_arena *arena) POLY_MUST_CHECK;
/* Makes what waits under this key due now. Fiber only. */
poly_result poly_outbox_hurry(poly_pg *pg, const char *key, poly_arena *arena) POLY_MUST_CHECK;

/* Starts delivering on `loop`. Any thread. */
poly_outbox *poly_outbox_start(poly_pg *pg, poly_loop *loop, const poly_outbox_options *options);
/* Waits for handlers that run. Fiber only; or from any thread once the runtime has been stopped. NULL is accepted. */
void poly_outbox_stop(poly_outbox **outbox);

#endif
