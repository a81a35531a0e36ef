/* SPDX-License-Identifier: MIT */
#include "poly/pg_listen.h"

#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "pg/pool.h"
#include "pg/report.h"
#include "pg/service_fiber.h"
#include "poly/random.h"
#include "poly/strbuf.h"
#include "poly/time.h"
#include "runtime/loop.h"

enum { SETUP_SIZE = 4096, FIRST_PAUSE_MS = 100, LONGEST_PAUSE_MS = 2000 };

struct poly_pg_listener {
    poly_pg *pool;
    poly_pg_listener_options options;
    poly_strbuf setup; /* LISTEN for each channel */
    poly_service_fiber *fiber;
    unsigned failures; /* in a row */

    /* What the fiber waits for at present. */
    poly_wait wait;
    PGconn *arrived;
};

/* --- connecting --- */

static void take(PGconn *native, void *argument)
{
    poly_pg_listener *listener = argument;

    listener->arrived = native;
    poly_wait_finish(&listener->wait);
}

/* POLY_OK with NULL: the attempt failed. */
static poly_result connect_listener(poly_pg_listener *listener, PGconn **native)
{
    poly_connection_request *request;
    poly_result result;

    listener->arrived = NULL;
    poly_wait_init(&listener->wait);
    request = poly_connector_ask(listener->pool->connector, poly_strbuf_text(&listener->setup), take, listener);
    result = poly_wait_until(&listener->wait, POLY_NO_DEADLINE);
    if (result != POLY_OK)
        poly_connector_forget(listener->pool->connector, &request);
    *native = listener->arrived;
    return result;
}

/* --- notifications --- */

static void on_readable(evutil_socket_t fd, short what, void *argument)
{
    poly_pg_listener *listener = argument;

    (void)fd;
    (void)what;
    poly_wait_finish(&listener->wait);
}

static void hand_out(poly_pg_listener *listener, PGconn *native)
{
    PGnotify *notification;

    while (!poly_fiber_is_cancelled() && (notification = PQnotifies(native)) != NULL) {
        if (listener->options.notified)
            listener->options.notified(notification->relname, notification->extra, listener->options.context);
        PQfreemem(notification);
    }
}

static poly_result await_input(poly_pg_listener *listener, struct event *readable)
{
    poly_result result;

    poly_wait_init(&listener->wait);
    if (event_add(readable, NULL) != 0)
        return POLY_IO;
    result = poly_wait_until(&listener->wait, POLY_NO_DEADLINE);
    event_del(readable);
    return result;
}

/* Until the connection breaks (POLY_UNAVAILABLE) or the fiber is cancelled. */
static poly_result follow(poly_pg_listener *listener, PGconn *native)
{
    struct event *readable =
        event_new(poly_loop_base(poly_loop_current()), PQsocket(native), EV_READ, on_readable, listener);
    poly_result result = readable ? POLY_OK : POLY_IO;

    while (result == POLY_OK) {
        hand_out(listener, native);
        result = await_input(listener, readable);
        if (result == POLY_OK && !PQconsumeInput(native)) {
            poly_pg_report_lost(PQerrorMessage(native));
            result = POLY_UNAVAILABLE;
        }
    }
    if (readable)
        event_free(readable);
    return result;
}

/* --- the fiber --- */

static poly_result pause_after_failure(poly_pg_listener *listener)
{
    unsigned shift = listener->failures < 6 ? listener->failures : 6;
    unsigned longest = FIRST_PAUSE_MS << shift;

    listener->failures++;
    if (longest > LONGEST_PAUSE_MS)
        longest = LONGEST_PAUSE_MS;
    return poly_fiber_sleep(POLY_MILLISECONDS(longest / 2 + poly_random_below(longest / 2)));
}

static poly_result serve_connection(poly_pg_listener *listener, PGconn *native)
{
    poly_result result = POLY_OK;

    if (listener->options.catch_up)
        result = listener->options.catch_up(listener->options.context);
    if (result == POLY_OK) {
        listener->failures = 0;
        result = follow(listener, native);
    }
    PQfinish(native);
    return result;
}

static void run(void *argument)
{
    poly_pg_listener *listener = argument;
    poly_result result = POLY_OK;

    while (result == POLY_OK && !poly_fiber_is_cancelled()) {
        PGconn *native;

        result = connect_listener(listener, &native);
        if (result == POLY_OK && native)
            (void)serve_connection(listener, native);
        if (result == POLY_OK)
            result = pause_after_failure(listener);
    }
}

static bool is_channel_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

    return *name && strspn(name, allowed) == strlen(name);
}

poly_pg_listener *poly_pg_listen(poly_pg *pg, poly_loop *loop, const poly_pg_listener_options *options)
{
    poly_pg_listener *listener = poly_alloc_zero(1, sizeof(*listener));

    listener->pool = pg;
    listener->options = *options;
    poly_strbuf_init(&listener->setup, SETUP_SIZE);
    for (const char *const *channel = options->channels; *channel; channel++) {
        assert(is_channel_name(*channel));
        poly_strbuf_printf(&listener->setup, "LISTEN \"%s\";", *channel);
    }
    assert(!listener->setup.overflowed);
    listener->fiber = poly_service_fiber_start(loop, "pg listener", run, listener);
    return listener;
}

void poly_pg_listener_stop(poly_pg_listener **listener)
{
    poly_pg_listener *self = *listener;

    if (!self)
        return;
    poly_service_fiber_stop(&self->fiber);
    poly_strbuf_release(&self->setup);
    free(self);
    *listener = NULL;
}
