/* SPDX-License-Identifier: MIT */
#include "session_answer.h"

#include "service.h"

void session_respond(poly_request *request, const session_answer *answer)
{
    const sso_service *service = poly_request_context(request);
    const sso_user *user = answer->user;
    poly_access_token claims = user_claims(user, POLY_AUTH_SSO);
    const char *access_token;
    poly_json_writer writer;
    poly_strbuf body;
    poly_result result =
        poly_token_sign_access(&service->issuer, &claims, (unsigned)service->config->access_token_seconds,
                               poly_request_arena(request), &access_token);

    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "access token");
        return;
    }
    poly_strbuf_init(&body, 16 * 1024);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "access_token", access_token);
    poly_json_put_text(&writer, "refresh_token", answer->refresh_token);
    poly_json_put_text(&writer, "app", poly_app_name(user->app));
    poly_json_put_text(&writer, "role", poly_role_name(user->role));
    poly_json_put_text(&writer, "full_name", user->full_name);
    poly_json_put_text(&writer, "entity_id", user->entity_id);
    if (answer->with_redirect)
        poly_json_put_text(&writer, "redirect_to", answer->redirect_to);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}
