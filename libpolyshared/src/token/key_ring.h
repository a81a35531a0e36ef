/* SPDX-License-Identifier: MIT */
/*
 * An immutable list of keys, oldest first: what a key set holds at a moment. Reference-counted; any thread, once built.
 */
#ifndef POLY_TOKEN_KEY_RING_H
#define POLY_TOKEN_KEY_RING_H

#include "poly/json.h"
#include "token/key.h"

typedef struct token_ring {
    atomic_uint references;
    size_t count;
    token_key *keys[POLY_KEYS_MAX];
} token_ring;

token_ring *token_ring_create(void);
token_ring *token_ring_ref(token_ring *ring);
void token_ring_unref(token_ring **ring); /* accepts NULL inside, clears the pointer */

/*
 * Takes the key's reference over, whatever the answer. POLY_CONFLICT: its id is there already. POLY_TOO_LARGE: full.
 * Before the ring is shared.
 */
poly_result token_ring_add(token_ring *ring, token_key *key) POLY_MUST_CHECK;
/* Has `ring` hold the very keys of `present` where they are the same ones. True if the two rings are then the same. */
bool token_ring_adopt(token_ring *ring, const token_ring *present);

token_key *token_ring_find(const token_ring *ring, poly_slice id); /* NULL if absent; the ring's reference */
bool token_ring_has(const token_ring *ring, uint64_t serial);
/* The key that signs at this moment (poly/key_set.h); NULL in an empty ring. */
token_key *token_ring_signing(const token_ring *ring, int64_t now);

/* --- as JWKS documents (RFC 7517) --- */

void token_ring_write_jwks(const token_ring *ring, poly_strbuf *out);
/* POLY_BAD_ANSWER as poly_key_set_refresh has it; `fault` then gets static text. */
poly_result token_ring_read_jwks(poly_slice text, token_ring **ring, const char **fault) POLY_MUST_CHECK;

#endif
