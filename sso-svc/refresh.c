/* SPDX-License-Identifier: MIT */
/* Refresh tokens: spending one, and ending the session of one. */
#include "handlers.h"

#include "poly/audit.h"

#include "problems.h"
#include "service.h"
#include "session_answer.h"
#include "store.h"

enum { TOKEN_TYPED_MAX = 256, TRIES = 3 };

struct refresh {
    poly_request *request;
    sso_service *service;
    refresh_token token;
    refresh_token successor;
    sso_user user;
    stored_token stored;
    poly_audit audit;
};

static void count(const struct refresh *refresh, refresh_outcome outcome)
{
    poly_counter_add(refresh->service->metrics.refreshes[outcome], 1);
}

static void refuse(struct refresh *refresh, refresh_outcome outcome)
{
    count(refresh, outcome);
    poly_respond_header(refresh->request, "WWW-Authenticate", "Bearer realm=\"sso-svc\"");
    poly_fail(refresh->request, &problem_refresh_refused);
}

static void answer(struct refresh *refresh, refresh_outcome outcome, const sso_user *user)
{
    count(refresh, outcome);
    session_respond(refresh->request, &(session_answer){.user = user, .refresh_token = refresh->successor.text});
}

static poly_result rotate(struct refresh *refresh)
{
    uint8_t sealed[SEALED_TOKEN_SIZE];

    refresh_token_make(&refresh->successor);
    refresh_token_seal(&refresh->token, &refresh->successor, sealed);
    return store_rotate_token(refresh->service->pg, poly_request_arena(refresh->request),
                              refresh_token_hash(&refresh->token), refresh_token_hash(&refresh->successor),
                              (poly_slice){(const char *)sealed, sizeof(sealed)},
                              refresh->service->config->refresh_idle_seconds, &refresh->user);
}

static poly_result end_family(poly_pg_transaction *transaction, void *context)
{
    struct refresh *refresh = context;
    poly_arena *arena = poly_request_arena(refresh->request);
    const char *session_id = refresh->stored.session_id;
    poly_result result;

    poly_audit_restart(&refresh->audit);
    result = store_end_session(transaction, arena, session_id, NULL, "refresh_token_reused");
    if (result == POLY_NOT_FOUND)
        return POLY_OK; /* another one has just ended it */
    if (result != POLY_OK)
        return result;
    return poly_audit_add(&refresh->audit, transaction, "refresh_token_reused", refresh->stored.user.id,
                          (const poly_field[]){poly_text_field("session_id", session_id), {.kind = POLY_FIELD_END}});
}

/* Somebody has a token that had been spent: its owner or a thief, and nobody can tell which. */
static void revoke(struct refresh *refresh)
{
    poly_result result;

    poly_audit_begin(&refresh->audit, refresh->request, NULL);
    result = poly_pg_in_transaction(refresh->service->pg, end_family, refresh);
    if (result != POLY_OK) {
        count(refresh, REFRESH_FAILED);
        poly_fail_dependency(refresh->request, result, "postgresql");
        return;
    }
    poly_audit_log(&refresh->audit);
    refuse(refresh, REFRESH_REUSED);
}

/* False when the token should be tried once more. */
static bool explain(struct refresh *refresh)
{
    poly_result result = store_find_token(refresh->service->pg, poly_request_arena(refresh->request),
                                          refresh_token_hash(&refresh->token), &refresh->stored);
    refresh_verdict verdict = result == POLY_OK ? refresh_judge(&refresh->stored.state) : REFRESH_REFUSE;

    if (result != POLY_OK && result != POLY_NOT_FOUND) {
        count(refresh, REFRESH_FAILED);
        poly_fail_dependency(refresh->request, result, "postgresql");
    } else if (verdict == REFRESH_AGAIN &&
               refresh_token_unseal(&refresh->token, refresh->stored.sealed_successor, &refresh->successor)) {
        answer(refresh, REFRESH_REPEATED, &refresh->stored.user);
    } else if (verdict == REFRESH_REUSE) {
        revoke(refresh);
    } else if (verdict == REFRESH_RETRY) {
        return false;
    } else {
        refuse(refresh, REFRESH_REFUSED);
    }
    return true;
}

static void spend(struct refresh *refresh)
{
    for (int tries = 0; tries < TRIES; tries++) {
        poly_result result = rotate(refresh);

        if (result == POLY_OK) {
            answer(refresh, REFRESH_ROTATED, &refresh->user);
            return;
        }
        if (result != POLY_NOT_FOUND) {
            count(refresh, REFRESH_FAILED);
            poly_fail_dependency(refresh->request, result, "postgresql");
            return;
        }
        if (explain(refresh))
            return;
    }
    count(refresh, REFRESH_FAILED);
    poly_fail_dependency(refresh->request, POLY_UNAVAILABLE, "postgresql");
}

/* False when it has been answered. */
static bool read_token(poly_request *request, const char **text)
{
    const poly_json *body;

    if (poly_request_json(request, &body) != POLY_OK)
        return false;
    *text = poly_body_secret_required(request, body, "refresh_token", TOKEN_TYPED_MAX);
    return !poly_request_refused(request);
}

/* POST /api/auth/refresh {refresh_token}: the token is spent, its successor is in the answer. */
void post_refresh(poly_request *request)
{
    struct refresh refresh = {.request = request, .service = poly_request_context(request)};
    const char *text;

    if (!read_token(request, &text))
        return;
    if (refresh_token_read(text, &refresh.token))
        spend(&refresh);
    else
        refuse(&refresh, REFRESH_REFUSED);
}

static poly_result log_out(poly_pg_transaction *transaction, void *context)
{
    struct refresh *refresh = context;
    poly_arena *arena = poly_request_arena(refresh->request);
    const char *session_id = NULL, *user_id = NULL;
    poly_result result =
        store_session_of_token(transaction, arena, refresh_token_hash(&refresh->token), &session_id, &user_id);

    poly_audit_begin(&refresh->audit, refresh->request, user_id);
    if (result == POLY_OK)
        result = store_end_session(transaction, arena, session_id, NULL, "logout");
    if (result == POLY_NOT_FOUND)
        return POLY_OK; /* over already */
    if (result != POLY_OK)
        return result;
    return poly_audit_add(&refresh->audit, transaction, "logged_out", user_id,
                          (const poly_field[]){poly_text_field("session_id", session_id), {.kind = POLY_FIELD_END}});
}

/* POST /api/auth/logout {refresh_token}: {"status":"ok"}, also for a token that is none. */
void post_logout(poly_request *request)
{
    struct refresh refresh = {.request = request, .service = poly_request_context(request)};
    poly_strbuf body;
    const char *text;

    if (!read_token(request, &text))
        return;
    if (refresh_token_read(text, &refresh.token)) {
        poly_result result = poly_pg_in_transaction(refresh.service->pg, log_out, &refresh);

        if (result != POLY_OK) {
            poly_fail_dependency(request, result, "postgresql");
            return;
        }
        poly_audit_log(&refresh.audit);
    }
    poly_strbuf_init(&body, 64);
    poly_strbuf_append_text(&body, "{\"status\":\"ok\"}");
    poly_respond_json(request, 200, &body);
}
