/* SPDX-License-Identifier: MIT */
#include "caller.h"

#include <string.h>

#include "service.h"
#include "store.h"

/* What each service may see and touch. Which routes serve it is in the route table (routes.c). */
static const struct scope {
    const char *name; /* of service->services */
    unsigned who;
    poly_app app;
    const char *actor;
} scopes[] = {
    {"services", WHO_SERVICES, POLY_APP_SERVICES, "service:services"},
    {"traffic", WHO_TRAFFIC, POLY_APP_TRAFFIC, "service:traffic"},
    {"bot", WHO_BOT, POLY_APP_TRAFFIC, "service:bot"},
};

static const struct scope *scope_of(const poly_service_caller *service)
{
    for (size_t i = 0; service && i < POLY_LENGTH(scopes); i++)
        if (strcmp(scopes[i].name, service->name) == 0)
            return &scopes[i];
    return NULL;
}

static void admit(poly_request *request, const sso_caller *caller)
{
    sso_caller *kept = poly_arena_alloc(poly_request_arena(request), sizeof(*kept));

    *kept = *caller;
    poly_request_set_caller(request, kept);
}

static bool admit_service(poly_request *request, unsigned who)
{
    const sso_service *service = poly_request_context(request);
    const struct scope *scope =
        scope_of(poly_service_caller_find(request, service->services, POLY_LENGTH(service->services)));

    if (!scope) {
        poly_fail_unauthenticated(request, true);
        return false;
    }
    if (!(who & scope->who)) {
        poly_fail(request, &poly_problem_forbidden);
        return false;
    }
    admit(request, &(sso_caller){.service = scope->who, .app = scope->app, .actor = scope->actor});
    return true;
}

/* An administrator's account is looked up at each use: one who was disabled does no more harm. */
static bool is_valid_admin(poly_request *request, const poly_access_token *token)
{
    const sso_service *service = poly_request_context(request);
    bool valid;
    poly_result result;

    if (token->app != POLY_APP_SSO || token->role != POLY_ROLE_ADMIN) {
        poly_fail(request, &poly_problem_forbidden);
        return false;
    }
    result =
        store_admin_is_valid(service->pg, poly_request_arena(request), token->user_id, token->base.issued_at, &valid);
    if (result != POLY_OK)
        poly_fail_dependency(request, result, "postgresql");
    else if (!valid)
        poly_fail_unauthenticated(request, true);
    return result == POLY_OK && valid;
}

static bool admit_user(poly_request *request, unsigned who)
{
    const sso_service *service = poly_request_context(request);
    const poly_access_token *token = poly_access_require(request, service->verifier);

    if (!token)
        return false;
    if (!(who & (WHO_BEARER | WHO_SSO_ADMIN))) {
        poly_fail(request, &poly_problem_forbidden);
        return false;
    }
    if (!(who & WHO_BEARER) && !is_valid_admin(request, token))
        return false;
    admit(request, &(sso_caller){.token = token, .app = token->app, .actor = token->user_id});
    return true;
}

bool caller_guard(poly_request *request, unsigned who)
{
    if (who == WHO_ANYONE)
        return true;
    /* Beside a token, a secret counts only where services are served. */
    if (poly_service_secret_was_sent(request) && ((who & WHO_ANY_SERVICE) || !poly_request_bearer(request).data))
        return admit_service(request, who);
    return admit_user(request, who);
}

const sso_caller *caller_of(poly_request *request)
{
    return poly_request_caller(request);
}

bool caller_may_touch(const sso_caller *caller, poly_app app)
{
    return !caller->service || caller->app == app;
}
