/* SPDX-License-Identifier: MIT */
#include "session.h"

const char *session_token(poly_request *request, const student_profile *student, const char **id)
{
    const main_service *service = poly_request_context(request);
    poly_student_token claims = {
        .base.audience = {MAIN_AUDIENCE},
        .student_id = student->id,
        .email = student->email,
        .name = student->name,
        .study_group = student->study_group,
        .grade_book_number = student->grade_book_number,
        .faculty_abbr = student->faculty_abbr,
    };
    const char *token;
    poly_result result =
        poly_token_sign_student(&service->issuer, &claims, (unsigned)service->config->student_token_seconds,
                                poly_request_arena(request), &token);

    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "student token");
        return NULL;
    }
    *id = claims.base.id;
    return token;
}

void session_store_fail(poly_request *request, poly_result result)
{
    poly_fail_dependency(request, result == POLY_IO ? POLY_UNAVAILABLE : result, "session store");
}
