/* SPDX-License-Identifier: MIT */
/* A subscriber's life: it joins on its request's fiber, then lives on its connection until somebody ends it. */
#include "http/connection.h"
#include "http/sse.h"
#include "http/sse_frame.h"
#include "poly/random.h"
#include "poly/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAST_ID_MAX    128u
#define FLUSH_PER_TURN 64u
#define DRAIN_PER_TICK 256u /* a tick is 50 ms then */

/* --- lists of a share --- */

static void append_waiting(struct poly_sse *subscriber)
{
    struct sse_share *share = subscriber->share;

    subscriber->since = poly_loop_now(share->loop);
    subscriber->previous_waiting = share->last_waiting;
    subscriber->next_waiting = NULL;
    if (share->last_waiting)
        share->last_waiting->next_waiting = subscriber;
    else
        share->first_waiting = subscriber;
    share->last_waiting = subscriber;
}

static void remove_waiting(struct poly_sse *subscriber)
{
    struct sse_share *share = subscriber->share;

    if (subscriber->previous_waiting)
        subscriber->previous_waiting->next_waiting = subscriber->next_waiting;
    else
        share->first_waiting = subscriber->next_waiting;
    if (subscriber->next_waiting)
        subscriber->next_waiting->previous_waiting = subscriber->previous_waiting;
    else
        share->last_waiting = subscriber->previous_waiting;
}

static void remove_dirty(struct poly_sse *subscriber)
{
    struct sse_share *share = subscriber->share;

    if (!subscriber->dirty)
        return;
    subscriber->dirty = false;
    if (subscriber->previous_dirty)
        subscriber->previous_dirty->next_dirty = subscriber->next_dirty;
    else
        share->first_dirty = subscriber->next_dirty;
    if (subscriber->next_dirty)
        subscriber->next_dirty->previous_dirty = subscriber->previous_dirty;
    else
        share->last_dirty = subscriber->previous_dirty;
}

/* Writing to thousands at once would hold up the loop, so it is done some at a time. */
static void flush_later(struct sse_share *share)
{
    if (share->flushing)
        return;
    share->flushing = true;
    poly_loop_post(share->loop, sse_flush_dirty, share);
}

static void mark_dirty(struct poly_sse *subscriber)
{
    struct sse_share *share = subscriber->share;

    if (subscriber->dirty)
        return;
    subscriber->dirty = true;
    subscriber->previous_dirty = share->last_dirty;
    subscriber->next_dirty = NULL;
    if (share->last_dirty)
        share->last_dirty->next_dirty = subscriber;
    else
        share->first_dirty = subscriber;
    share->last_dirty = subscriber;
    flush_later(share);
}

/* --- its end --- */

static void count_out(struct sse_share *share)
{
    poly_gauge_add(share->hub->gauge, -1);
    if (atomic_fetch_sub(&share->count, 1) == 1)
        poly_timer_destroy(&share->heartbeat);
}

void sse_release(struct connection *connection)
{
    struct poly_sse *subscriber = connection->subscriber;
    enum sse_phase phase = subscriber->phase;

    connection->subscriber = NULL;
    for (size_t i = 0; i < subscriber->member_count; i++)
        sse_topics_leave(&subscriber->share->topics, &subscriber->members[i]);
    if (phase >= SSE_LIVE)
        remove_waiting(subscriber);
    remove_dirty(subscriber);
    sse_queue_clear(subscriber);
    count_out(subscriber->share);
    if (phase != SSE_JOINED && subscriber->gone)
        subscriber->gone(subscriber->argument);
    free(subscriber);
}

void sse_forget_unstarted(struct connection *connection)
{
    if (connection->subscriber && connection->subscriber->phase == SSE_JOINED)
        sse_release(connection);
}

static void drop_slow(struct poly_sse *subscriber)
{
    poly_counter_add(subscriber->share->hub->dropped, 1);
    connection_reset(subscriber->connection);
}

/* --- writing --- */

static void note_progress(struct poly_sse *subscriber)
{
    remove_waiting(subscriber);
    append_waiting(subscriber);
}

static bool has_outlived(const struct poly_sse *subscriber)
{
    return subscriber->phase == SSE_LIVE && poly_loop_now(subscriber->share->loop) >= subscriber->ends_at;
}

