/* SPDX-License-Identifier: MIT */
/* Control of traffic-svc's teacher sync, passed on. */
#include "handlers.h"

#include <string.h>
#include <strings.h>

#include "poly/audit.h"

#include "caller.h"

#include "problems.h"
#include "service.h"

static bool is_json(const poly_httpc_response *response)
{
    poly_json *document;
    bool parses;

    if (strncasecmp(response->content_type, "application/json", 16) != 0 &&
        strncasecmp(response->content_type, "application/problem+json", 24) != 0)
        return false;
    parses = poly_json_parse(response->body.data, response->body.size, NULL, &document, NULL) == POLY_OK;
    poly_json_destroy(&document);
    return parses;
}

/* JSON goes through as it is; 401 and 403 are about our secret and not about who asks. */
static bool is_for_caller(const poly_httpc_response *response)
{
    return is_json(response) && response->status >= 200 && response->status != 401 && response->status != 403 &&
           (response->status < 300 || response->status >= 400);
}

static void pass_on(poly_request *request, const poly_httpc_response *response)
{
    poly_blob *body = poly_blob_create(response->body.data, response->body.size);

    poly_respond_blob(request, response->status,
                      response->status < 300 ? "application/json" : "application/problem+json", body);
    poly_blob_unref(&body);
}

static void relay(poly_request *request, poly_method method, const char *path)
{
    const sso_service *service = poly_request_context(request);
    poly_arena *arena = poly_request_arena(request);
    const char *const headers[] = {
        poly_arena_printf(arena, "X-Service-Secret: %s", service->config->traffic_internal_secret), NULL};
    poly_httpc_response response;
    poly_result result = poly_httpc_call(
        service->traffic, &(poly_httpc_request){.method = method, .path = path, .headers = headers}, arena, &response);

    if (result == POLY_UNAVAILABLE)
        poly_fail(request, &problem_sync_unavailable);
    else if (result != POLY_OK)
        poly_fail_dependency(request, result, "traffic-svc");
    else if (is_for_caller(&response))
        pass_on(request, &response);
    else
        poly_fail(request, &problem_sync_rejected);
}

/* GET /api/integrations/traffic/teacher-sync/status. */
void get_teacher_sync_status(poly_request *request)
{
    relay(request, POLY_GET, "/api/teachers/sync/status");
}

/* POST /api/integrations/traffic/teacher-sync/run: 202, or 409 while one runs. */
void post_teacher_sync_run(poly_request *request)
{
    const sso_service *service = poly_request_context(request);
    poly_audit audit;
    poly_result result;

    poly_audit_begin(&audit, request, caller_of(request)->actor);
    result = poly_audit_record(&audit, service->pg, "teacher_sync_requested", NULL, NULL);
    if (result == POLY_OK)
        relay(request, POLY_POST, "/api/teachers/sync/run");
    else
        poly_fail_dependency(request, result, "postgresql");
}
