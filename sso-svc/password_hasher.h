/* SPDX-License-Identifier: MIT */
/*
 * Hashing passwords away from the event loops: a bounded pool of threads that yield to everything else. Fiber only.
 */
#ifndef SSO_PASSWORD_HASHER_H
#define SSO_PASSWORD_HASHER_H

#include "poly/http.h"
#include "poly/password.h"

typedef struct password_hasher password_hasher;

typedef struct password_hasher_options {
    unsigned threads; /* 0: one per core */
    unsigned queue;
    poly_password_cost cost;
} password_hasher_options;

password_hasher *password_hasher_create(const password_hasher_options *options);
void password_hasher_destroy(password_hasher **hasher); /* after poly_runtime_stop */

/* `*hash` is in the arena. POLY_OVERLOADED: the queue is full, or there is no memory. */
poly_result password_hasher_hash(password_hasher *hasher, const char *password, poly_arena *arena,
                                 const char **hash) POLY_MUST_CHECK;

/*
 * Compares with `hash`. NULL, for a user that does not exist or has no password, costs the same and is wrong. A right
 * password whose hash is outdated is hashed anew: `*fresh` is the new hash, or NULL.
 */
poly_result password_hasher_check(password_hasher *hasher, const char *password, const char *hash, poly_arena *arena,
                                  bool *right, const char **fresh) POLY_MUST_CHECK;

/*
 * For poly_write_options.body_digest of a request that brings a password. `*digest` is in its arena; NULL without an
 * Idempotency-Key, when nothing is stored.
 */
poly_result password_hasher_digest(password_hasher *hasher, poly_request *request,
                                   const uint8_t **digest) POLY_MUST_CHECK;

#endif
