/* SPDX-License-Identifier: MIT */
#include "http/connection.h"
#include "http/sse.h"
#include "runtime/loop.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DRAINING_IDLE     POLY_MILLISECONDS(500)
#define REQUESTS_PER_TURN 16u

/* How long a connection may stay in a state. HEAD counts from the first byte, WRITING from the last progress. */
static const uint64_t state_limits[CONNECTION_STATE_COUNT] = {
    [CONNECTION_IDLE] = POLY_SECONDS(60),     [CONNECTION_HEAD] = POLY_SECONDS(5),
    [CONNECTION_ACTIVE] = POLY_NO_DEADLINE,   [CONNECTION_WRITING] = POLY_SECONDS(10),
    [CONNECTION_LINGERING] = POLY_SECONDS(2), [CONNECTION_SUBSCRIBED] = POLY_NO_DEADLINE,
};

static void unlink_from_list(struct connection *connection)
{
    struct connection_list *list = &connection->home->lists[connection->state];

    if (connection->previous)
        connection->previous->next = connection->next;
    else
        list->first = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    else
        list->last = connection->previous;
    list->count--;
}

static void append_to_list(struct connection *connection, enum connection_state state)
{
    struct connection_list *list = &connection->home->lists[state];

    connection->state = state;
    connection->since = poly_loop_now(connection->home->loop);
    connection->previous = list->last;
    connection->next = NULL;
    if (list->last)
        list->last->next = connection;
    else
        list->first = connection;
    list->last = connection;
    list->count++;
}

void connection_move(struct connection *connection, enum connection_state state)
{
    if (connection->state == state && state != CONNECTION_WRITING && state != CONNECTION_SUBSCRIBED)
        return;
    unlink_from_list(connection);
    append_to_list(connection, state);
}

void connection_close(struct connection *connection)
{
    struct server_loop *home = connection->home;
    poly_server *server = home->server;

    if (connection->request)
        request_finish(connection->request);
    if (connection->subscriber)
        sse_release(connection);
    unlink_from_list(connection);
    event_del(&connection->read_event);
    event_del(&connection->write_event);
    close(connection->fd);
    connection->input_start = connection->input_size = 0;
    connection_release_input(connection);
    free(connection);
    atomic_fetch_sub_explicit(&home->connection_count, 1, memory_order_relaxed);
    poly_gauge_add(server->connections_gauge, -1);
    if (atomic_fetch_sub(&server->connection_count, 1) == 1 && atomic_load(&server->draining)) {
        pthread_mutex_lock(&server->drain_mutex);
        pthread_cond_broadcast(&server->drain_changed);
        pthread_mutex_unlock(&server->drain_mutex);
    }
}

/*
 * After the last answer. A client that expects to go on may have sent more, and closing on unread input turns into a
 * reset that can overtake the answer: so only a client that asked for the close, and whose body was read to its end,
 * gets it at once.
 */
void connection_end(struct connection *connection, bool asked_for)
{
    bool all_read = connection->input_start == connection->input_size;

    if (connection->peer_gone || (asked_for && all_read) || shutdown(connection->fd, SHUT_WR) != 0) {
        connection_close(connection);
        return;
    }
    connection->input_start = connection->input_size = connection->scanned = 0;
    connection_resume_reading(connection);
    connection_move(connection, CONNECTION_LINGERING);
}

void connection_reset(struct connection *connection)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    if (setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) != 0)
        poly_log_plain(POLY_LOG_WARNING, "cannot set SO_LINGER");
    connection_close(connection);
}

/*
 * A client that does not read costs no other client its place, but the memory of its answer: so only as many may hold
 * one as requests may be handled, and whoever has read nothing for the longest goes first. The reset makes the kernel
 * drop what is unsent, too.
 */
static void stall(struct connection *connection)
{
    struct server_loop *home = connection->home;
    struct connection_list *stalled = &home->lists[CONNECTION_WRITING];

    connection_move(connection, CONNECTION_WRITING);
    event_add(&connection->write_event, NULL);
    if (stalled->count <= home->server->options.max_active)
        return;
    poly_counter_add(home->server->shed_counter, 1);
    connection_reset(stalled->first);
}

/* Sends the active request's answer. True when the connection is ready for its next request. */
static bool send_answer(struct connection *connection)
{
    poly_request *request = connection->request;
    enum output_status status;
    bool asked_for = !request->head.keep_alive && !connection->closing && request->body.state == HTTP_BODY_END;
    bool closes;

    if (request->answer.aborted) {
        connection_reset(connection);
        return false;
    }
    if (!request->answer.begun || (connection->peer_gone && request->answer.streaming)) {
        connection_close(connection);
        return false;
    }
    status = connection_write(connection);
    if (status == OUTPUT_STALLED) {
        stall(connection);
        return false;
    }
    closes = request->answer.closes || status == OUTPUT_FAILED || connection->peer_gone;
    connection->peer_gone |= status == OUTPUT_FAILED;
    request_finish(request);
    if (connection->subscriber && !connection->peer_gone) {
        sse_begin(connection);
        return false;
    }
    if (closes)
        connection_end(connection, asked_for);
    return !closes;
}

static void rest_connection(struct connection *connection)
{
    bool empty = connection->input_start == connection->input_size;

    connection_move(connection, empty ? CONNECTION_IDLE : CONNECTION_HEAD);
    if (empty)
        connection_release_input(connection);
    connection_resume_reading(connection);
}

/*
 * The fiber of a connection with at least one whole request; ends when there is no other. A client with many in the
 * buffer lets the others have their turn.
 */
