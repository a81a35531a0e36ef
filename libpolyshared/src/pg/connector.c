/* SPDX-License-Identifier: MIT */
#include "pg/connector.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "pg/report.h"
#include "poly/log.h"
#include "poly/random.h"
#include "poly/time.h"

#define FIRST_PAUSE_MS   100u
#define LONGEST_PAUSE_MS 2000u
#define WARNING_EVERY    POLY_SECONDS(10)

typedef enum request_state {
    REQUEST_QUEUED,    /* in the connector's list */
    REQUEST_TRIED,     /* the thread's */
    REQUEST_DELIVERED, /* in the loop's mail */
} request_state;

struct poly_connection_request {
    poly_connection_request *next;
    poly_loop *loop;
    const char *setup;
    poly_connection_taker *take;
    void *argument;
    PGconn *native;
    request_state state;
    bool forgotten;
};

struct poly_connector {
    poly_session_options options;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    poly_connection_request *first;
    poly_connection_request *last;
    pthread_t thread;
    bool started;
    bool stopping;
    unsigned failures;     /* in a row */
    uint64_t next_attempt; /* monotonic µs */
    uint64_t next_warning; /* monotonic µs; the thread's own */
};

poly_connector *poly_connector_create(const poly_session_options *options)
{
    poly_connector *connector = poly_alloc_zero(1, sizeof(*connector));
    pthread_condattr_t attributes;

    connector->options = *options;
    pthread_mutex_init(&connector->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&connector->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return connector;
}

void poly_connector_destroy(poly_connector **connector)
{
    poly_connector *self = *connector;

    if (!self)
        return;
    pthread_mutex_lock(&self->mutex);
    self->stopping = true;
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->mutex);
    if (self->started)
        pthread_join(self->thread, NULL);
    assert(!self->first);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->mutex);
    free(self);
    *connector = NULL;
}

/* --- delivery --- */

static void deliver(void *argument)
{
    poly_connection_request copy = *(poly_connection_request *)argument;

    free(argument);
    if (!copy.forgotten)
        copy.take(copy.native, copy.argument);
    else
        PQfinish(copy.native);
}

/* With the mutex locked: a loop that has forgotten its request may end, and then gets no mail. */
static void post(poly_connection_request *request, PGconn *native)
{
    if (request->forgotten) {
        PQfinish(native);
        free(request);
        return;
    }
    request->native = native;
    request->state = REQUEST_DELIVERED;
    poly_loop_post(request->loop, deliver, request);
}

static poly_connection_request *take_first(poly_connector *connector)
{
    poly_connection_request *request = connector->first;

    if (request) {
        connector->first = request->next;
        if (!connector->first)
            connector->last = NULL;
    }
    return request;
}

/* --- the thread --- */

static void wait_until(poly_connector *connector, uint64_t moment)
{
    struct timespec when = {.tv_sec = (time_t)(moment / 1000000), .tv_nsec = (long)(moment % 1000000 * 1000)};

    pthread_cond_timedwait(&connector->changed, &connector->mutex, &when);
}

/* With the mutex locked. NULL: the end. */
static poly_connection_request *await_request(poly_connector *connector)
{
    while (!connector->stopping) {
        if (!connector->first)
            pthread_cond_wait(&connector->changed, &connector->mutex);
        else if (poly_time_monotonic() < connector->next_attempt)
            wait_until(connector, connector->next_attempt);
        else
            return take_first(connector);
    }
    return NULL;
}

static uint64_t pause_after(unsigned failures)
{
    unsigned shift = failures < 8 ? failures - 1 : 7;
    unsigned longest = FIRST_PAUSE_MS << shift;

    if (longest > LONGEST_PAUSE_MS)
        longest = LONGEST_PAUSE_MS;
    return POLY_MILLISECONDS(longest / 2 + poly_random_below(longest / 2 + 1));
}

static void warn(poly_connector *connector, const char *fault)
{
    uint64_t now = poly_time_monotonic();

    if (now < connector->next_warning)
        return;
    connector->next_warning = now + WARNING_EVERY;
    poly_log(POLY_LOG_WARNING, "cannot connect to the database", poly_text_field("error", fault));
}

static PGconn *attempt(poly_connector *connector, const poly_connection_request *request)
{
    poly_session_options options = connector->options;
    char fault[POLY_PG_FAULT_SIZE];
    PGconn *native;

    options.setup = request->setup;
    native = poly_session_open(&options, fault);
    poly_pg_report_connect(native != NULL);
    if (!native)
        warn(connector, fault);
    return native;
}

/* With the mutex locked. */
static void settle(poly_connector *connector, poly_connection_request *request, PGconn *native)
{
    post(request, native);
    if (native) {
        connector->failures = 0;
        return;
    }
    connector->failures++;
    connector->next_attempt = poly_time_monotonic() + pause_after(connector->failures);
    while ((request = take_first(connector)) != NULL)
        post(request, NULL);
}

static void *run(void *argument)
{
    poly_connector *connector = argument;
    poly_connection_request *request;

    pthread_mutex_lock(&connector->mutex);
    while ((request = await_request(connector)) != NULL) {
        PGconn *native;

        request->state = REQUEST_TRIED;
        pthread_mutex_unlock(&connector->mutex);
        native = attempt(connector, request);
        pthread_mutex_lock(&connector->mutex);
        settle(connector, request, native);
    }
    pthread_mutex_unlock(&connector->mutex);
    return NULL;
}

/* With the mutex locked. Signals are the main thread's. */
static void start(poly_connector *connector)
{
    sigset_t all;
    sigset_t before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&connector->thread, NULL, run, connector);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    connector->started = error == 0;
    if (error)
        poly_log(POLY_LOG_ERROR, "cannot start the thread that connects to the database",
                 poly_int_field("errno", error));
    else
        pthread_setname_np(connector->thread, "poly-connect");
}

/* --- requests --- */

poly_connection_request *poly_connector_ask(poly_connector *connector, const char *setup, poly_connection_taker *take,
                                            void *argument)
{
    poly_connection_request *request = poly_alloc_zero(1, sizeof(*request));

    request->loop = poly_loop_current();
    request->setup = setup;
    request->take = take;
    request->argument = argument;
    pthread_mutex_lock(&connector->mutex);
    if (!connector->started)
        start(connector);
    if (!connector->started) {
        post(request, NULL);
    } else {
        if (connector->last)
            connector->last->next = request;
        else
            connector->first = request;
        connector->last = request;
        pthread_cond_signal(&connector->changed);
    }
    pthread_mutex_unlock(&connector->mutex);
    /* Posted to this very loop, it is not taken, and freed, before the loop turns. */
    return request; /* NOLINT(clang-analyzer-unix.Malloc) */
}

static void unlink_queued(poly_connector *connector, poly_connection_request *request)
{
    poly_connection_request **link = &connector->first;
    poly_connection_request *previous = NULL;

    for (; *link != request; link = &(*link)->next)
        previous = *link;
    *link = request->next;
    if (connector->last == request)
        connector->last = previous;
}

void poly_connector_forget(poly_connector *connector, poly_connection_request **request)
{
    poly_connection_request *self = *request;

    if (!self)
        return;
    *request = NULL;
    pthread_mutex_lock(&connector->mutex);
    self->forgotten = true;
    if (self->state == REQUEST_QUEUED) {
        unlink_queued(connector, self);
        free(self);
    }
    pthread_mutex_unlock(&connector->mutex);
}
