/* SPDX-License-Identifier: MIT */
#include "poly/json.h"
#include "poly/random.h"
#include "poly/time.h"
#include "token/claims.h"
#include "token/jws.h"
#include "token/key_directory.h"

static void fill_base(const poly_token_issuer *issuer, poly_token_base *base, unsigned life_seconds, int64_t now,
                      poly_arena *arena)
{
    char id[POLY_UUID_SIZE];

    poly_uuid_make(id);
    base->issuer = poly_arena_strdup(arena, issuer->name);
    base->id = poly_arena_strdup(arena, id);
    base->issued_at = now;
    base->expires_at = now + life_seconds;
}

static void write_header(const char *type, const char *key_id, poly_strbuf *out)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "alg", "ES256");
    poly_json_put_text(&writer, "typ", type);
    poly_json_put_text(&writer, "kid", key_id);
    poly_json_end_object(&writer);
}

static poly_result make(const poly_token_issuer *issuer, const token_shape *shape, poly_slice payload, int64_t now,
                        poly_arena *arena, const char **token)
{
    token_key *key = token_key_directory_signing(issuer->keys, now);
    poly_result result = POLY_TOO_LARGE;
    poly_strbuf header, out;

    poly_strbuf_init(&header, POLY_TOKEN_MAX_SIZE);
    poly_strbuf_init(&out, (size_t)2 * POLY_TOKEN_MAX_SIZE);
    write_header(shape->type, key->id, &header);
    if (token_jws_sign(key, (poly_slice){header.data, header.size}, payload, &out)) {
        *token = poly_arena_strndup(arena, out.data, out.size);
        result = POLY_OK;
    }
    poly_strbuf_release(&header);
    poly_strbuf_release(&out);
    token_key_unref(&key);
    return result;
}

static poly_result sign(const poly_token_issuer *issuer, poly_token_kind kind, void *claims, unsigned life_seconds,
                        poly_arena *arena, const char **token)
{
    const token_shape *shape = token_shape_of(kind);
    int64_t now = poly_time_unix();
    poly_result result = POLY_INVALID;
    poly_strbuf payload;

    poly_strbuf_init(&payload, POLY_TOKEN_MAX_SIZE);
    fill_base(issuer, claims, life_seconds, now, arena);
    if (token_claims_write(shape, claims, &payload))
        result = payload.overflowed ? POLY_TOO_LARGE
                                    : make(issuer, shape, (poly_slice){payload.data, payload.size}, now, arena, token);
    poly_strbuf_release(&payload);
    return result;
}

poly_result poly_token_sign_student(const poly_token_issuer *issuer, poly_student_token *claims, unsigned life_seconds,
                                    poly_arena *arena, const char **token)
{
    return sign(issuer, POLY_TOKEN_STUDENT, claims, life_seconds, arena, token);
}

poly_result poly_token_sign_launch(const poly_token_issuer *issuer, poly_launch_token *claims, unsigned life_seconds,
                                   poly_arena *arena, const char **token)
{
    return sign(issuer, POLY_TOKEN_LAUNCH, claims, life_seconds, arena, token);
}

poly_result poly_token_sign_student_session(const poly_token_issuer *issuer, poly_student_session_token *claims,
                                            unsigned life_seconds, poly_arena *arena, const char **token)
{
    return sign(issuer, POLY_TOKEN_STUDENT_SESSION, claims, life_seconds, arena, token);
}

poly_result poly_token_sign_access(const poly_token_issuer *issuer, poly_access_token *claims, unsigned life_seconds,
                                   poly_arena *arena, const char **token)
{
    return sign(issuer, POLY_TOKEN_ACCESS, claims, life_seconds, arena, token);
}
