/* SPDX-License-Identifier: MIT */
#include "handlers.h"

#include "launch.h"
#include "service.h"

/* POST /api/auth/verify-launch {token}: who the student is. */
void post_verify_launch(poly_request *request)
{
    poly_launch_token claims;
    poly_json_writer writer;
    const poly_json *body;
    const char *token;
    poly_strbuf answer;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    token = poly_body_secret_required(request, body, "token", POLY_TOKEN_MAX_SIZE);
    if (poly_request_refused(request) || launch_verify(request, token, &claims) != POLY_OK)
        return;
    poly_strbuf_init(&answer, 64 * 1024);
    poly_json_writer_init(&writer, &answer);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "student_external_id", claims.student_id);
    poly_json_put_text(&writer, "student_name", claims.student_name);
    poly_json_put_text(&writer, "student_email", claims.student_email);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &answer);
}