static void serve(void *argument)
{
    struct connection *connection = argument;
    unsigned served = 0;
    bool ready;

    connection->fiber = poly_fiber_current();
    do {
        if (++served % REQUESTS_PER_TURN == 0)
            poly_fiber_yield();
        request_handle(connection->request);
        connection->fiber = NULL;
        ready = send_answer(connection);
        if (!ready)
            return;
        connection->fiber = poly_fiber_current();
    } while (connection_next_request(connection));
    connection->fiber = NULL;
    rest_connection(connection);
}

static void proceed(struct connection *connection)
{
    if (!connection_next_request(connection)) {
        rest_connection(connection);
        return;
    }
    connection_move(connection, CONNECTION_ACTIVE);
    poly_fiber_run(connection->home->loop, "request", serve, connection);
}

static void on_active_input(struct connection *connection)
{
    ssize_t size = connection_receive(connection);

    if (size == 0)
        return;
    if (size < 0 && connection->fiber)
        poly_fiber_cancel(connection->fiber);
    if (connection->body_wait)
        poly_wait_finish(connection->body_wait);
}

/* Nothing more is expected but the end. */
static void on_dropped_input(struct connection *connection)
{
    ssize_t size = connection_receive(connection);

    connection->input_start = connection->input_size = 0;
    if (size < 0)
        connection_close(connection);
    else
        connection_release_input(connection);
}

static void on_readable(evutil_socket_t fd, short events, void *argument)
{
    struct connection *connection = argument;
    ssize_t size;

    (void)fd;
    (void)events;
    switch (connection->state) {
    case CONNECTION_ACTIVE:
        on_active_input(connection);
        return;
    case CONNECTION_LINGERING:
    case CONNECTION_SUBSCRIBED:
        on_dropped_input(connection);
        return;
    case CONNECTION_WRITING:
        (void)connection_receive(connection); /* a peer that is gone shows at the next write */
        return;
    default:
        size = connection_receive(connection);
        if (size < 0)
            connection_close(connection);
        else if (size > 0)
            proceed(connection);
    }
}

static void on_writable(evutil_socket_t fd, short events, void *argument)
{
    struct connection *connection = argument;

    (void)fd;
    (void)events;
    if (connection->write_wait) {
        poly_wait_finish(connection->write_wait);
        return;
    }
    if (connection->state == CONNECTION_SUBSCRIBED) {
        sse_on_writable(connection);
        return;
    }
    if (send_answer(connection))
        proceed(connection);
}

static bool is_trusted_proxy(const poly_server *server, const char *address)
{
    struct network_address parsed;

    return server->proxies.count && network_address_parse(poly_slice_of(address), &parsed) &&
           trusted_proxies_have(&server->proxies, &parsed);
}

void connection_open(struct server_loop *home, int fd, const char *address)
{
    struct connection *connection = poly_alloc_zero(1, sizeof(*connection));
    struct event_base *base = poly_loop_base(home->loop);

    connection->home = home;
    connection->fd = fd;
    memcpy(connection->address, address, strlen(address) + 1);
    connection->from_proxy = is_trusted_proxy(home->server, address);
    event_assign(&connection->read_event, base, fd, EV_READ | EV_PERSIST, on_readable, connection);
    event_assign(&connection->write_event, base, fd, EV_WRITE, on_writable, connection);
    append_to_list(connection, CONNECTION_IDLE);
    connection_resume_reading(connection);
    if (!home->ticking) {
        static const struct timeval interval = {.tv_usec = 250 * 1000};
        home->ticking = event_add(home->tick_event, &interval) == 0;
    }
}

/* 408 for a head that does not come; the other states have nobody to tell. */
static void expire(struct connection *connection)
{
    static const struct http_refusal refusal = {408, "the request's head did not arrive in 5 seconds"};

    if (connection->state == CONNECTION_WRITING) {
        connection_reset(connection);
        return;
    }
    if (connection->state != CONNECTION_HEAD) {
        connection_close(connection);
        return;
    }
    connection->request = request_create(connection);
    response_refuse(connection->request, &refusal);
    connection->closing = true;
    connection_move(connection, CONNECTION_ACTIVE);
    poly_fiber_run(connection->home->loop, "request", serve, connection);
}

/* While the server drains, an idle connection gets a last while for a request that may be on its way already. */
static uint64_t idle_limit(const struct server_loop *home, uint64_t now)
{
    if (!home->drain_started)
        return state_limits[CONNECTION_IDLE];
    return now - home->drain_started < DRAINING_IDLE ? POLY_NO_DEADLINE : DRAINING_IDLE;
}

void server_loop_tick(struct server_loop *home)
{
    uint64_t now = poly_loop_now(home->loop);

    if (home->drain_started)
        sse_end_some(home);
    for (size_t state = 0; state < CONNECTION_STATE_COUNT; state++) {
        uint64_t limit = state == CONNECTION_IDLE ? idle_limit(home, now) : state_limits[state];
        struct connection *connection;

        /* Whoever expires leaves the list. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        while ((connection = home->lists[state].first) && limit != POLY_NO_DEADLINE && now - connection->since >= limit)
            expire(connection);
    }
    if (atomic_load_explicit(&home->connection_count, memory_order_relaxed) == 0 && home->accepting &&
        !home->accept_again) {
        event_del(home->tick_event);
        home->ticking = false;
    }
}

void server_loop_close_all(struct server_loop *home)
{
    for (size_t state = 0; state < CONNECTION_STATE_COUNT; state++)
        while (home->lists[state].first)
            connection_close(home->lists[state].first); /* NOLINT(clang-analyzer-unix.Malloc): it leaves the list */
}
