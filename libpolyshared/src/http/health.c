/* SPDX-License-Identifier: MIT */
/* What every daemon answers beside its own routes. */
#include "http/connection.h"

static const poly_problem problem_not_ready = {
    503,
    "not_ready",
    {"Сервис не готов", "Not ready"},
    {"Сервис ещё или уже не принимает запросы.", "The service does not take requests yet, or any more."},
    1,
};

static void get_health(poly_request *request)
{
    poly_strbuf body;

    poly_strbuf_init(&body, 64);
    poly_strbuf_append_text(&body, "{\"status\":\"ok\"}");
    poly_respond_json(request, 200, &body);
}

/* The check's member of the answer; true when it stands in the way of being ready. */
static bool write_check(poly_json_writer *writer, const struct readiness_check *check)
{
    poly_strbuf detail;
    poly_result result;

    poly_strbuf_init(&detail, 512);
    result = check->check(check->argument, &detail);
    poly_json_begin_object(writer, check->name);
    poly_json_put_text(writer, "status", result == POLY_OK ? "ok" : poly_result_name(result));
    poly_json_put_bool(writer, "required", check->required);
    if (detail.size)
        poly_json_put_text(writer, "detail", poly_strbuf_text(&detail));
    poly_json_end_object(writer);
    poly_strbuf_release(&detail);
    return result != POLY_OK && check->required;
}

static void get_ready(poly_request *request)
{
    poly_server *server = request->connection->home->server;
    bool draining = atomic_load(&server->draining);
    bool failing = draining;
    poly_json_writer writer;
    poly_strbuf checks;
    poly_strbuf body;

    poly_strbuf_init(&checks, 16 * 1024);
    poly_json_writer_init(&writer, &checks);
    poly_json_begin_object(&writer, NULL);
    for (size_t i = 0; i < server->check_count; i++)
        failing |= write_check(&writer, &server->checks[i]);
    poly_json_end_object(&writer);
    poly_strbuf_init(&body, 20 * 1024);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    if (failing) {
        poly_json_put_text(&writer, "type", "about:blank");
        poly_json_put_text(&writer, "title", poly_request_say(request, problem_not_ready.title));
        poly_json_put_int(&writer, "status", problem_not_ready.status);
        poly_json_put_text(&writer, "detail", poly_request_say(request, problem_not_ready.detail));
        poly_json_put_text(&writer, "code", draining ? "draining" : problem_not_ready.code);
        poly_json_put_text(&writer, "request_id", poly_request_id(request));
        poly_respond_header(request, "Retry-After", "1");
    } else {
        poly_json_put_text(&writer, "status", "ready");
    }
    poly_json_put_raw(&writer, "checks", (poly_slice){poly_strbuf_text(&checks), checks.size});
    poly_json_end_object(&writer);
    poly_strbuf_release(&checks);
    poly_respond_strbuf(request, failing ? 503 : 200, failing ? "application/problem+json" : "application/json", &body);
}

static void get_metrics(poly_request *request)
{
    poly_strbuf body;

    poly_strbuf_init(&body, 4 * 1024 * 1024);
    poly_metrics_write(&body);
    poly_respond_strbuf(request, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
}

static void get_openapi(poly_request *request)
{
    const poly_server_options *options = &request->connection->home->server->options;
    poly_blob *document;

    if (!options->openapi_json) {
        poly_fail(request, &problem_not_found);
        return;
    }
    document = poly_blob_create(options->openapi_json, options->openapi_size);
    poly_respond_header(request, "Cache-Control", "public, max-age=300");
    poly_respond_blob(request, 200, "application/json", document);
    poly_blob_unref(&document);
}

const poly_route health_routes[] = {
    {.method = POLY_GET, .path = "/api/health", .handler = get_health},
    {.method = POLY_GET, .path = "/healthz", .handler = get_health},
    {.method = POLY_GET, .path = "/readyz", .handler = get_ready},
    {.method = POLY_GET, .path = "/metrics", .handler = get_metrics},
    {.method = POLY_GET, .path = "/openapi.json", .handler = get_openapi},
    {.path = NULL},
};
