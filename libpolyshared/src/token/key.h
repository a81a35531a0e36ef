/* SPDX-License-Identifier: MIT */
/*
 * One ES256 key: a P-256 key pair or its public half, parsed once. Reference-counted and immutable; any thread.
 */
#ifndef POLY_TOKEN_KEY_H
#define POLY_TOKEN_KEY_H

#include "poly/key_set.h"

#include <openssl/types.h>
#include <stdatomic.h>

enum { TOKEN_COORDINATE_SIZE = 32, TOKEN_SIGNATURE_SIZE = 64 };

typedef struct token_key {
    atomic_uint references;
    uint64_t serial; /* of this process; a key that is dropped and comes back has another one */
    char id[POLY_KEY_ID_SIZE];
    int64_t created; /* as the id says; 0 if it does not */
    unsigned char x[TOKEN_COORDINATE_SIZE];
    unsigned char y[TOKEN_COORDINATE_SIZE];
    EVP_PKEY *pair;
    EVP_PKEY_CTX *verifying; /* made ready once, copied for each use */
    EVP_PKEY_CTX *signing;   /* NULL without the private half */
} token_key;

bool token_key_id_is_valid(poly_slice id);
/* An id that begins with the time. */
void token_key_id_make(int64_t unix_seconds, char id[POLY_KEY_ID_SIZE]);

/* A new key pair. Ids are valid ones, as above. */
token_key *token_key_generate(const char *id) __attribute__((returns_nonnull));
/* POLY_INVALID: no PEM of a P-256 private key, or it has a password. */
poly_result token_key_from_pem(const char *id, poly_slice pem, token_key **key) POLY_MUST_CHECK;
/* POLY_INVALID: no point of the curve. */
poly_result token_key_from_point(const char *id, const unsigned char x[TOKEN_COORDINATE_SIZE],
                                 const unsigned char y[TOKEN_COORDINATE_SIZE], token_key **key) POLY_MUST_CHECK;
token_key *token_key_ref(token_key *key);
void token_key_unref(token_key **key); /* accepts NULL inside, clears the pointer */

/* Appends the private key as PKCS#8 PEM; wipe it. */
void token_key_write_pem(const token_key *key, poly_strbuf *out);

/* A signature is r || s (RFC 7518 section 3.4). */
bool token_key_verify(const token_key *key, const void *text, size_t size,
                      const unsigned char signature[TOKEN_SIGNATURE_SIZE]) POLY_MUST_CHECK;
void token_key_sign(const token_key *key, const void *text, size_t size, unsigned char signature[TOKEN_SIGNATURE_SIZE]);

#endif
