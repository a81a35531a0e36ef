/* SPDX-License-Identifier: MIT */
#include "refresh_token.h"

#include <string.h>

static void finish(refresh_token *token)
{
    poly_base64url_encode(token->bytes, sizeof(token->bytes), token->text);
    poly_sha256(token->bytes, sizeof(token->bytes), token->hash);
}

void refresh_token_make(refresh_token *token)
{
    poly_random_bytes(token->bytes, sizeof(token->bytes));
    finish(token);
}

bool refresh_token_read(const char *text, refresh_token *token)
{
    size_t size = sizeof(token->bytes);

    if (!poly_base64url_decode(text, strlen(text), token->bytes, &size) || size != sizeof(token->bytes))
        return false;
    finish(token);
    return true;
}

poly_slice refresh_token_hash(const refresh_token *token)
{
    return (poly_slice){(const char *)token->hash, sizeof(token->hash)};
}

static void make_key(const refresh_token *token, uint8_t key[POLY_SEAL_KEY_SIZE])
{
    static const char purpose[] = "sso-svc refresh successor";

    _Static_assert(POLY_SEAL_KEY_SIZE == POLY_SHA256_SIZE, "an HMAC is a key");
    poly_hmac_sha256(token->bytes, sizeof(token->bytes), purpose, sizeof(purpose) - 1, key);
}

void refresh_token_seal(const refresh_token *token, const refresh_token *successor, uint8_t out[SEALED_TOKEN_SIZE])
{
    uint8_t key[POLY_SEAL_KEY_SIZE];

    make_key(token, key);
    poly_seal(key, successor->bytes, sizeof(successor->bytes), out);
    poly_wipe(key, sizeof(key));
}

bool refresh_token_unseal(const refresh_token *token, poly_slice sealed, refresh_token *successor)
{
    uint8_t key[POLY_SEAL_KEY_SIZE];
    bool opened;

    if (sealed.size != SEALED_TOKEN_SIZE)
        return false;
    make_key(token, key);
    opened = poly_unseal(key, (const uint8_t *)sealed.data, sealed.size, successor->bytes);
    poly_wipe(key, sizeof(key));
    if (opened)
        finish(successor);
    return opened;
}

refresh_verdict refresh_judge(const refresh_state *state)
{
    if (!state->is_live)
        return REFRESH_REFUSE;
    if (!state->is_used)
        return REFRESH_RETRY;
    return state->within_grace && state->successor_is_fresh ? REFRESH_AGAIN : REFRESH_REUSE;
}
