/* SPDX-License-Identifier: MIT */
/*
 * The table of keys: who asked for what under which key, and what was answered. It has neither keys nor answers in
 * plain text: a key is hashed, and its answer sealed under another hash of it, which only who has the key can make.
 */
#ifndef POLY_WRITE_IDEMPOTENCY_H
#define POLY_WRITE_IDEMPOTENCY_H

#include "poly/crypto.h"
#include "poly/pg.h"

struct idempotency_key {
    const char *scope;
    const char *key;                  /* hashed; NULL: the request has none */
    uint8_t digest[POLY_SHA256_SIZE]; /* of what was asked for */
    uint8_t seal[POLY_SEAL_KEY_SIZE]; /* what the answer is sealed under */
};

/* `key` and `seal` from what the client sent. */
void idempotency_key_set(struct idempotency_key *key, poly_slice sent, poly_arena *arena);

struct idempotency_answer {
    bool is_to_this; /* the same was asked for */
    int status;
    const char *body; /* if it is to this */
};

/*
 * Takes the key for this transaction; whoever else has it under way is waited for. POLY_CONFLICT: it was used before,
 * and `earlier` is what came of it.
 */
poly_result idempotency_claim(poly_pg_transaction *transaction, poly_arena *arena, const struct idempotency_key *key,
                              struct idempotency_answer *earlier) POLY_MUST_CHECK;
/* The same without taking it. POLY_NOT_FOUND: it has not been used, or its transaction has not ended. */
poly_result idempotency_find(poly_pg *pg, poly_arena *arena, const struct idempotency_key *key,
                             struct idempotency_answer *earlier) POLY_MUST_CHECK;
/* Keeps the answer with the key that this transaction has claimed. */
poly_result idempotency_store(poly_pg_transaction *transaction, poly_arena *arena, const struct idempotency_key *key,
                              int status, const char *body) POLY_MUST_CHECK;

#endif
