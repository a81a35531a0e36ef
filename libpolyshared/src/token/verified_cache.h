/* SPDX-License-Identifier: MIT */
/*
 * Tokens whose signature has been verified, found by a hash of all their bytes, so that no other spelling of a token
 * finds its entry. Bounded in number and size, in shards of a mutex each. Any thread.
 *
 * A token lives here until it expires, until its place is needed, or until its key is no longer in the key set.
 */
#ifndef POLY_TOKEN_VERIFIED_CACHE_H
#define POLY_TOKEN_VERIFIED_CACHE_H

#include "token/claims.h"
#include "token/key_set.h"

enum { TOKEN_HASH_SIZE = 32 };

typedef struct token_cache token_cache;

token_cache *token_cache_create(const token_shape *shape, const poly_key_set *keys, size_t tokens);
void token_cache_destroy(token_cache **cache);

void token_cache_hash(poly_slice token, unsigned char hash[TOKEN_HASH_SIZE]);
/* True: `out` holds the claims, text in the arena. */
bool token_cache_get(token_cache *cache, const unsigned char hash[TOKEN_HASH_SIZE], int64_t now, poly_arena *arena,
                     void *out) POLY_MUST_CHECK;

typedef struct token_verified {
    const void *claims;
    int64_t valid_from;  /* the later of iat and nbf */
    uint64_t key;        /* the serial of the one that the signature was verified with */
    uint64_t generation; /* of the key set, when it held that key */
} token_verified;
/* Remembers it unless it is large, has expired, or the keys have changed meanwhile. */
void token_cache_put(token_cache *cache, const unsigned char hash[TOKEN_HASH_SIZE], int64_t now,
                     const token_verified *verified);

#endif
