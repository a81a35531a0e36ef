/* SPDX-License-Identifier: MIT */
#include "poly/crypto.h"

#include <assert.h>
#include <sodium.h>
#include <sys/mman.h>

#include "base/sodium_ready.h"

_Static_assert(POLY_SHA256_SIZE == crypto_hash_sha256_BYTES, "the header's size is libsodium's");
_Static_assert(POLY_SHA256_SIZE == crypto_auth_hmacsha256_BYTES, "the header's size is libsodium's");
_Static_assert(POLY_SEAL_KEY_SIZE == crypto_secretbox_KEYBYTES, "the header's size is libsodium's");
_Static_assert(POLY_SEAL_OVERHEAD == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES,
               "the header's size is libsodium's");

void poly_sha256(const void *bytes, size_t size, uint8_t out[POLY_SHA256_SIZE])
{
    poly_sodium_ready();
    crypto_hash_sha256(out, bytes, size);
}

/* Keys of any length, which the one-call form does not take. */
void poly_hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size, uint8_t out[POLY_SHA256_SIZE])
{
    crypto_auth_hmacsha256_state state;

    poly_sodium_ready();
    crypto_auth_hmacsha256_init(&state, key, key_size);
    crypto_auth_hmacsha256_update(&state, bytes, size);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof(state));
}

void poly_seal(const uint8_t key[POLY_SEAL_KEY_SIZE], const void *bytes, size_t size, uint8_t *out)
{
    poly_sodium_ready();
    randombytes_buf(out, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, bytes, size, out, key);
}

bool poly_unseal(const uint8_t key[POLY_SEAL_KEY_SIZE], const uint8_t *sealed, size_t sealed_size, void *out)
{
    poly_sodium_ready();
    return sealed_size >= POLY_SEAL_OVERHEAD &&
           crypto_secretbox_open_easy(out, sealed + crypto_secretbox_NONCEBYTES,
                                      sealed_size - crypto_secretbox_NONCEBYTES, sealed, key) == 0;
}

void poly_wipe(void *bytes, size_t size)
{
    sodium_memzero(bytes, size);
}

void *poly_guarded_alloc(size_t size)
{
    void *memory;

    assert(size > 0);
    poly_sodium_ready();
    memory = sodium_malloc(size);
    /* libsodium goes on without the lock where the system refuses it. A page that is locked already stays so. */
    if (memory && mlock(memory, size) != 0) {
        sodium_free(memory);
        return NULL;
    }
    return memory;
}

void poly_guarded_free(void **memory)
{
    sodium_free(*memory); /* takes NULL */
    *memory = NULL;
}
