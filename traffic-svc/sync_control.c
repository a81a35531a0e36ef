/* SPDX-License-Identifier: MIT */
/* The teacher sync as administrators see it, here and through sso-svc. */
#include "handlers.h"

#include "caller.h"
#include "problems.h"
#include "service.h"
#include "store_sync.h"
#include "teacher_sync.h"

#define STATUS_MAX ((size_t)128 * 1024)

static void write_stats(poly_json_writer *writer, const char *stats)
{
    if (stats)
        poly_json_put_raw(writer, "last_stats", poly_slice_of(stats));
    else
        poly_json_put_null(writer, "last_stats");
}

static void write_status(poly_request *request, poly_json_writer *writer, const sync_status *status, bool started)
{
    const traffic_service *service = poly_request_context(request);

    poly_json_begin_object(writer, NULL);
    if (started)
        poly_json_put_text(writer, "status", "started");
    poly_json_put_bool(writer, "running", status->running);
    poly_json_put_bool(writer, "enabled", service->config->teacher_sync_enabled);
    poly_json_put_int(writer, "interval_seconds", service->config->teacher_sync_interval_seconds);
    poly_json_put_text(writer, "last_source", status->last_source);
    poly_json_put_text(writer, "last_started_at", status->last_started_at);
    poly_json_put_text(writer, "last_finished_at", status->last_finished_at);
    poly_json_put_text(writer, "last_success_at", status->last_success_at);
    poly_json_put_text(writer, "last_error",
                       poly_request_say(request, (poly_message){status->last_error, status->last_error_en}));
    poly_json_put_int(writer, "runs_total", status->runs_total);
    poly_json_put_int(writer, "runs_failed", status->runs_failed);
    write_stats(writer, status->last_stats);
    poly_json_end_object(writer);
}

static void respond_status(poly_request *request, int code)
{
    const traffic_service *service = poly_request_context(request);
    poly_json_writer writer;
    poly_strbuf body;
    sync_status status;
    poly_result result = store_sync_status(service->pg, poly_request_arena(request), &status);

    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "postgresql");
        return;
    }
    poly_strbuf_init(&body, STATUS_MAX);
    poly_json_writer_init(&writer, &body);
    write_status(request, &writer, &status, code == 202);
    poly_respond_json(request, code, &body);
}

/* GET /api/teachers/sync/status. */
void get_sync_status(poly_request *request)
{
    respond_status(request, 200);
}

/* POST /api/teachers/sync/run: 202 with the status, or 409 while one runs. */
void post_sync_run(poly_request *request)
{
    traffic_service *service = poly_request_context(request);
    poly_audit audit;
    poly_result result;

    poly_audit_begin(&audit, request, caller_of(request)->actor);
    result = poly_audit_record(&audit, service->pg, "teacher_sync_requested", NULL, NULL);
    if (result == POLY_OK)
        result = teacher_sync_run(service, poly_request_arena(request));
    if (result == POLY_OK)
        respond_status(request, 202);
    else if (result == POLY_CONFLICT)
        poly_fail(request, &problem_sync_runs);
    else
        poly_fail_dependency(request, result, "postgresql");
}
