/* SPDX-License-Identifier: MIT */
/* The table of keys: who asked for what under which key, and what was answered. */
#ifndef POLY_WRITE_IDEMPOTENCY_H
#define POLY_WRITE_IDEMPOTENCY_H

#include "poly/crypto.h"
#include "poly/pg.h"

struct idempotency_key {
    const char *scope;
    const char *key;                  /* NULL: the request has none */
    uint8_t digest[POLY_SHA256_SIZE]; /* of what was asked for */
};

struct idempotency_answer {
    int status;
    const char *body;
};

/* POLY_OK: answered before. POLY_NOT_FOUND: the key is new. POLY_INVALID: it belongs to another request. */
poly_result idempotency_find(poly_pg *pg, poly_arena *arena, const struct idempotency_key *key,
                             struct idempotency_answer *answer) POLY_MUST_CHECK;
/* Takes the key for this transaction; whoever else has it under way is waited for. POLY_CONFLICT: it has been taken. */
poly_result idempotency_claim(poly_pg_transaction *transaction, poly_arena *arena,
                              const struct idempotency_key *key) POLY_MUST_CHECK;
poly_result idempotency_store(poly_pg_transaction *transaction, poly_arena *arena, const struct idempotency_key *key,
                              const struct idempotency_answer *answer) POLY_MUST_CHECK;

#endif
