/* SPDX-License-Identifier: MIT */
/* The portal's mini-apps, and the tokens that they are opened with. */
#include "handlers.h"

#include "caller.h"
#include "problems.h"
#include "service.h"

#define APP_MAX 64

/* GET /api/miniapps: an array. */
void get_miniapps(poly_request *request)
{
    const main_service *service = poly_request_context(request);

    poly_respond_representation(request, &(poly_representation){
                                             .identity = miniapps_json(service->miniapps),
                                             .etag = miniapps_etag(service->miniapps),
                                             .content_type = "application/json",
                                             .cache_control = "public, max-age=60",
                                         });
}

/* The audience that ?app= asks for. False: it has been answered. */
static bool set_audience(poly_request *request, poly_launch_token *claims)
{
    const main_service *service = poly_request_context(request);
    const char *app = poly_query_text(request, "app", APP_MAX);

    if (poly_request_refused(request))
        return false;
    if (!app) {
        claims->base.audience[0] = "services";
        claims->base.audience[1] = "traffic";
        return true;
    }
    claims->base.audience[0] = miniapps_find(service->miniapps, app);
    if (!claims->base.audience[0])
        poly_fail(request, &problem_app_unknown);
    return claims->base.audience[0] != NULL;
}

/* GET /api/miniapps/launch-token?app=: {"launch_token"}. */
void get_launch_token(poly_request *request)
{
    main_service *service = poly_request_context(request);
    const poly_student_token *student = caller_student(request);
    poly_launch_token claims = {
        .student_id = student->student_id,
        .student_name = student->name,
        .student_email = student->email,
    };
    const char *token;
    poly_json_writer writer;
    poly_strbuf body;
    poly_result result;

    if (!set_audience(request, &claims))
        return;
    result = poly_token_sign_launch(&service->issuer, &claims, (unsigned)service->config->launch_token_seconds,
                                    poly_request_arena(request), &token);
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "launch token");
        return;
    }
    poly_counter_add(service->metrics.launch_tokens, 1);
    poly_strbuf_init(&body, 16 * 1024);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "launch_token", token);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}
