/* SPDX-License-Identifier: MIT */
/* What is counted and logged of every request. */
#include "http/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_MIN 100
#define STATUS_MAX 599

/* Counters of statuses come into being when a status is first seen; two loops may race to the same one. */
struct route_metrics {
    const char *route;
    const char *method;
    poly_histogram *duration;
    _Atomic(poly_counter *) by_status[STATUS_MAX - STATUS_MIN + 1];
};

struct route_metrics *route_metrics_create(const struct http_router *router)
{
    size_t count = http_router_route_count(router);
    struct route_metrics *metrics = poly_alloc_zero(count + 1, sizeof(*metrics));

    for (size_t i = 0; i <= count; i++) {
        const poly_route *route = i < count ? http_router_route(router, i) : NULL;
        poly_label labels[] = {{"route", "none"}, {NULL, NULL}};

        metrics[i].route = route ? (route->metric ? route->metric : route->path) : "none";
        metrics[i].method = route ? poly_method_name(route->method) : "any";
        labels[0].value = metrics[i].route;
        metrics[i].duration = poly_histogram_get("http_request_duration_seconds",
                                                 "From the request's head to the answer's last byte.", labels);
    }
    return metrics;
}

void route_metrics_destroy(struct route_metrics **metrics)
{
    free(*metrics);
    *metrics = NULL;
}

static poly_counter *status_counter(struct route_metrics *metrics, int status)
{
    _Atomic(poly_counter *) *slot = &metrics->by_status[status - STATUS_MIN];
    poly_counter *counter = atomic_load_explicit(slot, memory_order_acquire);
    char text[12];
    poly_label labels[] = {{"route", metrics->route}, {"method", metrics->method}, {"status", text}, {NULL, NULL}};

    if (counter)
        return counter;
    snprintf(text, sizeof(text), "%d", status);
    counter = poly_counter_get("http_requests_total", "Requests answered.", labels);
    atomic_store_explicit(slot, counter, memory_order_release);
    return counter;
}

/* What the log and the metrics show for a request whose client left before the answer. */
#define STATUS_CLIENT_GONE 499

static int status_of(const poly_request *request)
{
    return request->answer.status ? request->answer.status : STATUS_CLIENT_GONE;
}

void route_metrics_count(poly_request *request, uint64_t microseconds)
{
    poly_server *server = request->connection->home->server;
    size_t index = request->match.route ? request->match.route_index : http_router_route_count(server->router);
    struct route_metrics *metrics = &server->metrics[index];

    poly_counter_add(status_counter(metrics, status_of(request)), 1);
    poly_histogram_observe(metrics->duration, microseconds);
}

/* A copy that ends in NUL, cut to the room. */
static const char *copy_text(char *out, size_t room, poly_slice text)
{
    size_t size = text.size < room ? text.size : room - 1;

    if (size)
        memcpy(out, text.data, size);
    out[size] = '\0';
    return out;
}

void request_log(const poly_request *request, uint64_t microseconds)
{
    int status = status_of(request);
    char method[36];
    char path[512];

    if (!poly_log_enabled(POLY_LOG_INFO))
        return;
    poly_log(status >= 500 ? POLY_LOG_WARNING : POLY_LOG_INFO, "request",
             poly_text_field("method", copy_text(method, sizeof(method), request->head.method_text)),
             poly_text_field("path", copy_text(path, sizeof(path), request->head.path)),
             poly_int_field("status", status), poly_int_field("bytes", request->answer.bytes),
             poly_int_field("duration_us", microseconds), poly_text_field("address", request->address));
}
