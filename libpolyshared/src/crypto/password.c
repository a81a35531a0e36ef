/* SPDX-License-Identifier: MIT */
#include "poly/password.h"

#include <crypt.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/sodium_ready.h"

#define OWASP_MEMORY_KIB 19456u
#define OWASP_PASSES     2u

_Static_assert(POLY_PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "a hash has room");

static size_t memory_of(poly_password_cost cost)
{
    return (size_t)(cost.memory_kib ? cost.memory_kib : OWASP_MEMORY_KIB) * 1024;
}

static unsigned passes_of(poly_password_cost cost)
{
    return cost.passes ? cost.passes : OWASP_PASSES;
}

poly_result poly_password_hash(const char *password, poly_password_cost cost, char out[POLY_PASSWORD_HASH_SIZE])
{
    poly_sodium_ready();
    if (crypto_pwhash_str_alg(out, password, strlen(password), passes_of(cost), memory_of(cost),
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return POLY_OVERLOADED;
    return POLY_OK;
}

static poly_password_verdict check_argon2id(const char *password, const char *hash, poly_password_cost cost)
{
    errno = 0;
    if (crypto_pwhash_str_verify(hash, password, strlen(password)) != 0)
        return errno == ENOMEM ? POLY_PASSWORD_FAILED : POLY_PASSWORD_WRONG;
    if (crypto_pwhash_str_needs_rehash(hash, passes_of(cost), memory_of(cost)) != 0)
        return POLY_PASSWORD_OUTDATED;
    return POLY_PASSWORD_RIGHT;
}

/* $2a$, $2b$ and $2y$ are one algorithm under the names of its implementations. */
static bool is_bcrypt(const char *hash)
{
    return strlen(hash) == 60 && hash[0] == '$' && hash[1] == '2' && strchr("aby", hash[2]) && hash[3] == '$';
}

static poly_password_verdict check_bcrypt(const char *password, const char *hash)
{
    struct crypt_data *data = poly_alloc_zero(1, sizeof(*data)); /* 32 KiB: not for a stack */
    const char *made = crypt_r(password, hash, data);
    bool right = made && strlen(made) == strlen(hash) && sodium_memcmp(made, hash, strlen(hash)) == 0;

    sodium_memzero(data, sizeof(*data));
    free(data);
    return right ? POLY_PASSWORD_OUTDATED : POLY_PASSWORD_WRONG;
}

poly_password_verdict poly_password_check(const char *password, const char *hash, poly_password_cost cost)
{
    poly_sodium_ready();
    if (is_bcrypt(hash))
        return check_bcrypt(password, hash);
    if (strncmp(hash, crypto_pwhash_STRPREFIX, strlen(crypto_pwhash_STRPREFIX)) == 0)
        return check_argon2id(password, hash, cost);
    return POLY_PASSWORD_WRONG;
}
