/* SPDX-License-Identifier: MIT */
#include "caller.h"

#include "poly/random.h"

#include "service.h"
#include "store.h"
#include "telegram_link.h"

static bool admit(poly_request *request, const traffic_caller *caller)
{
    traffic_caller *kept = poly_arena_alloc(poly_request_arena(request), sizeof(*kept));

    *kept = *caller;
    poly_request_set_caller(request, kept);
    return true;
}

static bool admit_service(poly_request *request, unsigned who)
{
    const traffic_service *service = poly_request_context(request);

    if (!poly_service_caller_find(request, service->services, POLY_LENGTH(service->services))) {
        poly_fail_unauthenticated(request, true);
        return false;
    }
    if (who & WHO_SSO)
        return admit(request, &(traffic_caller){.actor = "service:sso"});
    poly_fail(request, &poly_problem_forbidden);
    return false;
}

/* One who was deleted or deactivated is nobody any more, whatever the token says. */
static bool admit_teacher(poly_request *request, const poly_access_token *token)
{
    const traffic_service *service = poly_request_context(request);
    teacher *who = poly_arena_alloc(poly_request_arena(request), sizeof(*who));
    poly_result result = POLY_NOT_FOUND;

    if (token->entity_id && poly_uuid_is_valid(token->entity_id))
        result = store_live_teacher(service->pg, poly_request_arena(request), token->entity_id, who);
    if (result == POLY_OK)
        return admit(request, &(traffic_caller){.token = token, .teacher = who, .actor = token->user_id});
    if (result == POLY_NOT_FOUND)
        poly_fail_unauthenticated(request, true);
    else
        poly_fail_dependency(request, result, "postgresql");
    return false;
}

static bool admit_user(poly_request *request, unsigned who)
{
    const traffic_service *service = poly_request_context(request);
    const poly_access_token *token = poly_access_require(request, service->access_verifier);
    bool is_teacher;

    if (!token)
        return false;
    is_teacher = token->app == POLY_APP_TRAFFIC && token->role == POLY_ROLE_TEACHER;
    if (token->app != POLY_APP_TRAFFIC || !(who & (is_teacher ? WHO_TEACHER : WHO_ADMIN)) ||
        (!is_teacher && token->role != POLY_ROLE_ADMIN)) {
        poly_fail(request, &poly_problem_forbidden);
        return false;
    }
    if (token->auth_source == POLY_AUTH_TELEGRAM && !telegram_link_require(request, token))
        return false;
    if (is_teacher)
        return admit_teacher(request, token);
    return admit(request, &(traffic_caller){.token = token, .actor = token->user_id});
}

bool caller_guard(poly_request *request, unsigned who)
{
    if (who == WHO_ANYONE)
        return true;
    /* Beside a token, a secret counts only where sso-svc is served. */
    if (poly_service_secret_was_sent(request) && ((who & WHO_SSO) || !poly_request_bearer(request).data))
        return admit_service(request, who);
    return admit_user(request, who);
}

const traffic_caller *caller_of(poly_request *request)
{
    return poly_request_caller(request);
}
