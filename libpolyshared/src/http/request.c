/* SPDX-License-Identifier: MIT */
#include "http/connection.h"
#include "http/sse.h"

#include <stdlib.h>
#include <string.h>

#define SPARE_REQUESTS      64u
#define ARENA_BLOCK         4096u
#define DEFAULT_DEADLINE_MS 10000u

poly_request *request_create(struct connection *connection)
{
    struct server_loop *home = connection->home;
    poly_request *request = home->spare_requests;
    poly_arena *arena;

    if (request) {
        home->spare_requests = request->next_spare;
        home->spare_request_count--;
        arena = request->arena;
    } else {
        request = poly_alloc(sizeof(*request));
        arena = poly_arena_create(ARENA_BLOCK);
    }
    memset(request, 0, offsetof(poly_request, head) + offsetof(struct http_head, fields));
    request->arena = arena;
    request->connection = connection;
    request->address = connection->address;
    request->fields_end = &request->fields;
    request->faults_end = &request->faults;
    return request;
}

/* Zeroes whatever held the body. What the connection received behind it stays. */
static void wipe(poly_request *request)
{
    struct connection *connection = request->connection;

    poly_json_wipe(&request->document);
    poly_arena_wipe(request->arena);
    if (connection->input)
        explicit_bzero(connection->input->bytes, connection->input_start);
}

void request_destroy(poly_request *request)
{
    struct server_loop *home = request->connection->home;

    if (request->secret)
        wipe(request);
    poly_json_destroy(&request->document);
    poly_blob_unref(&request->answer.body);
    if (home->spare_request_count == SPARE_REQUESTS) {
        poly_arena_destroy(&request->arena);
        free(request);
        return;
    }
    poly_arena_reset(request->arena);
    request->next_spare = home->spare_requests;
    home->spare_requests = request;
    home->spare_request_count++;
}

/* Nobody but a trusted proxy is believed that the client is another one than the peer. */
static void find_client(poly_request *request)
{
    struct connection *connection = request->connection;
    struct network_address client;
    char *text;

    if (!connection->from_proxy || !forwarded_client(&connection->home->server->proxies, &request->head, &client))
        return;
    text = poly_arena_alloc(request->arena, NETWORK_TEXT_SIZE);
    network_address_format(&client, text);
    request->address = text;
}

void request_begin(poly_request *request)
{
    struct server_loop *home = request->connection->home;

    find_client(request);
    request->started = poly_loop_now(home->loop);
    poly_trace_start(&request->trace, request->head.known[HTTP_X_REQUEST_ID], request->head.known[HTTP_TRACEPARENT]);
    request->log_context = (poly_log_context){request->trace.request_id, request->trace.trace_id};
}

void request_finish(poly_request *request)
{
    struct connection *connection = request->connection;
    uint64_t microseconds = poly_time_monotonic() - request->started;
    const poly_log_context *outer = poly_log_get_context();

    poly_log_set_context(&request->log_context);
    route_metrics_count(request, microseconds);
    request_log(request, microseconds);
    poly_log_set_context(outer == &request->log_context ? NULL : outer);
    connection->request = NULL;
    sse_forget_unstarted(connection);
    request_destroy(request);
}

static bool decode_params(poly_request *request)
{
    for (size_t i = 0; i < request->match.param_count; i++) {
        struct http_param *param = &request->match.params[i];
        char *decoded = http_percent_decode(request->arena, param->value, false);

        if (!decoded)
            return false;
        param->value = (poly_slice){decoded, strlen(decoded)};
    }
    return true;
}

static void refuse_route(poly_request *request)
{
    if (!request->match.allowed) {
        poly_fail(request, &problem_not_found);
    } else if (request->head.method == POLY_OPTIONS) {
        cors_answer_options(request);
    } else {
        char allowed[64];

        http_allow_text(request->match.allowed, allowed, sizeof(allowed));
        poly_respond_header(request, "Allow", allowed);
        poly_fail(request, &problem_method_not_allowed);
    }
}

/* Health, metrics and the API's description are for everybody. */
static bool is_let_in(poly_request *request)
{
    const poly_server *server = request->connection->home->server;

    return !server->options.guard || request->match.route_index >= server->guarded_routes ||
           server->options.guard(request, request->match.route->who);
}

static void dispatch(poly_request *request)
{
    poly_server *server = request->connection->home->server;
    const poly_route *route;

    if (poly_slice_equal(request->head.path, "*")) {
        cors_answer_options(request);
        return;
    }
    http_router_match(server->router, request->head.method, request->head.path, &request->match);
    route = request->match.route;
    request->path = http_percent_decode(request->arena, request->head.path, false);
    if (!request->path || !http_query_parse(request->arena, request->head.query, &request->query) ||
        !decode_params(request)) {
        poly_fail_detail(request, &problem_malformed,
                         poly_request_say(request, (poly_message){
                                                       "Адрес запроса закодирован неверно: нужен UTF-8 в виде %XX.",
                                                       "The request's address is not percent-encoded UTF-8.",
                                                   }));
        return;
    }
    if (!route) {
        refuse_route(request);
        return;
    }
    request->secret = request->connection->secret = route->secret;
    poly_fiber_set_deadline(request->started +
                            POLY_MILLISECONDS(route->deadline_ms ? route->deadline_ms : DEFAULT_DEADLINE_MS));
    if (is_let_in(request))
        route->handler(request);
}

void request_handle(poly_request *request)
{
    struct server_loop *home = request->connection->home;
    poly_server *server = home->server;

    if (request->answer.begun) /* refused before there was a request to handle */
        return;
    request_begin(request);
    poly_log_set_context(&request->log_context);
    home->active_count++;
    if (home->active_count > server->options.max_active) {
        poly_counter_add(server->shed_counter, 1);
        poly_fail(request, &problem_overloaded);
    } else {
        dispatch(request);
    }
    poly_fiber_set_deadline(POLY_NO_DEADLINE);
    if (!request->answer.begun && !request->answer.aborted && !poly_fiber_is_cancelled()) {
        poly_log_plain(POLY_LOG_ERROR, "the handler gave no answer");
        poly_fail(request, &problem_internal);
    }
    home->active_count--;
    poly_log_set_context(NULL);
}

/* --- accessors --- */

poly_arena *poly_request_arena(poly_request *request)
{
    return request->arena;
}

void *poly_request_context(poly_request *request)
{
    return request->connection->home->server->options.context;
}

poly_method poly_request_method(const poly_request *request)
{
    return request->head.method;
}

const char *poly_request_path(const poly_request *request)
{
    return request->path ? request->path : "";
}

poly_slice poly_request_header(const poly_request *request, const char *name)
{
    for (size_t i = 0; i < request->head.field_count; i++)
        if (poly_slice_equal_nocase(request->head.fields[i].name, name))
            return request->head.fields[i].value;
    return (poly_slice){NULL, 0};
}

const char *poly_request_id(const poly_request *request)
{
    return request->trace.request_id;
}

const char *poly_request_address(const poly_request *request)
{
    return request->address;
}
