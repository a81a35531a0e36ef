/* SPDX-License-Identifier: MIT */
#include "poly/password.h"

#include <assert.h>
#include <crypt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sodium_ready.h"
#include "poly/crypto.h"
#include "poly/strbuf.h"

#define OWASP_MEMORY_KIB 19456u
#define OWASP_PASSES     2u
#define HASH_BYTES       32u /* as crypto_pwhash_str makes it */

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

static void put_random(poly_strbuf *out, size_t size)
{
    unsigned char bytes[HASH_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof(bytes), sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];

    randombytes_buf(bytes, size);
    sodium_bin2base64(text, sizeof(text), bytes, size, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    poly_strbuf_append_char(out, '$');
    poly_strbuf_append_text(out, text);
}

/* A salt, and 32 bytes which are some password's hash with a chance of one in 2^256. */
void poly_password_decoy(poly_password_cost cost, char out[POLY_PASSWORD_HASH_SIZE])
{
    poly_strbuf text;

    poly_sodium_ready();
    poly_strbuf_init(&text, POLY_PASSWORD_HASH_SIZE - 1);
    poly_strbuf_printf(&text, "%sv=19$m=%zu,t=%u,p=1", crypto_pwhash_STRPREFIX, memory_of(cost) / 1024,
                       passes_of(cost));
    put_random(&text, crypto_pwhash_SALTBYTES);
    put_random(&text, HASH_BYTES);
    assert(!text.overflowed);
    memcpy(out, text.data, text.size + 1);
    poly_strbuf_release(&text);
}

/* --- checking --- */

struct argon2id {
    unsigned memory_kib;
    unsigned passes;
    unsigned char salt[crypto_pwhash_SALTBYTES];
    unsigned char bytes[HASH_BYTES];
};

static bool take_base64(const char **at, unsigned char *out, size_t size)
{
    size_t decoded = 0;

    return sodium_base642bin(out, size, *at, strlen(*at), NULL, &decoded, at,
                             sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
           decoded == size;
}

/* False for one of another form than ours, such as with more lanes. */
static bool read_argon2id(const char *hash, struct argon2id *out)
{
    int length = 0;
    const char *at;

    if (sscanf(hash, crypto_pwhash_STRPREFIX "v=19$m=%8u,t=%4u,p=1$%n", &out->memory_kib, &out->passes, &length) != 2 ||
        length == 0 || out->memory_kib < crypto_pwhash_MEMLIMIT_MIN / 1024 || out->passes < 1)
        return false;
    at = hash + length;
    return take_base64(&at, out->salt, sizeof(out->salt)) && *at++ == '$' &&
           take_base64(&at, out->bytes, sizeof(out->bytes)) && !*at;
}

/* libsodium's own check calls a password wrong when there is no memory to look at it. */
static poly_password_verdict compare(const char *password, const struct argon2id *hash)
{
    unsigned char made[HASH_BYTES];
    bool same;

    if (crypto_pwhash(made, sizeof(made), password, strlen(password), hash->salt, hash->passes,
                      (size_t)hash->memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return POLY_PASSWORD_FAILED;
    same = sodium_memcmp(made, hash->bytes, sizeof(made)) == 0;
    sodium_memzero(made, sizeof(made));
    return same ? POLY_PASSWORD_RIGHT : POLY_PASSWORD_WRONG;
}

static poly_password_verdict check_argon2id(const char *password, const char *hash, poly_password_cost cost)
{
    struct argon2id parts;
    poly_password_verdict verdict;

    if (read_argon2id(hash, &parts))
        verdict = compare(password, &parts);
    else
        verdict =
            crypto_pwhash_str_verify(hash, password, strlen(password)) == 0 ? POLY_PASSWORD_RIGHT : POLY_PASSWORD_WRONG;
    if (verdict != POLY_PASSWORD_RIGHT)
        return verdict;
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

poly_result poly_password_digest(poly_slice text, poly_slice salt, uint8_t out[POLY_PASSWORD_DIGEST_SIZE])
{
    uint8_t hash[POLY_SHA256_SIZE];

    _Static_assert(crypto_pwhash_SALTBYTES <= POLY_SHA256_SIZE, "a salt has room");
    poly_sodium_ready();
    poly_sha256(salt.data, salt.size, hash);
    if (crypto_pwhash(out, POLY_PASSWORD_DIGEST_SIZE, text.data, text.size, hash, OWASP_PASSES,
                      (size_t)OWASP_MEMORY_KIB * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return POLY_OVERLOADED;
    return POLY_OK;
}