/* All has been written. May close the connection. */
static void rest(struct poly_sse *subscriber)
{
    struct connection *connection = subscriber->connection;

    if (has_outlived(subscriber)) {
        sse_end(subscriber);
        return;
    }
    if (subscriber->phase != SSE_ENDING)
        return;
    sse_release(connection);
    connection_end(connection, false);
}

/* May close the connection. */
static void flush(struct poly_sse *subscriber)
{
    struct connection *connection = subscriber->connection;
    bool progress;
    enum sse_written written = sse_queue_write(subscriber, connection->fd, &progress);

    if (written == SSE_BROKEN) {
        connection_close(connection);
        return;
    }
    if (progress)
        note_progress(subscriber);
    subscriber->blocked = written == SSE_BLOCKED;
    if (subscriber->blocked)
        event_add(&connection->write_event, NULL);
    else
        rest(subscriber);
}

void sse_flush_dirty(void *argument)
{
    struct sse_share *share = argument;

    share->flushing = false;
    for (unsigned left = FLUSH_PER_TURN; left > 0 && share->first_dirty; left--) {
        struct poly_sse *subscriber = share->first_dirty;

        remove_dirty(subscriber);
        if (subscriber->too_slow)
            drop_slow(subscriber);
        else
            flush(subscriber);
    }
    if (share->first_dirty)
        flush_later(share);
}

void sse_on_writable(struct connection *connection)
{
    flush(connection->subscriber);
}

static void add(struct poly_sse *subscriber, poly_blob *frame, uint64_t sequence)
{
    if (subscriber->queued + frame->size > subscriber->share->hub->options.max_queued)
        subscriber->too_slow = true;
    else
        sse_queue_append(subscriber, frame, sequence);
    if (subscriber->phase >= SSE_LIVE && (!subscriber->blocked || subscriber->too_slow))
        mark_dirty(subscriber);
}

void sse_deliver(struct poly_sse *subscriber, poly_blob *frame, uint64_t sequence)
{
    if (subscriber->phase == SSE_ENDING || subscriber->too_slow || (sequence && sequence <= subscriber->covered))
        return;
    add(subscriber, frame, sequence);
}

void sse_end(struct poly_sse *subscriber)
{
    if (subscriber->phase == SSE_ENDING)
        return;
    if (subscriber->phase != SSE_LIVE) { /* as soon as it lives */
        subscriber->ends_at = 0;
        return;
    }
    subscriber->phase = SSE_ENDING;
    sse_queue_append(subscriber, subscriber->share->hub->last_chunk, 0);
    if (!subscriber->blocked)
        mark_dirty(subscriber);
}

void sse_end_some(struct server_loop *home)
{
    struct connection_list *list = &home->lists[CONNECTION_SUBSCRIBED];

    for (unsigned left = list->count < DRAIN_PER_TICK ? list->count : DRAIN_PER_TICK; left > 0; left--) {
        struct connection *connection = list->first;

        if (connection->subscriber->blocked) {
            drop_slow(connection->subscriber);
            continue;
        }
        connection_move(connection, CONNECTION_SUBSCRIBED); /* to the end of the list */
        sse_end(connection->subscriber);
    }
}

/* --- heartbeats --- */

/* A client that has read nothing since the last one will not read this one. */
static void beat(struct poly_sse *subscriber)
{
    note_progress(subscriber);
    if (subscriber->blocked)
        drop_slow(subscriber);
    else if (has_outlived(subscriber))
        sse_end(subscriber);
    else if (subscriber->phase == SSE_LIVE)
        add(subscriber, subscriber->share->hub->comment, 0);
}

static void beat_all(void *argument)
{
    struct sse_share *share = argument;
    uint64_t interval = POLY_MILLISECONDS(share->hub->options.heartbeat_ms);
    uint64_t now = poly_loop_now(share->loop);
    uint64_t next = now + interval;

    while (share->first_waiting && now - share->first_waiting->since >= interval)
        beat(share->first_waiting);
    if (share->first_waiting)
        next = share->first_waiting->since + interval;
    if (share->heartbeat) /* it is gone with the last subscriber */
        poly_timer_start(share->heartbeat, next - now);
}

