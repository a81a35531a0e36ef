/* SPDX-License-Identifier: MIT */
/* GET /api/applications/{id}/events: the application as it is, then what happens to it. */
#include "handlers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "poly/sse.h"

#include "application_access.h"
#include "application_events.h"
#include "problems.h"
#include "service.h"

/* After which the caller's rights are looked at again: whoever still has them connects anew. */
#define LIFETIME_MS 300000
#define STATE_MAX   ((size_t)4 << 20)

static void send(poly_sse *subscriber, const application_event *event)
{
    char id[24];

    snprintf(id, sizeof(id), "%lld", (long long)event->sequence);
    poly_sse_send(subscriber, &(poly_sse_event){
                                  .id = event->sequence ? id : NULL,
                                  .name = event->name,
                                  .data = poly_slice_of(event->data),
                                  .sequence = (uint64_t)event->sequence,
                              });
}

static void send_state(poly_sse *subscriber, campus_application *now, int64_t sequence)
{
    poly_json_writer writer;
    poly_strbuf data;

    now->form_data = NULL; /* which does not change, and may be large */
    poly_strbuf_init(&data, STATE_MAX);
    poly_json_writer_init(&writer, &data);
    application_write(&writer, NULL, now);
    send(subscriber,
         &(application_event){.sequence = sequence, .name = "application", .data = poly_strbuf_text(&data)});
    poly_strbuf_release(&data);
}

/*
 * What the caller has missed since its last event. POLY_NOT_FOUND when that cannot be told any more, or is more than
 * may wait for a subscriber, or is nothing:
 * then the state says up to which event the caller knows all, in case this replica has yet to tell of the latest.
 */
static poly_result send_missed(poly_request *request, poly_sse *subscriber, const char *id, int64_t sequence)
{
    const services_service *service = poly_request_context(request);
    const char *last_id = poly_sse_last_id(request);
    bool all = caller_of(request)->who != WHO_STUDENT;
    char *end = NULL;
    event_list events;
    poly_result result;
    int64_t last;

    if (!last_id)
        return POLY_NOT_FOUND;
    errno = 0;
    last = strtoll(last_id, &end, 10);
    if (errno || *end || end == last_id || last < 1 || last > sequence)
        return POLY_NOT_FOUND;
    result = store_events_of(service->pg, poly_request_arena(request), id, last, all, &events);
    for (size_t i = 0; result == POLY_OK && i < events.count; i++)
        send(subscriber, &events.items[i]);
    return result;
}

void get_application_events(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    char topic[EVENT_TOPIC_SIZE];
    const char *const topics[] = {topic, NULL};
    poly_sse *subscriber;
    campus_application now;
    int64_t sequence;
    poly_result result;

    if (!application_require(request, &now))
        return;
    event_topic(caller_of(request), now.id, topic);
    subscriber = poly_sse_join(request, event_feed_hub(service->events),
                               &(poly_sse_options){.topics = topics, .lifetime_ms = LIFETIME_MS});
    result = store_application_now(service->pg, poly_request_arena(request), now.id, &now, &sequence);
    /* It may have been taken from the caller before the stream was one that ends with that. */
    if (result == POLY_OK && !application_is_seen_by(&now, caller_of(request))) {
        poly_fail(request, &problem_application_unknown);
        return;
    }
    if (result == POLY_OK)
        result = send_missed(request, subscriber, now.id, sequence);
    if (result == POLY_NOT_FOUND) {
        send_state(subscriber, &now, sequence);
        result = POLY_OK;
    }
    if (result == POLY_OK)
        poly_sse_start(subscriber);
    else
        poly_fail_dependency(request, result, "postgresql");
}
