/* SPDX-License-Identifier: MIT */
/*
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): answers that stay open. A hub
 * has topics and subscribers to them; what is published goes to every subscriber of its topic. A subscriber is a
 * connection and a few hundred bytes, no fiber.
 *
 *     subscriber = poly_sse_join(request, hub, &options);  // from here on nothing is missed
 *     ... read the present state, which may fail and refuse the request ...
 *     poly_sse_send(subscriber, &state);                   // comes before whatever was published meanwhile
 *     poly_sse_start(subscriber);                          // and return
 *
 * A client that does not read is dropped when `max_queued` bytes wait for it, or when it has read nothing for a
 * heartbeat's time. When the server drains, subscribers are ended, so that they connect to another replica.
 */
#ifndef POLY_SSE_H
#define POLY_SSE_H

#include "poly/http.h"

typedef struct poly_sse_hub poly_sse_hub;
typedef struct poly_sse poly_sse;

#define POLY_SSE_TOPICS_MAX 8
#define POLY_SSE_TOPIC_SIZE 128 /* with its NUL */

typedef struct poly_sse_hub_options {
    const char *name;      /* static, label in metrics, such as "tablets" */
    size_t max_queued;     /* bytes that may wait for one subscriber; 0: 64 KiB */
    unsigned heartbeat_ms; /* without an event, after which a comment is sent; 0: 15,000 */
    unsigned retry_ms;     /* after which a client connects again, give or take a half at random; 0: 3,000 */
} poly_sse_hub_options;

poly_sse_hub *poly_sse_hub_create(poly_runtime *runtime, const poly_sse_hub_options *options);
void poly_sse_hub_destroy(poly_sse_hub **hub);      /* after poly_runtime_stop and poly_server_destroy */
size_t poly_sse_hub_count(const poly_sse_hub *hub); /* subscribers, those included that have not started; any thread */

typedef struct poly_sse_event {
    const char *id;    /* what Last-Event-ID will say; NULL: none. No line break (asserted), as in `name` */
    const char *name;  /* NULL: "message" */
    poly_slice data;   /* text of any number of lines */
    uint64_t sequence; /* place in one series over all topics of the hub; 0: none */
} poly_sse_event;

/*
 * Sends the event to those who have joined the topic. Events of one thread arrive in its order. One that is larger than
 * `max_queued` reaches nobody and is logged. Any thread; copies what it is given.
 */
void poly_sse_publish(poly_sse_hub *hub, const char *topic, const poly_sse_event *event);
/* Ends the topic's subscribers behind what has been published before; browsers connect again. Any thread. */
void poly_sse_end(poly_sse_hub *hub, const char *topic);

typedef struct poly_sse_options {
    const char *const *topics;    /* one to POLY_SSE_TOPICS_MAX, NULL-terminated, each once; copied */
    unsigned lifetime_ms;         /* after which it is ended, give or take a heartbeat; 0: none */
    void (*gone)(void *argument); /* may be NULL; see poly_sse_start */
    void *argument;
} poly_sse_options;

/*
 * Makes the request a subscriber: what is published to its topics from here on waits for poly_sse_start. If the handler
 * answers otherwise, or not at all, it never was one. Fiber of the request only.
 */
poly_sse *poly_sse_join(poly_request *request, poly_sse_hub *hub, const poly_sse_options *options);
/*
 * An event for this subscriber alone, in front of those that wait. With a sequence, what was or will be published up to
 * it is left out: the event stands for it. Between join and start.
 */
void poly_sse_send(poly_sse *subscriber, const poly_sse_event *event);
/*
 * Answers 200 and leaves the subscriber to its connection; the handler returns. True: from here on `gone` is called
 * once, on the loop and not on a fiber, when the subscriber is no more, whoever ended it. False: it never will be,
 * since only the header was answered, to HEAD, or 503, when more than `max_queued` bytes wait already.
 */
bool poly_sse_start(poly_sse *subscriber);

/* What Last-Event-ID says; NULL if it was not sent, is over 128 bytes or no UTF-8. In the arena. */
const char *poly_sse_last_id(poly_request *request);

#endif
