/* SPDX-License-Identifier: MIT */
/*
 * Password hashes: argon2id (RFC 9106) in its text form, by libsodium; bcrypt is read, for users who were imported. A
 * call takes some 30 ms and the memory of its cost: off the loops. Any thread.
 */
#ifndef POLY_PASSWORD_H
#define POLY_PASSWORD_H

#include "poly/base.h"

#define POLY_PASSWORD_HASH_SIZE   128 /* with the NUL */
#define POLY_PASSWORD_DIGEST_SIZE 32

/* Zeroes are OWASP's minimum for one lane: 19,456 KiB and 2 passes. */
typedef struct poly_password_cost {
    unsigned memory_kib;
    unsigned passes;
} poly_password_cost;

/* POLY_OVERLOADED: the system has no memory for it. */
poly_result poly_password_hash(const char *password, poly_password_cost cost,
                               char out[POLY_PASSWORD_HASH_SIZE]) POLY_MUST_CHECK;

/* A hash that is no password's and costs as much to check: for a user who does not exist. */
void poly_password_decoy(poly_password_cost cost, char out[POLY_PASSWORD_HASH_SIZE]);

typedef enum poly_password_verdict {
    POLY_PASSWORD_WRONG, /* also: the hash is of no form that is known */
    POLY_PASSWORD_RIGHT,
    POLY_PASSWORD_OUTDATED, /* right, and the hash is of another cost or kind: hash the password anew */
    POLY_PASSWORD_FAILED,   /* the system has no memory for it */
} poly_password_verdict;

poly_password_verdict poly_password_check(const char *password, const char *hash, poly_password_cost cost);

/*
 * The same for the same text and salt, of any size, and as slow as a hash at OWASP's minimum: for what has a password
 * in it and must be known again. POLY_OVERLOADED: the system has no memory for it.
 */
poly_result poly_password_digest(poly_slice text, poly_slice salt,
                                 uint8_t out[POLY_PASSWORD_DIGEST_SIZE]) POLY_MUST_CHECK;

#endif
