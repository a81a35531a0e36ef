/* SPDX-License-Identifier: MIT */
#include "launch.h"

#include "problems.h"
#include "service.h"

poly_result launch_verify(poly_request *request, const char *token, poly_launch_token *claims)
{
    const traffic_service *service = poly_request_context(request);
    poly_result result = poly_token_verify_launch(service->launch_verifier, poly_slice_of(token),
                                                  poly_request_arena(request), claims, NULL);

    if (result == POLY_REJECTED) {
        poly_respond_header(request, "WWW-Authenticate", "Bearer realm=\"traffic-svc\", error=\"invalid_token\"");
        poly_fail(request, &problem_launch_refused);
    } else if (result != POLY_OK) {
        poly_fail_dependency(request, result, "main-svc's keys");
    }
    return result;
}
