/* SPDX-License-Identifier: MIT */
/*
 * What is cheap comes first: size, form, header, claims. Only a token that is right but for its signature costs a look
 * at the keys, perhaps a fetch of them, and one verification of a signature.
 */
#include "token/verify.h"

#include "poly/random.h"
#include "poly/time.h"
#include "token/claims.h"
#include "token/jws.h"
#include "token/verified_cache.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct poly_token_verifier {
    poly_token_kind kind;
    const token_shape *shape;
    char *issuer;
    char **audiences; /* NULL-terminated */
    poly_key_set *keys;
    token_cache *cache;
    poly_counter *cached;
    poly_counter *checked;
    poly_counter *faults[POLY_TOKEN_FAULTS];
};

const char *poly_token_fault_name(poly_token_fault fault)
{
    static const char *const names[] = {
        [POLY_TOKEN_FINE] = "fine",
        [POLY_TOKEN_TOO_LARGE] = "too_large",
        [POLY_TOKEN_MALFORMED] = "malformed",
        [POLY_TOKEN_ALGORITHM] = "algorithm",
        [POLY_TOKEN_TYPE] = "type",
        [POLY_TOKEN_CRITICAL] = "critical",
        [POLY_TOKEN_KEY_ID] = "key_id",
        [POLY_TOKEN_CLAIMS] = "claims",
        [POLY_TOKEN_ISSUER] = "issuer",
        [POLY_TOKEN_AUDIENCE] = "audience",
        [POLY_TOKEN_EXPIRED] = "expired",
        [POLY_TOKEN_FUTURE] = "future",
        [POLY_TOKEN_UNKNOWN_KEY] = "unknown_key",
        [POLY_TOKEN_SIGNATURE] = "signature",
        [POLY_TOKEN_NO_KEYS] = "no_keys",
    };

    return names[fault];
}

/* --- the verifier --- */

static void make_counters(poly_token_verifier *verifier)
{
    static const char name[] = "poly_token_verifications_total", help[] = "Tokens accepted, by how.";

    verifier->cached = poly_counter_get(name, help, (const poly_label[]){{"how", "cached"}, {NULL, NULL}});
    verifier->checked = poly_counter_get(name, help, (const poly_label[]){{"how", "checked"}, {NULL, NULL}});
    for (unsigned i = POLY_TOKEN_FINE + 1; i < POLY_TOKEN_FAULTS; i++) {
        const poly_label labels[] = {{"reason", poly_token_fault_name((poly_token_fault)i)}, {NULL, NULL}};

        verifier->faults[i] = poly_counter_get("poly_token_failures_total", "Tokens refused, by reason.", labels);
    }
}

poly_token_verifier *poly_token_verifier_create(const poly_token_verifier_options *options)
{
    poly_token_verifier *verifier = poly_alloc_zero(1, sizeof(*verifier));
    size_t count = 0;

    assert(options->issuer[0] && options->audiences && options->audiences[0]);
    while (options->audiences[count])
        count++;
    verifier->kind = options->kind;
    verifier->shape = token_shape_of(options->kind);
    verifier->issuer = poly_strdup(options->issuer);
    verifier->audiences = poly_alloc_zero(count + 1, sizeof(*verifier->audiences));
    for (size_t i = 0; i < count; i++)
        verifier->audiences[i] = poly_strdup(options->audiences[i]);
    verifier->keys = options->keys;
    verifier->cache = token_cache_create(verifier->shape, options->keys, options->cached_tokens);
    make_counters(verifier);
    return verifier;
}

void poly_token_verifier_destroy(poly_token_verifier **verifier)
{
    if (!*verifier)
        return;
    token_cache_destroy(&(*verifier)->cache);
    for (char **audience = (*verifier)->audiences; *audience; audience++)
        free(*audience);
    free((*verifier)->audiences);
    free((*verifier)->issuer);
    free(*verifier);
    *verifier = NULL;
}

/* --- claims --- */

static bool is_for_us(const poly_token_verifier *verifier, const poly_token_base *base)
{
    for (char *const *ours = verifier->audiences; *ours; ours++) {
        for (const char *const *theirs = base->audience; *theirs; theirs++) {
            if (strcmp(*ours, *theirs) == 0)
                return true;
        }
    }
    return false;
}

static poly_token_fault judge(const poly_token_verifier *verifier, const poly_token_base *base, int64_t valid_from,
                              int64_t now)
{
    if (strcmp(base->issuer, verifier->issuer) != 0)
        return POLY_TOKEN_ISSUER;
    if (!is_for_us(verifier, base))
        return POLY_TOKEN_AUDIENCE;
    if (now - POLY_TOKEN_SKEW_SECONDS >= base->expires_at)
        return POLY_TOKEN_EXPIRED;
    if (now + POLY_TOKEN_SKEW_SECONDS < valid_from)
        return POLY_TOKEN_FUTURE;
    return POLY_TOKEN_FINE;
}

