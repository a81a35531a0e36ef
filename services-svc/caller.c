/* SPDX-License-Identifier: MIT */
#include "caller.h"

#include <string.h>

#include "poly/access.h"
#include "poly/random.h"

#include "service.h"
#include "store.h"

#define STUDENT_TOKEN "X-Student-Token"

static bool admit(poly_request *request, unsigned who, const services_caller *caller)
{
    services_caller *kept;

    if (!(who & caller->who)) {
        poly_fail(request, &poly_problem_forbidden);
        return false;
    }
    kept = poly_arena_alloc(poly_request_arena(request), sizeof(*kept));
    *kept = *caller;
    poly_request_set_caller(request, kept);
    return true;
}

static bool admit_student(poly_request *request, unsigned who)
{
    const services_service *service = poly_request_context(request);
    poly_arena *arena = poly_request_arena(request);
    poly_student_session_token claims;
    poly_result result = poly_token_verify_student_session(
        service->session_verifier, poly_request_header(request, STUDENT_TOKEN), arena, &claims, NULL);

    if (result == POLY_OK)
        return admit(request, who,
                     &(services_caller){
                         .who = WHO_STUDENT,
                         .id = claims.student_id,
                         .name = claims.student_name,
                         .email = claims.student_email,
                         .actor = poly_arena_printf(arena, "student:%s", claims.student_id),
                     });
    if (result == POLY_REJECTED)
        poly_fail_unauthenticated(request, true);
    else
        poly_fail_dependency(request, result, "signing keys");
    return false;
}

/*
 * The department of whom the token speaks, looked up at each use: when department or executor is deleted, its tokens
 * end with it. False: it has been answered.
 */
static bool find_department(poly_request *request, const poly_access_token *token, services_caller *caller)
{
    const services_service *service = poly_request_context(request);
    poly_arena *arena = poly_request_arena(request);
    poly_result result = POLY_NOT_FOUND;

    if (token->entity_id && poly_uuid_is_valid(token->entity_id))
        result = caller->who == WHO_STAFF
                     ? store_department_is_alive(service->pg, arena, token->entity_id, &caller->department_id)
                     : store_executor_is_alive(service->pg, arena, token->entity_id, &caller->executor_id,
                                               &caller->department_id);
    if (result == POLY_NOT_FOUND)
        poly_fail_unauthenticated(request, true);
    else if (result != POLY_OK)
        poly_fail_dependency(request, result, "postgresql");
    return result == POLY_OK;
}

static unsigned who_has(poly_role role)
{
    switch (role) {
    case POLY_ROLE_ADMIN:
        return WHO_ADMIN;
    case POLY_ROLE_STAFF:
        return WHO_STAFF;
    case POLY_ROLE_EXECUTOR:
        return WHO_EXECUTOR;
    case POLY_ROLE_TEACHER:
        break;
    }
    return 0;
}

static bool admit_user(poly_request *request, unsigned who)
{
    const services_service *service = poly_request_context(request);
    const poly_access_token *token = poly_access_require(request, service->access_verifier);
    services_caller caller;

    if (!token)
        return false;
    caller = (services_caller){
        .who = token->app == POLY_APP_SERVICES ? who_has(token->role) : 0,
        .id = token->user_id,
        .name = token->full_name,
        .email = "",
        .actor = token->user_id,
    };
    if ((caller.who & (WHO_STAFF | WHO_EXECUTOR)) && !find_department(request, token, &caller))
        return false;
    return admit(request, who, &caller);
}

bool caller_guard(poly_request *request, unsigned who)
{
    bool has_student = poly_request_header(request, STUDENT_TOKEN).data != NULL;
    bool has_bearer = poly_request_bearer(request).data != NULL;

    if (who == WHO_ANYONE)
        return true;
    /* Whoever sends both is taken for whom the route serves, and for the user if it serves both. */
    if (has_student && (!has_bearer || !(who & ~(unsigned)WHO_STUDENT)))
        return admit_student(request, who);
    if (!has_bearer) {
        poly_fail_unauthenticated(request, false);
        return false;
    }
    return admit_user(request, who);
}

const services_caller *caller_of(poly_request *request)
{
    return poly_request_caller(request);
}

const char *caller_role(const services_caller *caller)
{
    switch (caller->who) {
    case WHO_STUDENT:
        return "student";
    case WHO_STAFF:
        return "staff";
    case WHO_EXECUTOR:
        return "executor";
    default:
        return "admin";
    }
}

bool caller_may_touch(const services_caller *caller, const char *department_id)
{
    return caller->who == WHO_ADMIN || (caller->department_id && strcmp(caller->department_id, department_id) == 0);
}
