/* SPDX-License-Identifier: MIT */
#include "handlers.h"

#include <string.h>

#include "poly/audit.h"
#include "poly/login_attempt.h"

#include "problems.h"
#include "redirect.h"
#include "service.h"
#include "session_answer.h"
#include "store.h"
#include "username.h"

#define WAIT_MAX_MS 2000 /* the database's clock may be ahead of ours */

enum { USERNAME_TYPED_MAX = 128, PASSWORD_TYPED_MAX = 1024, REDIRECT_MAX = 2048, USER_AGENT_MAX = 256 };

struct login {
    poly_request *request;
    sso_service *service;
    poly_arena *arena;
    const char *username; /* normalised; "" if it can be nobody's */
    const char *password;
    const char *redirect_to; /* NULL unless it is allowed */
    int app;                 /* a poly_app, or -1 */
    poly_login_attempt attempt;
    user_credentials found;
    bool is_known;
    const char *fresh_hash; /* of an outdated hash; NULL: it stays */
    refresh_token token;
    const char *session_id;
    poly_audit audit;
};

static void count(const struct login *login, login_outcome outcome)
{
    poly_counter_add(login->service->metrics.logins[outcome], 1);
}

static bool read_login(struct login *login)
{
    char normal[USERNAME_SIZE];
    const poly_json *body;
    const char *typed, *redirect_to;

    if (poly_request_json(login->request, &body) != POLY_OK)
        return false;
    typed = poly_body_text_required(login->request, body, "username", USERNAME_TYPED_MAX);
    login->password = poly_body_secret_required(login->request, body, "password", PASSWORD_TYPED_MAX);
    login->app = poly_body_choice(login->request, body, "app", app_names);
    redirect_to = poly_body_text(login->request, body, "redirect_to", REDIRECT_MAX);
    if (poly_request_refused(login->request))
        return false;
    login->username = username_normalise(typed, normal) ? poly_arena_strdup(login->arena, normal) : "";
    if (redirect_to && redirect_is_allowed(login->service->config, redirect_to))
        login->redirect_to = redirect_to;
    return true;
}

/* --- throttling: counted before the password is looked at, so that many attempts at once gain nothing --- */

static bool begin_attempt(struct login *login)
{
    unsigned wait =
        poly_login_attempt_begin(&login->attempt, login->service->account_throttle, login->service->address_throttle,
                                 login->username, poly_request_address(login->request), login->arena);

    if (!wait)
        return true;
    count(login, LOGIN_THROTTLED);
    poly_fail_throttled(login->request, wait);
    return false;
}

/* --- the password --- */

static void fail(struct login *login, poly_result result)
{
    poly_login_attempt_give_back(&login->attempt);
    count(login, result == POLY_OVERLOADED ? LOGIN_OVERLOADED : LOGIN_FAILED);
    if (result == POLY_OVERLOADED)
        poly_fail(login->request, &problem_hashing_overloaded);
    else
        poly_fail_dependency(login->request, result, "postgresql");
}

/* Unknown, disabled, without a password: each costs what a wrong password costs. */
static poly_result check_password(struct login *login, bool *right)
{
    poly_result result = store_user_by_username(login->service->pg, login->arena, login->username, &login->found);
    const char *hash = NULL;

    if (result != POLY_OK && result != POLY_NOT_FOUND)
        return result;
    login->is_known = result == POLY_OK;
    if (login->is_known && login->found.user.is_active)
        hash = login->found.password_hash;
    return password_hasher_check(login->service->hasher, login->password, hash, login->arena, right,
                                 &login->fresh_hash);
}

static void say_no(struct login *login, login_outcome outcome, const poly_problem *problem)
{
    count(login, outcome);
    if (problem->status == 401)
        poly_respond_header(login->request, "WWW-Authenticate", "Bearer realm=\"sso-svc\"");
    poly_fail(login->request, problem);
}

/* The audit trail has whose account it was, if it was one's, never what was typed. */
static void refuse(struct login *login, login_outcome outcome, const char *event, const poly_problem *problem)
{
    const poly_field end = {.kind = POLY_FIELD_END};
    const poly_field asked[] = {
        login->app < 0 ? end : poly_text_field("app", poly_app_name((poly_app)login->app)),
        end,
    };
    poly_result result = poly_audit_record(&login->audit, login->service->pg, event,
                                           login->is_known ? login->found.user.id : NULL, asked);

    if (result != POLY_OK) {
        count(login, LOGIN_FAILED);
        poly_fail_dependency(login->request, result, "postgresql");
        return;
    }
    say_no(login, outcome, problem);
}

