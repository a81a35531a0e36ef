/* SPDX-License-Identifier: MIT */
#include "caller.h"

#include "service.h"

static bool admit_student(poly_request *request)
{
    const main_service *service = poly_request_context(request);
    poly_slice token = poly_request_bearer(request);
    poly_student_token *claims;
    poly_result result;

    if (!token.data) {
        poly_fail_unauthenticated(request, false);
        return false;
    }
    claims = poly_arena_alloc(poly_request_arena(request), sizeof(*claims));
    result = poly_token_verify_student(service->verifier, token, poly_request_arena(request), claims, NULL);
    if (result == POLY_OK)
        poly_request_set_caller(request, claims);
    else if (result == POLY_REJECTED)
        poly_fail_unauthenticated(request, true);
    else
        poly_fail_dependency(request, result, "signing keys");
    return result == POLY_OK;
}

bool caller_guard(poly_request *request, unsigned who)
{
    return who == WHO_ANYONE || admit_student(request);
}

const poly_student_token *caller_student(poly_request *request)
{
    return poly_request_caller(request);
}
