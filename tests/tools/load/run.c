/* SPDX-License-Identifier: MIT */
#include "connection.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256, TICK_MS = 10, TIMEOUT_SCAN_US = 100000, GRACE_US = 10000 };

struct run {
    const struct load_options *options;
    struct load_figures *figures;
    struct connection *connections;
    struct connection **ready; /* a stack of those that can take a request: idle, or closed */
    unsigned ready_count;
    int epoll;
    uint64_t started, ends; /* monotonic µs; no request is given out at or after `ends` */
    uint64_t next_scan, last_answer;
    uint64_t random;
    unsigned in_flight;
};

static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static uint64_t next_path(struct run *run)
{
    if (!run->options->shuffled)
        return run->figures->issued % run->options->paths.count;
    run->random ^= run->random << 13;
    run->random ^= run->random >> 7;
    run->random ^= run->random << 17;
    return run->random % run->options->paths.count;
}

/* How many requests have fallen due by now. */
static uint64_t due_count(const struct run *run, uint64_t now)
{
    uint64_t until = now < run->ends ? now : run->ends;
    uint64_t due = UINT64_MAX;

    if (run->options->rate > 0)
        due = (uint64_t)((double)(until - run->started) * run->options->rate / 1e6) + 1;
    else if (now >= run->ends)
        due = run->figures->issued;
    if (run->options->requests && due > run->options->requests)
        due = run->options->requests;
    return due;
}

static uint64_t due_time(const struct run *run, uint64_t now)
{
    if (run->options->rate <= 0)
        return now;
    return run->started + (uint64_t)((double)run->figures->issued * 1e6 / run->options->rate);
}

static void make_ready(struct run *run, struct connection *connection)
{
    run->ready[run->ready_count++] = connection;
}

static void note_answer(struct run *run, struct connection *connection)
{
    uint64_t now = monotonic_us();

    run->figures->completed++;
    run->figures->statuses[connection->response.status]++;
    latency_add(&run->figures->latency, now > connection->begun ? now - connection->begun : 0);
    run->last_answer = now;
    run->in_flight--;
    make_ready(run, connection);
}

static void note_failure(struct run *run, struct connection *connection)
{
    if (!connection->has_request)
        return; /* it ended while idle, and the next request opens it again */
    connection->has_request = false;
    run->figures->errors[connection->error]++;
    run->in_flight--;
    make_ready(run, connection);
}

static void note_event(struct run *run, struct connection *connection, enum connection_event event)
{
    if (event == CONNECTION_ANSWERED)
        note_answer(run, connection);
    else if (event == CONNECTION_FAILED)
        note_failure(run, connection);
}

static void give_request(struct run *run, struct connection *connection, uint64_t now)
{
    enum connection_event event = CONNECTION_WAITS;

    connection_give(connection, run->options,
                    &(struct order){.path = next_path(run), .turn = run->figures->issued, .due = due_time(run, now)});
    run->figures->issued++;
    run->in_flight++;
    if (connection->state == CONNECTION_CLOSED)
        event = connection_open(connection, run->options, run->epoll);
    else
        event = connection_advance(connection, run->options, run->figures);
    note_event(run, connection, event);
}

/* Not more than the connections there are, so that failures that come at once cannot spin here. */
static void give_due_requests(struct run *run, uint64_t now)
{
    uint64_t due = due_count(run, now);

    for (unsigned given = run->options->connections; given > 0 && run->ready_count > 0; given--) {
        if (run->figures->issued >= due)
            return;
        give_request(run, run->ready[--run->ready_count], now);
    }
}

static void drop_overdue(struct run *run, uint64_t now)
{
    uint64_t limit = (uint64_t)(run->options->timeout * 1e6);

    run->next_scan = now + TIMEOUT_SCAN_US;
    for (unsigned i = 0; i < run->options->connections; i++) {
        struct connection *connection = &run->connections[i];

        if (!connection->has_request || now < connection->begun + limit)
            continue;
        connection_close(connection);
        connection->error = LOAD_ERROR_TIMEOUT;
        note_failure(run, connection);
    }
}

/* What fell due just before the end is still given out, within a grace. */
static bool is_giving(const struct run *run, uint64_t now)
{
    if (run->options->requests && run->figures->issued >= run->options->requests)
        return false;
    return now < run->ends || (run->figures->issued < due_count(run, now) && now < run->ends + GRACE_US);
}

static int wait_ms(const struct run *run, uint64_t now)
{
    if (run->options->spins || (run->ready_count > 0 && run->figures->issued < due_count(run, now)))
        return 0;
    return run->options->rate > 0 ? 1 : TICK_MS;
}

static void turn(struct run *run)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = epoll_wait(run->epoll, events, EVENTS_AT_ONCE, wait_ms(run, monotonic_us()));

    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;

        if (connection->state != CONNECTION_CLOSED)
            note_event(run, connection, connection_advance(connection, run->options, run->figures));
    }
}

static void drive(struct run *run)
{
    run->started = monotonic_us();
    run->last_answer = run->started;
    run->ends = run->options->seconds > 0 ? run->started + (uint64_t)(run->options->seconds * 1e6) : UINT64_MAX;
    for (uint64_t now = run->started; is_giving(run, now) || run->in_flight > 0; now = monotonic_us()) {
        if (interrupted && run->ends > now)
            run->ends = now;
        if (is_giving(run, now))
            give_due_requests(run, now);
        turn(run);
        if (now >= run->next_scan)
            drop_overdue(run, now);
    }
    if (run->options->rate > 0 && !interrupted)
        run->figures->unsent = due_count(run, run->ends) - run->figures->issued;
    run->figures->seconds = (double)(run->last_answer - run->started) / 1e6;
}

static void begin_following(struct run *run)
{
    for (unsigned i = 0; run->options->follow && i < run->options->connections; i++)
        follow_begin(&run->connections[i].follow, lines_get(&run->options->bodies, i));
}

/* What each connection would send next, so that another load can go on from there. */
static bool keep_bodies(const struct run *run)
{
    FILE *file = fopen(run->options->bodies_name, "we");
    bool wrote = file != NULL;

    for (unsigned i = 0; file && i < run->options->connections; i++)
        fprintf(file, "%s\n", run->connections[i].follow.body);
    if (file)
        wrote = !ferror(file);
    if (file && fclose(file) != 0)
        wrote = false;
    if (!wrote)
        fprintf(stderr, "load: cannot write '%s': %s\n", run->options->bodies_name, strerror(errno));
    return wrote;
}

bool load_run(const struct load_options *options, struct load_figures *figures)
{
    struct run run = {.options = options, .figures = figures, .random = 88172645463325252U};
    bool done = false;

    signal(SIGINT, note_signal);
    signal(SIGTERM, note_signal);
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    run.connections = calloc(options->connections, sizeof(*run.connections));
    run.ready = calloc(options->connections, sizeof(struct connection *));
    if (run.epoll < 0 || !run.connections || !run.ready) {
        fprintf(stderr, "load: cannot begin: %s\n", strerror(errno));
        goto out;
    }
    for (unsigned i = 0; i < options->connections; i++)
        make_ready(&run, &run.connections[options->connections - 1 - i]);
    begin_following(&run);
    drive(&run);
    done = !options->follow || keep_bodies(&run);
out:
    for (unsigned i = 0; run.connections && i < options->connections; i++)
        connection_release(&run.connections[i]);
    free(run.connections);
    free(run.ready);
    if (run.epoll >= 0)
        close(run.epoll);
    return done;
}