/* --- its beginning --- */

static void count_in(struct sse_share *share)
{
    atomic_fetch_add(&share->count, 1);
    poly_gauge_add(share->hub->gauge, 1);
    if (share->heartbeat)
        return;
    share->heartbeat = poly_timer_create(share->loop, beat_all, share);
    poly_timer_start(share->heartbeat, POLY_MILLISECONDS(share->hub->options.heartbeat_ms));
}

poly_sse *poly_sse_join(poly_request *request, poly_sse_hub *hub, const poly_sse_options *options)
{
    struct sse_share *share = &hub->shares[poly_loop_index(poly_loop_current())];
    struct poly_sse *subscriber;
    size_t count = 0;

    assert(!request->connection->subscriber);
    while (options->topics[count])
        count++;
    assert(count > 0 && count <= POLY_SSE_TOPICS_MAX);
    subscriber = poly_alloc_zero(1, sizeof(*subscriber) + count * sizeof(subscriber->members[0]));
    subscriber->connection = request->connection;
    subscriber->share = share;
    subscriber->chunked = request->head.minor == 1;
    subscriber->ends_at =
        options->lifetime_ms ? request->started + POLY_MILLISECONDS(options->lifetime_ms) : POLY_NO_DEADLINE;
    subscriber->gone = options->gone;
    subscriber->argument = options->argument;
    count_in(share);
    for (size_t i = 0; i < count; i++) {
        subscriber->members[i].subscriber = subscriber;
        sse_topics_join(&share->topics, options->topics[i], sse_hash(hub, options->topics[i]), &subscriber->members[i]);
    }
    subscriber->member_count = count;
    request->connection->subscriber = subscriber;
    return subscriber;
}

void poly_sse_send(poly_sse *subscriber, const poly_sse_event *event)
{
    poly_blob *frame = sse_frame_of_event(event);

    assert(subscriber->phase == SSE_JOINED);
    sse_queue_insert_own(subscriber, frame, event->sequence);
    poly_blob_unref(&frame);
}

/* All that connected at the same time would otherwise come back at the same time. */
static void send_retry(struct poly_sse *subscriber)
{
    unsigned retry_ms = subscriber->share->hub->options.retry_ms;
    char line[32];
    poly_blob *frame;

    snprintf(line, sizeof(line), "retry: %u\n\n", retry_ms / 2 + poly_random_below(retry_ms));
    frame = sse_frame_of_text(line);
    sse_queue_insert_own(subscriber, frame, 0);
    poly_blob_unref(&frame);
}

bool poly_sse_start(poly_sse *subscriber)
{
    struct connection *connection = subscriber->connection;
    poly_request *request = connection->request;

    assert(subscriber->phase == SSE_JOINED);
    if (subscriber->too_slow) {
        poly_fail(request, &problem_overloaded);
        return false;
    }
    poly_respond_header(request, "X-Accel-Buffering", "no"); /* nginx would hold events back */
    connection->closing = true;                              /* no other request is answered behind it */
    request->answer.chunked = subscriber->chunked && request->head.method != POLY_HEAD;
    request->answer.streaming = true;
    response_build(request, 200, "text/event-stream", -1, NULL);
    if (request->head.method == POLY_HEAD)
        return false;
    send_retry(subscriber);
    subscriber->phase = SSE_STARTED;
    return true;
}

void sse_begin(struct connection *connection)
{
    struct poly_sse *subscriber = connection->subscriber;

    subscriber->phase = SSE_LIVE;
    subscriber->last_own = NULL;
    connection->input_start = connection->input_size = 0;
    connection_release_input(connection);
    connection_move(connection, CONNECTION_SUBSCRIBED);
    connection_resume_reading(connection);
    append_waiting(subscriber);
    if (subscriber->too_slow)
        drop_slow(subscriber);
    else
        flush(subscriber);
}

const char *poly_sse_last_id(poly_request *request)
{
    poly_slice id = poly_request_header(request, "Last-Event-ID");

    if (!id.data || id.size > LAST_ID_MAX || !poly_text_is_utf8(id.data, id.size))
        return NULL;
    return poly_arena_strndup(request->arena, id.data, id.size);
}
