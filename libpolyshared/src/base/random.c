/* SPDX-License-Identifier: MIT */
#include "poly/random.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/die.h"
#include "base/sodium_ready.h"

static pthread_once_t sodium_ready = PTHREAD_ONCE_INIT;

static void make_sodium_ready(void)
{
    if (sodium_init() < 0)
        poly_die("libsodium cannot be initialised");
}

void poly_sodium_ready(void)
{
    pthread_once(&sodium_ready, make_sodium_ready);
}

void poly_random_bytes(void *out, size_t size)
{
    poly_sodium_ready();
    randombytes_buf(out, size);
}

uint32_t poly_random_below(uint32_t bound)
{
    assert(bound > 0);
    poly_sodium_ready();
    return randombytes_uniform(bound);
}

void poly_digest(const void *bytes, size_t size, char out[POLY_DIGEST_SIZE])
{
    unsigned char hash[(POLY_DIGEST_SIZE - 1) / 2];

    poly_sodium_ready();
    crypto_generichash(hash, sizeof(hash), bytes, size, NULL, 0);
    poly_hex_encode(hash, sizeof(hash), out);
}

bool poly_secret_equal(const char *a, size_t a_size, const char *b, size_t b_size)
{
    return a_size == b_size && sodium_memcmp(a, b, a_size) == 0;
}

void poly_uuid_make(char out[POLY_UUID_SIZE])
{
    unsigned char bytes[16];
    char hex[33];

    poly_random_bytes(bytes, sizeof(bytes));
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    poly_hex_encode(bytes, sizeof(bytes), hex);
    for (int i = 0, from = 0; i < POLY_UUID_SIZE - 1; i++)
        out[i] = i == 8 || i == 13 || i == 18 || i == 23 ? '-' : hex[from++];
    out[POLY_UUID_SIZE - 1] = '\0';
}

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool poly_uuid_is_valid(const char *text)
{
    if (!text)
        return false;
    for (int i = 0; i < POLY_UUID_SIZE - 1; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !is_hex_digit(text[i]))
            return false;
    }
    return text[POLY_UUID_SIZE - 1] == '\0';
}
