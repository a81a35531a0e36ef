/* SPDX-License-Identifier: MIT */
/*
 * Hashes, authentication codes and sealing, by libsodium. Any thread.
 */
#ifndef POLY_CRYPTO_H
#define POLY_CRYPTO_H

#include "poly/base.h"

/* FIPS 180-4, RFC 2104. */
#define POLY_SHA256_SIZE 32
void poly_sha256(const void *bytes, size_t size, uint8_t out[POLY_SHA256_SIZE]);
/* The same of bytes that come piece by piece, and of many: by OpenSSL, which has the processor's own instructions. */
typedef struct poly_sha256_stream poly_sha256_stream;
poly_sha256_stream *poly_sha256_begin(void);
void poly_sha256_add(poly_sha256_stream *stream, const void *bytes, size_t size);
/* Frees it; `out` may be NULL, when nobody wants the hash any more. A pointer to NULL is accepted then. */
void poly_sha256_end(poly_sha256_stream **stream, uint8_t *out);
void poly_hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size, uint8_t out[POLY_SHA256_SIZE]);

/*
 * Authenticated encryption under a key that both sides have: XSalsa20 and Poly1305 with a random nonce, which stands
 * before the ciphertext. `out` has size + POLY_SEAL_OVERHEAD bytes. Unsealing gives sealed_size - POLY_SEAL_OVERHEAD
 * bytes, or false and nothing when a bit was changed or the key is another.
 */
#define POLY_SEAL_KEY_SIZE 32
#define POLY_SEAL_OVERHEAD 40
void poly_seal(const uint8_t key[POLY_SEAL_KEY_SIZE], const void *bytes, size_t size, uint8_t *out);
bool poly_unseal(const uint8_t key[POLY_SEAL_KEY_SIZE], const uint8_t *sealed, size_t sealed_size,
                 void *out) POLY_MUST_CHECK;

/* Zeroes, whatever the optimiser thinks of it. */
void poly_wipe(void *bytes, size_t size);

/*
 * Memory for secrets that live long: locked out of swap, left out of core dumps, between guard pages, wiped when freed.
 * It costs whole pages and some microseconds. NULL when the system refuses, as with a low RLIMIT_MEMLOCK.
 */
void *poly_guarded_alloc(size_t size) POLY_MUST_CHECK;
void poly_guarded_free(void **memory);

#endif
