/* SPDX-License-Identifier: MIT */
/* A server with a handler of each kind, for the tests that talk to it through real sockets. */
#ifndef POLY_TESTS_HTTP_SERVER_FIXTURE_H
#define POLY_TESTS_HTTP_SERVER_FIXTURE_H

#include "loopback.h"

#include "poly/log.h"

#include <check.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static struct loopback loopback;
static char answer[4 * 1024 * 1024];
static atomic_int cancelled;
static poly_latch *started_latch;
static poly_latch *finished_latch;

static void get_echo(poly_request *request)
{
    const char *q = poly_request_query(request, "q");
    poly_strbuf body;

    poly_strbuf_init(&body, 4096);
    poly_strbuf_printf(&body, "%s|%s|%s", poly_request_param(request, "name"), q ? q : "-", poly_request_path(request));
    poly_respond_strbuf(request, 200, "text/plain; charset=utf-8", &body);
}

static void post_length(poly_request *request)
{
    poly_slice body;
    poly_strbuf out;

    if (poly_request_body(request, 100000, &body) != POLY_OK)
        return;
    poly_strbuf_init(&out, 64);
    poly_strbuf_printf(&out, "%zu", body.size);
    poly_respond_strbuf(request, 200, "text/plain", &out);
}

static void post_json(poly_request *request)
{
    const poly_json *document;

    if (poly_request_json(request, &document) == POLY_OK)
        poly_respond_empty(request, 204);
}

static void get_large(poly_request *request)
{
    char piece[20000];
    poly_strbuf out;

    memset(piece, 'x', sizeof(piece));
    poly_strbuf_init(&out, 3 * 1024 * 1024);
    for (int i = 0; i < 100; i++)
        poly_strbuf_append(&out, piece, sizeof(piece));
    poly_respond_strbuf(request, 200, "text/plain", &out);
}

static void get_values(poly_request *request)
{
    int64_t id = poly_query_int_required(request, "id", 1, 100);
    poly_date date = poly_query_date(request, "date", (poly_date){2026, 9, 1});
    poly_strbuf out;
    char text[POLY_DATE_SIZE];

    if (poly_request_refused(request))
        return;
    poly_date_format(date, text);
    poly_strbuf_init(&out, 64);
    poly_strbuf_printf(&out, "%lld %s", (long long)id, text);
    poly_respond_strbuf(request, 200, "text/plain", &out);
}

static void get_sleep(poly_request *request)
{
    poly_latch_open(started_latch);
    if (poly_fiber_sleep(POLY_SECONDS(60)) == POLY_CANCELLED)
        atomic_store(&cancelled, 1);
    poly_latch_open(finished_latch);
    poly_fail_dependency(request, POLY_CANCELLED, "nobody");
}

static void get_slowly(poly_request *request)
{
    if (poly_fiber_sleep(POLY_MILLISECONDS(100)) == POLY_OK)
        poly_respond_empty(request, 204);
}

static void get_stream(poly_request *request)
{
    int64_t length = poly_query_int(request, "length", -1, 100, -1);

    if (poly_stream_begin(request, 200, "text/plain", length) == POLY_OK &&
        poly_stream_write(request, "abc", 3) == POLY_OK && poly_stream_write(request, "defg", 4) == POLY_OK)
        poly_stream_end(request);
}

enum { FLOOD_SIZE = 20000000 };
static atomic_int flood_result;

static void get_flood(poly_request *request)
{
    char piece[20000];
    poly_result result = poly_stream_begin(request, 200, "text/plain", FLOOD_SIZE);

    memset(piece, '~', sizeof(piece));
    poly_latch_open(started_latch);
    for (int i = 0; result == POLY_OK && i < FLOOD_SIZE; i += (int)sizeof(piece))
        result = poly_stream_write(request, piece, sizeof(piece));
    if (result == POLY_OK)
        poly_stream_end(request);
    atomic_store(&flood_result, (int)result);
    poly_latch_open(finished_latch);
}

static void get_kept(poly_request *request)
{
    static const char text[] = "a representation that has been made before";
    poly_blob *identity = poly_blob_create(text, sizeof(text) - 1);
    poly_blob *gzip = poly_blob_gzip(identity, 6);
    poly_representation representation = {identity, gzip, "tag1", "text/plain", "public, max-age=60"};

    poly_respond_representation(request, &representation);
    poly_blob_unref(&identity);
    poly_blob_unref(&gzip);
}

static void get_nothing(poly_request *request)
{
    (void)request;
}

static const poly_route routes[] = {
    {POLY_GET, "/echo/{name}", .handler = get_echo}, {POLY_POST, "/length", .handler = post_length},
    {POLY_POST, "/json", .handler = post_json},      {POLY_GET, "/large", .handler = get_large},
    {POLY_GET, "/values", .handler = get_values},    {POLY_GET, "/sleep", .handler = get_sleep},
    {POLY_GET, "/slowly", .handler = get_slowly},    {POLY_GET, "/stream", .handler = get_stream},
    {POLY_GET, "/flood", .handler = get_flood},      {POLY_GET, "/kept", .handler = get_kept},
    {POLY_GET, "/nothing", .handler = get_nothing},  {.path = NULL},
};

static const char *const origins[] = {"https://campus.example", NULL};

static inline void setup(void)
{
    poly_log_start("test", POLY_LOG_ERROR, open("/dev/null", O_WRONLY));
    started_latch = poly_latch_create();
    finished_latch = poly_latch_create();
    loopback_start(&loopback, routes,
                   (poly_server_options){.cors_allow_origins = origins, .drain_ms = 3000, .max_active = 8}, 2);
}

static inline void teardown(void)
{
    loopback_stop(&loopback);
    poly_latch_unref(&started_latch);
    poly_latch_unref(&finished_latch);
    poly_log_stop();
}

static inline int get(const char *target, const char *fields)
{
    char request[4096];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n", target, fields);
    return loopback_exchange(&loopback, request, answer, sizeof(answer));
}

#endif