/* Decodes the payload and looks at every claim; `valid_from` is the later of iat and nbf. */
static poly_token_fault read_payload(const poly_token_verifier *verifier, poly_slice payload, int64_t now,
                                     poly_arena *arena, void *out, int64_t *valid_from)
{
    const poly_json_limits limits = {.max_size = POLY_TOKEN_MAX_SIZE, .max_depth = 8, .max_values = 256};
    poly_token_fault fault = POLY_TOKEN_CLAIMS;
    const poly_token_base *base = out;
    char text[POLY_TOKEN_MAX_SIZE];
    size_t size = sizeof(text);
    poly_json *document;

    if (!poly_base64url_decode(payload.data, payload.size, text, &size) ||
        poly_json_parse(text, size, &limits, &document, NULL) != POLY_OK)
        return POLY_TOKEN_MALFORMED;
    if (token_claims_read(verifier->shape, document, arena, out) && token_claims_not_before(document, valid_from)) {
        *valid_from = *valid_from > base->issued_at ? *valid_from : base->issued_at;
        fault = judge(verifier, base, *valid_from, now);
    }
    poly_json_destroy(&document);
    return fault;
}

/* --- verifying --- */

static poly_result refuse(poly_token_fault *fault, poly_token_fault why)
{
    *fault = why;
    return why == POLY_TOKEN_FINE ? POLY_OK : POLY_REJECTED;
}

static poly_result find_key(poly_token_verifier *verifier, const char *id, token_key **key, uint64_t *generation,
                            poly_token_fault *fault)
{
    poly_result result = token_key_set_find(verifier->keys, poly_slice_of(id), key, generation);

    switch (result) {
    case POLY_OK:
        return POLY_OK;
    case POLY_NOT_FOUND:
        return refuse(fault, POLY_TOKEN_UNKNOWN_KEY);
    default:
        *fault = POLY_TOKEN_NO_KEYS;
        return result;
    }
}

static poly_result check(poly_token_verifier *verifier, const token_jws *jws, int64_t now, poly_arena *arena,
                         token_verified *verified, void *out, poly_token_fault *fault)
{
    char id[POLY_KEY_ID_SIZE];
    token_key *key;
    poly_result result;

    result = refuse(fault, token_jws_read_header(jws->header, verifier->shape->type, id));
    if (result == POLY_OK)
        result = refuse(fault, read_payload(verifier, jws->payload, now, arena, out, &verified->valid_from));
    if (result == POLY_OK)
        result = find_key(verifier, id, &key, &verified->generation, fault);
    if (result != POLY_OK)
        return result;
    if (!token_key_verify(key, jws->signed_part.data, jws->signed_part.size, jws->signature))
        result = refuse(fault, POLY_TOKEN_SIGNATURE);
    verified->key = key->serial;
    token_key_unref(&key);
    return result;
}

poly_result token_verify_at(poly_token_verifier *verifier, poly_slice token, int64_t now, poly_arena *arena, void *out,
                            poly_token_fault *fault)
{
    token_verified verified = {.claims = out};
    unsigned char hash[TOKEN_HASH_SIZE];
    poly_token_fault ignored = POLY_TOKEN_FINE;
    token_jws jws;
    poly_result result;

    fault = fault ? fault : &ignored;
    result = refuse(fault, token_jws_split(token, &jws));
    if (result == POLY_OK) {
        token_cache_hash(token, hash);
        if (token_cache_get(verifier->cache, hash, now, arena, out)) {
            poly_counter_add(verifier->cached, 1);
            return POLY_OK;
        }
        result = check(verifier, &jws, now, arena, &verified, out, fault);
    }
    if (result != POLY_OK) {
        poly_counter_add(verifier->faults[*fault], 1);
        return result;
    }
    poly_counter_add(verifier->checked, 1);
    token_cache_put(verifier->cache, hash, now, &verified);
    return POLY_OK;
}

static poly_result verify(poly_token_verifier *verifier, poly_token_kind kind, poly_slice token, poly_arena *arena,
                          void *out, poly_token_fault *fault)
{
    assert(verifier->kind == kind);
    return token_verify_at(verifier, token, poly_time_unix(), arena, out, fault);
}

poly_result poly_token_verify_student(poly_token_verifier *verifier, poly_slice token, poly_arena *arena,
                                      poly_student_token *out, poly_token_fault *fault)
{
    return verify(verifier, POLY_TOKEN_STUDENT, token, arena, out, fault);
}

poly_result poly_token_verify_launch(poly_token_verifier *verifier, poly_slice token, poly_arena *arena,
                                     poly_launch_token *out, poly_token_fault *fault)
{
    return verify(verifier, POLY_TOKEN_LAUNCH, token, arena, out, fault);
}

poly_result poly_token_verify_student_session(poly_token_verifier *verifier, poly_slice token, poly_arena *arena,
                                              poly_student_session_token *out, poly_token_fault *fault)
{
    return verify(verifier, POLY_TOKEN_STUDENT_SESSION, token, arena, out, fault);
}

poly_result poly_token_verify_access(poly_token_verifier *verifier, poly_slice token, poly_arena *arena,
                                     poly_access_token *out, poly_token_fault *fault)
{
    return verify(verifier, POLY_TOKEN_ACCESS, token, arena, out, fault);
}
