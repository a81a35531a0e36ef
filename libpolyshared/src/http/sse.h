/* SPDX-License-Identifier: MIT */
/*
 * The insides of server-sent events. A hub has a share on each loop, which knows the subscribers of that loop's
 * connections and their topics; only messages go between loops. Loop only, unless stated otherwise.
 */
#ifndef POLY_HTTP_SSE_H
#define POLY_HTTP_SSE_H

#include "poly/blob.h"
#include "poly/metrics.h"
#include "poly/sse.h"

#include <stdatomic.h>

struct connection;
struct server_loop;

/* --- topics: sse_topics.c --- */

/* A subscriber's place in a topic. */
struct sse_member {
    struct poly_sse *subscriber;
    struct sse_topic *topic;
    struct sse_member *previous;
    struct sse_member *next;
};

struct sse_topic {
    struct sse_topic *next; /* of its bucket */
    struct sse_member *first;
    uint64_t hash;
    char name[];
};

/* Topics that have subscribers, by name. Zero is an empty one. */
struct sse_topics {
    struct sse_topic **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
};

void sse_topics_release(struct sse_topics *topics); /* without members */
struct sse_topic *sse_topics_find(const struct sse_topics *topics, const char *name, uint64_t hash);
void sse_topics_join(struct sse_topics *topics, const char *name, uint64_t hash, struct sse_member *member);
void sse_topics_leave(struct sse_topics *topics, struct sse_member *member);

/* --- hubs: sse_hub.c --- */

/* A hub's share on a loop. */
struct sse_share {
    poly_sse_hub *hub;
    poly_loop *loop;
    atomic_uint count; /* subscribers; written by its loop, read by publishers */
    struct sse_topics topics;
    struct poly_sse *first_waiting; /* live ones, longest without a byte first */
    struct poly_sse *last_waiting;
    poly_timer *heartbeat;
    struct poly_sse *first_dirty; /* to be written to in one of the next turns */
    struct poly_sse *last_dirty;
    bool flushing; /* a message for that is under way */
};

struct poly_sse_hub {
    poly_sse_hub_options options; /* no zero in it */
    poly_runtime *runtime;
    poly_blob *comment;    /* a heartbeat */
    poly_blob *last_chunk; /* the end of a stream */
    unsigned char key[16]; /* of the topics' hashes */
    poly_gauge *gauge;
    poly_counter *published;
    poly_counter *dropped;
    struct sse_share shares[]; /* one per loop */
};

uint64_t sse_hash(const poly_sse_hub *hub, const char *topic);

/* --- subscribers: sse_subscriber.c, sse_queue.c --- */

enum sse_phase {
    SSE_JOINED,  /* the handler runs */
    SSE_STARTED, /* the answer's head is on its way */
    SSE_LIVE,
    SSE_ENDING, /* nothing is added; ends when all is written */
};

/* Something to be written. */
struct sse_piece {
    struct sse_piece *next;
    poly_blob *frame;
    uint64_t sequence;
};

struct poly_sse {
    struct connection *connection;
    struct sse_share *share;
    enum sse_phase phase;
    bool chunked;
    bool blocked; /* the socket is full, its write event is added */
    bool dirty;
    bool too_slow;
    uint64_t covered; /* sequences up to it have been seen otherwise */
    uint64_t since;   /* last progress */
    uint64_t ends_at; /* POLY_NO_DEADLINE: never */
    struct sse_piece *first;
    struct sse_piece *last;
    struct sse_piece *last_own; /* the last that was sent to it alone before it started */
    size_t queued;              /* bytes of all pieces */
    size_t written;             /* bytes of the first that have been written */
    struct poly_sse *previous_waiting, *next_waiting;
    struct poly_sse *previous_dirty, *next_dirty;
    void (*gone)(void *argument);
    void *argument;
    size_t member_count;
    struct sse_member members[];
};

/* From a message of its topic. */
void sse_deliver(struct poly_sse *subscriber, poly_blob *frame, uint64_t sequence);
/* Behind what it has been given. */
void sse_end(struct poly_sse *subscriber);
/* Writes to those that are dirty, some of them in this turn. */
void sse_flush_dirty(void *share);

/* What connection.c calls. The answer's head has been written: takes over the connection. May close it. */
void sse_begin(struct connection *connection);
void sse_on_writable(struct connection *connection);
/* The request is over: nothing is left of a subscriber that has not started. */
void sse_forget_unstarted(struct connection *connection);
/* The connection is closed. */
void sse_release(struct connection *connection);
/* The server drains: ends some. */
void sse_end_some(struct server_loop *home);

/* --- queues: sse_queue.c --- */

void sse_queue_append(struct poly_sse *subscriber, poly_blob *frame, uint64_t sequence);
/* Behind what was sent to it alone, in front of the rest, of which what `sequence` covers is dropped. */
void sse_queue_insert_own(struct poly_sse *subscriber, poly_blob *frame, uint64_t sequence);
void sse_queue_clear(struct poly_sse *subscriber);
enum sse_written { SSE_WRITTEN, SSE_BLOCKED, SSE_BROKEN };
/* Writes what the socket takes; `*progress` when that was anything. */
enum sse_written sse_queue_write(struct poly_sse *subscriber, int fd, bool *progress);

#endif
