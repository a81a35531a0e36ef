/* SPDX-License-Identifier: MIT */
#include "poly/access.h"

#include <string.h>

#include "poly/random.h"

#define JWKS_MAX ((size_t)64 << 10)

bool poly_service_secret_was_sent(const poly_request *request)
{
    return poly_request_header(request, "X-Service-Secret").data != NULL;
}

static bool is_secret(poly_slice sent, const char *secret)
{
    return secret && *secret && poly_secret_equal(sent.data, sent.size, secret, strlen(secret));
}

const poly_service_caller *poly_service_caller_find(const poly_request *request, const poly_service_caller *callers,
                                                    size_t count)
{
    poly_slice sent = poly_request_header(request, "X-Service-Secret");
    const poly_service_caller *found = NULL;

    if (!sent.data)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        bool current = is_secret(sent, callers[i].secret);
        bool previous = is_secret(sent, callers[i].previous_secret);

        if (current || previous)
            found = &callers[i];
    }
    return found;
}

const poly_access_token *poly_access_require(poly_request *request, poly_token_verifier *verifier)
{
    poly_slice token = poly_request_bearer(request);
    poly_access_token *claims;
    poly_result result;

    if (!token.data) {
        poly_fail_unauthenticated(request, false);
        return NULL;
    }
    claims = poly_arena_alloc(poly_request_arena(request), sizeof(*claims));
    result = poly_token_verify_access(verifier, token, poly_request_arena(request), claims, NULL);
    if (result == POLY_OK)
        return claims;
    if (result == POLY_REJECTED)
        poly_fail_unauthenticated(request, true);
    else
        poly_fail_dependency(request, result, "the issuer's keys");
    return NULL;
}

void poly_access_write_base(poly_json_writer *writer, const poly_token_base *base)
{
    poly_json_put_text(writer, "iss", base->issuer);
    poly_json_begin_array(writer, "aud");
    for (const char *const *audience = base->audience; *audience; audience++)
        poly_json_put_text(writer, NULL, *audience);
    poly_json_end_array(writer);
    poly_json_put_int(writer, "iat", base->issued_at);
    poly_json_put_int(writer, "exp", base->expires_at);
    poly_json_put_text(writer, "jti", base->id);
}

/* A new key is published for POLY_KEY_SETTLE_SECONDS before it signs: what is kept shorter is never too old. */
void poly_jwks_respond(poly_request *request, const poly_key_set *keys)
{
    poly_strbuf body;

    poly_strbuf_init(&body, JWKS_MAX);
    poly_key_set_write_jwks(keys, &body);
    poly_respond_header(request, "Cache-Control", "public, max-age=15");
    poly_respond_strbuf(request, 200, "application/jwk-set+json", &body);
}
