/* SPDX-License-Identifier: MIT */
#include "pin.h"

#include <stdio.h>
#include <string.h>

#include "poly/random.h"

void pin_make(char out[PIN_SIZE])
{
    snprintf(out, PIN_SIZE, "%06u", (unsigned)poly_random_below(1000000));
}

bool pin_is_valid(const char *text)
{
    return strlen(text) == PIN_SIZE - 1 && strspn(text, "0123456789") == PIN_SIZE - 1;
}

void tablet_secret_make(char out[TABLET_SECRET_SIZE])
{
    uint8_t bytes[32];

    _Static_assert(POLY_BASE64URL_SIZE(sizeof(bytes)) == TABLET_SECRET_SIZE, "the text of a secret");
    poly_random_bytes(bytes, sizeof(bytes));
    poly_base64url_encode(bytes, sizeof(bytes), out);
    poly_wipe(bytes, sizeof(bytes));
}

void tablet_secret_hash(const char *secret, uint8_t out[POLY_SHA256_SIZE])
{
    poly_sha256(secret, strlen(secret), out);
}

bool tablet_secret_matches(const char *secret, poly_slice hash)
{
    uint8_t sent[POLY_SHA256_SIZE];

    if (!secret)
        return false;
    tablet_secret_hash(secret, sent);
    return poly_secret_equal((const char *)sent, sizeof(sent), hash.data, hash.size);
}
