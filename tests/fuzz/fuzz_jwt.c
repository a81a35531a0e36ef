/* SPDX-License-Identifier: MIT */
/*
 * Tokens and key documents of any bytes. The first byte says what the others are:
 *   T  a whole token: nobody can make one that verifies
 *   P  a header, a newline and a payload, which are then signed with the right key: what verifies has claims within
 *      their bounds, and gives the same ones when it comes from the cache
 *   K  a JWKS document: what is read can be written, and read again as the same keys
 */
#include "poly/json.h"
#include "poly/text.h"
#include "token/claims.h"
#include "token/jws.h"
#include "token/key_set.h"
#include "token/verify.h"

#include <stdlib.h>
#include <string.h>

#define CHECK(condition)  \
    do {                  \
        if (!(condition)) \
            abort();      \
    } while (0)
#define NOW INT64_C(1800000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static token_key *key;
static poly_key_set *keys;
static poly_token_verifier *launch, *access_tokens;

static poly_token_verifier *make_verifier(poly_token_kind kind, const char *issuer)
{
    static const char *const audiences[] = {"services", "traffic", NULL};

    return poly_token_verifier_create(&(poly_token_verifier_options){
        .kind = kind, .issuer = issuer, .audiences = audiences, .keys = keys, .cached_tokens = 128});
}

static void set_up(void)
{
    token_ring *ring = token_ring_create();

    key = token_key_generate("fuzz");
    keys = token_key_set_create();
    CHECK(token_ring_add(ring, token_key_ref(key)) == POLY_OK);
    token_key_set_replace(keys, ring);
    launch = make_verifier(POLY_TOKEN_LAUNCH, "main-svc");
    access_tokens = make_verifier(POLY_TOKEN_ACCESS, "sso-svc");
}

/* --- T --- */

static void try_token(poly_token_verifier *verifier, poly_slice token, poly_arena *arena)
{
    poly_token_fault fault = POLY_TOKEN_FAULTS;
    poly_access_token claims;

    CHECK(token_verify_at(verifier, token, NOW, arena, &claims, &fault) == POLY_REJECTED);
    CHECK(fault > POLY_TOKEN_FINE && fault < POLY_TOKEN_NO_KEYS);
    CHECK(token.size <= POLY_TOKEN_MAX_SIZE || fault == POLY_TOKEN_TOO_LARGE);
}

/* --- P --- */

static void check_base(const poly_token_base *base, const char *issuer)
{
    bool ours = false;

    CHECK(strcmp(base->issuer, issuer) == 0 && base->id[0] && poly_text_is_utf8(base->id, strlen(base->id)));
    for (const char *const *audience = base->audience; *audience; audience++)
        ours = ours || strcmp(*audience, "services") == 0 || strcmp(*audience, "traffic") == 0;
    CHECK(ours);
    CHECK(base->issued_at < base->expires_at);
    CHECK(base->issued_at <= NOW + POLY_TOKEN_SKEW_SECONDS && base->expires_at > NOW - POLY_TOKEN_SKEW_SECONDS);
}

static void write_claims(poly_token_kind kind, const void *claims, poly_strbuf *out)
{
    poly_strbuf_init(out, 1 << 20);
    CHECK(token_claims_write(token_shape_of(kind), claims, out));
}

static void try_signed(poly_token_verifier *verifier, poly_token_kind kind, const char *issuer, poly_slice token,
                       poly_arena *arena)
{
    poly_strbuf first_text, second_text;
    poly_access_token first, second; /* the largest of all */
    poly_token_fault fault;
    poly_result result = token_verify_at(verifier, token, NOW, arena, &first, &fault);

    CHECK(result == POLY_OK || (result == POLY_REJECTED && fault != POLY_TOKEN_SIGNATURE));
    if (result != POLY_OK)
        return;
    check_base(&first.base, issuer);
    CHECK(token_verify_at(verifier, token, NOW, arena, &second, &fault) == POLY_OK);
    write_claims(kind, &first, &first_text);
    write_claims(kind, &second, &second_text);
    CHECK(first_text.size == second_text.size && memcmp(first_text.data, second_text.data, first_text.size) == 0);
    poly_strbuf_release(&first_text);
    poly_strbuf_release(&second_text);
}

static void try_parts(poly_slice parts, poly_arena *arena)
{
    const char *newline = parts.size ? memchr(parts.data, '\n', parts.size) : NULL;
    poly_slice header, payload;
    poly_strbuf out;

    if (!newline)
        return;
    header = (poly_slice){parts.data, (size_t)(newline - parts.data)};
    payload = (poly_slice){newline + 1, parts.size - header.size - 1};
    poly_strbuf_init(&out, 1 << 20);
    if (token_jws_sign(key, header, payload, &out)) {
        try_signed(launch, POLY_TOKEN_LAUNCH, "main-svc", (poly_slice){out.data, out.size}, arena);
        try_signed(access_tokens, POLY_TOKEN_ACCESS, "sso-svc", (poly_slice){out.data, out.size}, arena);
    }
    poly_strbuf_release(&out);
}

/* --- K --- */

static void try_keys(poly_slice text)
{
    token_ring *ring = NULL, *again = NULL;
    const char *fault = NULL;
    poly_strbuf out;

    if (token_ring_read_jwks(text, &ring, &fault) != POLY_OK) {
        CHECK(fault && !ring);
        return;
    }
    CHECK(ring->count > 0 && ring->count <= POLY_KEYS_MAX);
    poly_strbuf_init(&out, 1 << 20);
    token_ring_write_jwks(ring, &out);
    CHECK(token_ring_read_jwks((poly_slice){out.data, out.size}, &again, &fault) == POLY_OK);
    CHECK(token_ring_adopt(again, ring));
    poly_strbuf_release(&out);
    token_ring_unref(&again);
    token_ring_unref(&ring);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    poly_slice rest;
    poly_arena *arena;

    if (!key)
        set_up();
    if (size == 0)
        return 0;
    rest = (poly_slice){(const char *)data + 1, size - 1};
    arena = poly_arena_create(0);
    if (data[0] == 'T') {
        try_token(launch, rest, arena);
        try_token(access_tokens, rest, arena);
    } else if (data[0] == 'P') {
        try_parts(rest, arena);
    } else if (data[0] == 'K') {
        try_keys(rest);
    }
    poly_arena_destroy(&arena);
    return 0;
}
