/* SPDX-License-Identifier: MIT */
/* A server with streams of events, and a client's side of one. */
#ifndef POLY_TESTS_HTTP_SSE_FIXTURE_H
#define POLY_TESTS_HTTP_SSE_FIXTURE_H

#include "loopback.h"

#include "poly/log.h"
#include "poly/sse.h"
#include "poly/time.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loopback loopback;
static poly_sse_hub *hub;
static atomic_int gone_count;
static atomic_int handlers_waiting;
static poly_latch *go_on; /* for handlers that wait between join and start */

static void note_gone(void *argument)
{
    atomic_fetch_add((atomic_int *)argument, 1);
}

/* /events/{topic}?lifetime=&all=: also of the topic "all". */
static void get_events(poly_request *request)
{
    const char *const topics[] = {poly_request_param(request, "topic"), "all", NULL};
    const char *last_id = poly_sse_last_id(request);
    const poly_sse_options options = {
        .topics = topics,
        .lifetime_ms = (unsigned)poly_query_int(request, "lifetime", 0, 100000, 0),
        .gone = note_gone,
        .argument = &gone_count,
    };
    poly_sse *subscriber = poly_sse_join(request, hub, &options);

    poly_sse_send(subscriber, &(poly_sse_event){.name = "hello", .data = poly_slice_of(last_id ? last_id : "new")});
    poly_sse_start(subscriber);
}

static atomic_int slow_started; /* what poly_sse_start said */

/* Joins, waits for the test, says what sequence it stands for, and starts, or refuses. */
static void get_slowly(poly_request *request)
{
    static const char *const topics[] = {"slow", NULL};
    poly_sse *subscriber =
        poly_sse_join(request, hub, &(poly_sse_options){topics, .gone = note_gone, .argument = &gone_count});
    int64_t covered = poly_query_int(request, "covered", 0, 1000, 0);
    poly_result waited;

    atomic_fetch_add(&handlers_waiting, 1);
    waited = poly_latch_wait(go_on, POLY_NO_DEADLINE);
    if (waited != POLY_OK || poly_request_query(request, "refuse")) {
        poly_fail_dependency(request, waited == POLY_OK ? POLY_UNAVAILABLE : waited, "test");
        return;
    }
    poly_sse_send(subscriber, &(poly_sse_event){.data = poly_slice_of("state"), .sequence = (uint64_t)covered});
    atomic_store(&slow_started, poly_sse_start(subscriber));
}

static void get_plain(poly_request *request)
{
    poly_respond_empty(request, 204);
}

static const poly_route sse_routes[] = {
    {POLY_GET, "/events/{topic}", .handler = get_events},
    {POLY_GET, "/slowly", .handler = get_slowly},
    {POLY_GET, "/plain", .handler = get_plain},
    {.path = NULL},
};

static inline void setup_hub(poly_sse_hub_options options, unsigned workers)
{
    poly_log_start("test", POLY_LOG_ERROR, open("/dev/null", O_WRONLY));
    go_on = poly_latch_create();
    options.name = "test";
    loopback_start(&loopback, sse_routes, (poly_server_options){.drain_ms = 3000}, workers);
    hub = poly_sse_hub_create(loopback.runtime, &options);
}

static inline void stop_without_drain(void)
{
    poly_runtime_stop(loopback.runtime);
    poly_server_destroy(&loopback.server);
    poly_sse_hub_destroy(&hub);
    poly_runtime_destroy(&loopback.runtime);
    poly_latch_unref(&go_on);
    poly_log_stop();
}

static inline void teardown_hub(void)
{
    poly_server_drain(loopback.server);
    stop_without_drain();
}

/* --- a client --- */

struct client {
    int fd;
    char text[256 * 1024]; /* all that came, undecoded */
    size_t size;
};

static inline void client_ask(struct client *client, const char *request)
{
    client->size = 0;
    client->text[0] = '\0';
    client->fd = loopback_connect(&loopback);
    loopback_send(client->fd, request, strlen(request));
}

/* Reads more; false at the end or a reset. */
static inline bool client_read(struct client *client)
{
    ssize_t got = recv(client->fd, client->text + client->size, sizeof(client->text) - 1 - client->size, 0);

    if (got <= 0)
        return false;
    client->size += (size_t)got;
    client->text[client->size] = '\0';
    return true;
}

static inline void client_await(struct client *client, const char *text)
{
    while (!strstr(client->text, text))
        ck_assert_msg(client_read(client), "it ended before \"%s\": %s", text, client->text);
}

static inline void client_await_end(struct client *client)
{
    while (client_read(client))
        ;
}

static inline void client_subscribe(struct client *client, const char *target)
{
    char request[512];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    client_ask(client, request);
    client_await(client, "event: hello");
}

static inline void publish(const char *topic, const char *data)
{
    poly_sse_publish(hub, topic, &(poly_sse_event){.data = poly_slice_of(data)});
}

static inline void await_value(const atomic_int *value, int expected)
{
    for (int i = 0; i < 20000 && atomic_load(value) != expected; i++)
        usleep(1000);
    ck_assert_int_eq(atomic_load(value), expected);
}

static inline void await_count(size_t expected)
{
    for (int i = 0; i < 20000 && poly_sse_hub_count(hub) != expected; i++)
        usleep(1000);
    ck_assert_uint_eq(poly_sse_hub_count(hub), expected);
}

#endif