static bool is_for_app(const struct login *login)
{
    const sso_user *user = &login->found.user;

    return login->app < 0 || user->app == (poly_app)login->app ||
           (user->app == POLY_APP_SSO && user->role == POLY_ROLE_ADMIN);
}

/* --- the session --- */

/* For people to tell their sessions apart. A field may hold bytes that are no text. */
static const char *user_agent_of(const struct login *login)
{
    poly_slice sent = poly_request_header(login->request, "User-Agent");
    char *text;

    if (!sent.size)
        return NULL;
    text = poly_arena_strndup(login->arena, sent.data, sent.size < USER_AGENT_MAX ? sent.size : USER_AGENT_MAX);
    for (char *at = text; *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    return text;
}

static poly_result open_session(poly_pg_transaction *transaction, void *context)
{
    struct login *login = context;
    const sso_config *config = login->service->config;
    const sso_user *user = &login->found.user;
    const new_session session = {
        .id = login->session_id,
        .user_id = user->id,
        .standing = login->found.standing,
        .address = poly_request_address(login->request),
        .user_agent = user_agent_of(login),
        .token_hash = refresh_token_hash(&login->token),
        .life_seconds = config->refresh_token_seconds,
        .idle_seconds = config->refresh_idle_seconds,
    };
    poly_result result = store_insert_session(transaction, login->arena, &session);

    poly_audit_restart(&login->audit);
    if (result == POLY_OK && login->fresh_hash)
        result =
            store_set_password_hash(transaction, login->arena, user->id, login->found.password_hash, login->fresh_hash);
    if (result == POLY_OK)
        result = poly_audit_add(
            &login->audit, transaction, "login_succeeded", user->id,
            (const poly_field[]){poly_text_field("session_id", login->session_id), {.kind = POLY_FIELD_END}});
    return result;
}

/*
 * A token knows in which second it was issued, no more. Those of the second of a new password do not count, since some
 * may be of before it; so who has the new password waits for the next one.
 */
static poly_result await_next_second(const struct login *login)
{
    int64_t left_ms = login->found.tokens_valid_from * 1000 - poly_time_unix_ms() + 1;

    if (left_ms <= 1 || login->found.user.app != POLY_APP_SSO)
        return POLY_OK;
    return poly_fiber_sleep(POLY_MILLISECONDS((uint64_t)(left_ms < WAIT_MAX_MS ? left_ms : WAIT_MAX_MS)));
}

static void log_in(struct login *login)
{
    char id[POLY_UUID_SIZE];
    poly_result result;

    poly_uuid_make(id);
    login->session_id = id;
    refresh_token_make(&login->token);
    poly_audit_begin(&login->audit, login->request, login->found.user.id);
    result = await_next_second(login);
    if (result == POLY_OK)
        result = poly_pg_in_transaction(login->service->pg, open_session, login);
    /* Deleted, disabled or given another password meanwhile: what was right is so no more. */
    if (result == POLY_NOT_FOUND) {
        poly_audit_begin(&login->audit, login->request, NULL);
        refuse(login, LOGIN_WRONG, "login_failed", &problem_login_wrong);
        return;
    }
    if (result != POLY_OK) {
        count(login, LOGIN_FAILED);
        poly_fail_dependency(login->request, result, "postgresql");
        return;
    }
    poly_audit_log(&login->audit);
    count(login, LOGIN_OK);
    session_respond(login->request, &(session_answer){.user = &login->found.user,
                                                      .refresh_token = login->token.text,
                                                      .with_redirect = true,
                                                      .redirect_to = login->redirect_to});
}

/* POST /api/auth/login {username, password, app?, redirect_to?}. */
void post_login(poly_request *request)
{
    struct login login = {
        .request = request,
        .service = poly_request_context(request),
        .arena = poly_request_arena(request),
    };
    bool right = false;
    poly_result result;

    if (!read_login(&login) || !begin_attempt(&login))
        return;
    poly_audit_begin(&login.audit, request, NULL);
    result = check_password(&login, &right);
    if (result != POLY_OK) {
        fail(&login, result);
        return;
    }
    if (!right) {
        refuse(&login, LOGIN_WRONG, "login_failed", &problem_login_wrong);
        return;
    }
    poly_login_attempt_succeeded(&login.attempt);
    if (is_for_app(&login))
        log_in(&login);
    else
        refuse(&login, LOGIN_OTHER_APP, "login_refused", &problem_other_app);
}
