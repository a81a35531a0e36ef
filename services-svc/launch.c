/* SPDX-License-Identifier: MIT */
/* Students come in: a launch token of main-svc is exchanged, once, for a session of ours. */
#include "handlers.h"

#include <string.h>

#include "poly/crypto.h"

#include "problems.h"
#include "service.h"
#include "store.h"

/* How long an exchange is remembered beyond the token: longer than anybody takes it. */
#define REMEMBER_SECONDS (2 * POLY_TOKEN_SKEW_SECONDS)

/* POLY_TOKEN_MAX_SIZE is what anybody takes; more is no token. */
#define TYPED_MAX (2 * POLY_TOKEN_MAX_SIZE)

/*
 * What is kept of an exchange. Of the token's id only the hash is kept; the key that the session is sealed with is made
 * of the id. So whoever has the token gets the session again, and whoever has the database alone gets nothing.
 */
struct exchange {
    uint8_t jti_hash[POLY_SHA256_SIZE];
    uint8_t key[POLY_SEAL_KEY_SIZE];
};

static void count(const services_service *service, launch_outcome outcome)
{
    poly_counter_add(service->metrics.launches[outcome], 1);
}

static void refuse(poly_request *request, const poly_problem *problem)
{
    poly_respond_header(request, "WWW-Authenticate", "Bearer realm=\"services-svc\"");
    poly_fail(request, problem);
}

static void prepare(struct exchange *exchange, const char *jti)
{
    static const char purpose[] = "services-svc student session";

    poly_sha256(jti, strlen(jti), exchange->jti_hash);
    poly_hmac_sha256(jti, strlen(jti), purpose, sizeof(purpose) - 1, exchange->key);
}

static poly_slice seal(const struct exchange *exchange, const char *token, poly_arena *arena)
{
    size_t size = strlen(token);
    uint8_t *sealed = poly_arena_alloc(arena, size + POLY_SEAL_OVERHEAD);

    poly_seal(exchange->key, token, size, sealed);
    return (poly_slice){(const char *)sealed, size + POLY_SEAL_OVERHEAD};
}

/* NULL: it was not sealed by us. */
static const char *unseal(const struct exchange *exchange, poly_slice sealed, poly_arena *arena)
{
    char *token;

    if (sealed.size < POLY_SEAL_OVERHEAD)
        return NULL;
    token = poly_arena_alloc_zero(arena, sealed.size - POLY_SEAL_OVERHEAD + 1, 1);
    return poly_unseal(exchange->key, (const uint8_t *)sealed.data, sealed.size, token) ? token : NULL;
}

static poly_result sign_session(services_service *service, const poly_launch_token *launch, poly_arena *arena,
                                const char **token)
{
    poly_student_session_token claims = {
        .base.audience = {SERVICES_AUDIENCE},
        .student_id = launch->student_id,
        .student_name = launch->student_name,
        .student_email = launch->student_email,
    };

    return poly_token_sign_student_session(&service->issuer, &claims,
                                           (unsigned)service->config->student_session_seconds, arena, token);
}

static void respond_session(poly_request *request, const poly_launch_token *launch, const char *token)
{
    poly_json_writer writer;
    poly_strbuf body;

    poly_strbuf_init(&body, (size_t)4 * POLY_TOKEN_MAX_SIZE);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "student_external_id", launch->student_id);
    poly_json_put_text(&writer, "student_name", launch->student_name);
    poly_json_put_text(&writer, "student_email", launch->student_email);
    poly_json_put_text(&writer, "student_token", token);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

/* The session that the token is good for. NULL: it has been answered. */
static const char *exchange_token(poly_request *request, const poly_launch_token *launch)
{
    services_service *service = poly_request_context(request);
    poly_arena *arena = poly_request_arena(request);
    struct exchange exchange;
    exchange_state state = EXCHANGE_FIRST;
    const char *token = NULL;
    poly_slice kept = {0};
    poly_result result = sign_session(service, launch, arena, &token);

    prepare(&exchange, launch->base.id);
    if (result == POLY_OK)
        result = store_exchange_launch(
            service->pg, arena, (poly_slice){(const char *)exchange.jti_hash, sizeof(exchange.jti_hash)},
            seal(&exchange, token, arena), launch->base.expires_at + REMEMBER_SECONDS, &state, &kept);
    if (result == POLY_OK && state == EXCHANGE_REPEATED && !(token = unseal(&exchange, kept, arena)))
        result = POLY_BAD_ANSWER;
    poly_wipe(&exchange, sizeof(exchange));
    if (result != POLY_OK) {
        count(service, LAUNCH_FAILED);
        poly_fail_dependency(request, result, "launch exchange");
        return NULL;
    }
    count(service, state == EXCHANGE_FIRST      ? LAUNCH_EXCHANGED
                   : state == EXCHANGE_REPEATED ? LAUNCH_REPEATED
                                                : LAUNCH_SPENT);
    if (state != EXCHANGE_SPENT)
        return token;
    refuse(request, &problem_launch_spent);
    return NULL;
}

/* POST /api/auth/verify-launch {token}: who the student is, and a session. */
void post_verify_launch(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    const poly_json *body;
    poly_launch_token launch;
    const char *typed, *token;
    poly_result result;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    typed = poly_body_secret_required(request, body, "token", TYPED_MAX);
    if (poly_request_refused(request))
        return;
    result = poly_token_verify_launch(service->launch_verifier, poly_slice_of(typed), poly_request_arena(request),
                                      &launch, NULL);
    if (result == POLY_REJECTED) {
        count(service, LAUNCH_REFUSED);
        refuse(request, &problem_launch_refused);
        return;
    }
    if (result != POLY_OK) {
        count(service, LAUNCH_FAILED);
        poly_fail_dependency(request, result, "main-svc");
        return;
    }
    token = exchange_token(request, &launch);
    if (token)
        respond_session(request, &launch, token);
}

/* GET /.well-known/jwks.json. */
void get_keys(poly_request *request)
{
    const services_service *service = poly_request_context(request);

    poly_jwks_respond(request, poly_key_directory_keys(service->keys));
}
