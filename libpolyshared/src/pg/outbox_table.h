/* SPDX-License-Identifier: MIT */
/* The outbox in SQL. Results as of poly_pg_query. Fiber only. */
#ifndef POLY_PG_OUTBOX_TABLE_H
#define POLY_PG_OUTBOX_TABLE_H

#include "poly/outbox.h"

/* Where an added message is notified. */
#define POLY_OUTBOX_CHANNEL "poly_outbox"

/*
 * Takes the message that is due for longest, or the first of `key` behind the id `after`, due or not, and counts an
 * attempt; until the lease is over nobody else takes it unless by its key. It is read into the arena. POLY_NOT_FOUND:
 * there is none.
 */
poly_result poly_outbox_table_claim(poly_pg *pool, unsigned lease_ms, poly_arena *arena,
                                    poly_outbox_message *message) POLY_MUST_CHECK;
poly_result poly_outbox_table_claim_of_key(poly_pg *pool, unsigned lease_ms, const char *key, int64_t after,
                                           poly_arena *arena, poly_outbox_message *message) POLY_MUST_CHECK;

/* These change nothing when somebody else has taken the message meanwhile. */
poly_result poly_outbox_table_remove(poly_pg *pool, const poly_outbox_message *message,
                                     poly_arena *arena) POLY_MUST_CHECK;
poly_result poly_outbox_table_postpone(poly_pg *pool, const poly_outbox_message *message, uint64_t milliseconds,
                                       const char *error, poly_arena *arena) POLY_MUST_CHECK;
poly_result poly_outbox_table_bury(poly_pg *pool, const poly_outbox_message *message, const char *error,
                                   poly_arena *arena) POLY_MUST_CHECK;

#endif
