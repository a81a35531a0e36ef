/* SPDX-License-Identifier: MIT */
#include "application_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poly/log.h"

#define DATA_MAX  ((size_t)48 << 10) /* of an event: a hub lets no more through */
#define HUB_QUEUE ((size_t)256 << 10)
#define ASSIGNED  "assigned"

/* --- events --- */

static void begin(poly_json_writer *writer, poly_strbuf *data, const campus_application *about)
{
    poly_strbuf_init(data, DATA_MAX);
    poly_json_writer_init(writer, data);
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "application_id", about->id);
}

/* The data are released. */
static poly_result add(poly_pg_transaction *transaction, poly_write *write, application_event event,
                       poly_json_writer *writer, poly_strbuf *data)
{
    poly_result result = POLY_TOO_LARGE;

    poly_json_end_object(writer);
    event.data = poly_strbuf_text(data);
    if (!data->overflowed)
        result = store_add_event(transaction, write->arena, &event);
    poly_strbuf_release(data);
    return result;
}

poly_result event_state_changed(poly_pg_transaction *transaction, poly_write *write, const campus_application *changed,
                                application_state old_state, const history_actor *actor)
{
    poly_json_writer writer;
    poly_strbuf data;

    begin(&writer, &data, changed);
    poly_json_put_text(&writer, "status", application_state_names[changed->state]);
    poly_json_put_text(&writer, "old_status", application_state_names[old_state]);
    poly_json_put_text(&writer, "actor_name", actor->name);
    poly_json_put_text(&writer, "actor_role", actor->role);
    poly_json_put_text(&writer, "updated_at", changed->updated_at);
    return add(transaction, write, (application_event){.application_id = changed->id, .name = "status"}, &writer,
               &data);
}

poly_result event_assigned(poly_pg_transaction *transaction, poly_write *write, const campus_application *changed)
{
    poly_json_writer writer;
    poly_strbuf data;

    begin(&writer, &data, changed);
    poly_json_put_text(&writer, "executor_id", changed->executor_id);
    poly_json_put_text(&writer, "executor_name", changed->executor_name);
    return add(transaction, write, (application_event){.application_id = changed->id, .name = ASSIGNED}, &writer,
               &data);
}

/* The beginning of a long text: an event says that there is something to read, the rest is fetched. */
static const char *excerpt(poly_arena *arena, const char *text)
{
    size_t size = strlen(text), kept = (size_t)16 << 10;

    if (size <= kept)
        return text;
    while ((text[kept] & 0xC0) == 0x80)
        kept--;
    return poly_arena_strndup(arena, text, kept);
}

poly_result event_response(poly_pg_transaction *transaction, poly_write *write, const campus_application *about,
                           const campus_message *response, const attachment_list *attachments)
{
    campus_message told = *response;
    poly_json_writer writer;
    poly_strbuf data;

    told.text = excerpt(write->arena, response->text);
    begin(&writer, &data, about);
    response_write(&writer, "response", &told, attachments);
    return add(transaction, write, (application_event){.application_id = about->id, .name = "response"}, &writer,
               &data);
}

poly_result event_comment(poly_pg_transaction *transaction, poly_write *write, const campus_application *about,
                          const campus_message *comment, const attachment_list *attachments)
{
    campus_message told = *comment;
    poly_json_writer writer;
    poly_strbuf data;

    told.text = excerpt(write->arena, comment->text);
    begin(&writer, &data, about);
    comment_write(&writer, "comment", &told, attachments);
    return add(transaction, write,
               (application_event){.application_id = about->id, .name = "comment", .internal = comment->internal},
               &writer, &data);
}

/* --- topics: an application has three, since not all may know the same, nor for as long --- */

#define TOPIC_STUDENT  "student"
#define TOPIC_EXECUTOR "executor"
#define TOPIC_STAFF    "staff"

static void make_topic(const char *whom, const char *application_id, char topic[EVENT_TOPIC_SIZE])
{
    snprintf(topic, EVENT_TOPIC_SIZE, "%s:%s", whom, application_id);
}

void event_topic(const services_caller *caller, const char *application_id, char topic[EVENT_TOPIC_SIZE])
{
    switch (caller->who) {
    case WHO_STUDENT:
        make_topic(TOPIC_STUDENT, application_id, topic);
        break;
    case WHO_EXECUTOR:
        make_topic(TOPIC_EXECUTOR, application_id, topic);
        break;
    default:
        make_topic(TOPIC_STAFF, application_id, topic);
    }
}

/* --- the feed --- */

struct event_feed {
    poly_pg *pg;
    poly_sse_hub *hub;
    poly_pg_listener *listener;
    poly_arena *arena; /* of the listener's fiber */
    int64_t last;      /* told so far */
    bool has_begun;
};

/* An executor from whom the application has been taken has no more to do with it: who still has comes back. */
static void publish(event_feed *feed, const application_event *event)
{
    static const char *const whom[] = {TOPIC_STAFF, TOPIC_EXECUTOR, TOPIC_STUDENT};
    char id[24], topic[EVENT_TOPIC_SIZE];
    const poly_sse_event told = {
        .id = id,
        .name = event->name,
        .data = poly_slice_of(event->data),
        .sequence = (uint64_t)event->sequence,
    };

    snprintf(id, sizeof(id), "%lld", (long long)event->sequence);
    for (size_t i = 0; i < POLY_LENGTH(whom); i++) {
        if (event->internal && strcmp(whom[i], TOPIC_STUDENT) == 0)
            continue;
        make_topic(whom[i], event->application_id, topic);
        poly_sse_publish(feed->hub, topic, &told);
    }
    if (strcmp(event->name, ASSIGNED) != 0)
        return;
    make_topic(TOPIC_EXECUTOR, event->application_id, topic);
    poly_sse_end(feed->hub, topic);
}

static poly_result tell_portion(event_feed *feed, size_t *count)
{
    event_list events;
    poly_result result = store_events_after(feed->pg, feed->arena, feed->last, &events);

    *count = 0;
    if (result != POLY_OK)
        return result;
    for (size_t i = 0; i < events.count; i++) {
        publish(feed, &events.items[i]);
        feed->last = events.items[i].sequence;
    }
    *count = events.count;
    poly_arena_reset(feed->arena);
    return POLY_OK;
}

static poly_result catch_up(void *context)
{
    event_feed *feed = context;
    size_t count = EVENTS_PORTION;
    poly_result result = POLY_OK;

    if (!feed->has_begun)
        result = store_events_start(feed->pg, feed->arena, &feed->last);
    feed->has_begun = feed->has_begun || result == POLY_OK;
    while (result == POLY_OK && count == EVENTS_PORTION)
        result = tell_portion(feed, &count);
    return result;
}

/* When this fails, the next notification or connection reads the same again. */
static void notified(const char *channel, const char *payload, void *context)
{
    poly_result result = catch_up(context);

    (void)channel;
    (void)payload;
    if (result != POLY_OK && result != POLY_CANCELLED)
        poly_log(POLY_LOG_WARNING, "cannot read what has happened",
                 poly_text_field("result", poly_result_name(result)));
}

event_feed *event_feed_start(poly_runtime *runtime, poly_pg *pg, poly_loop *loop)
{
    static const char *const channels[] = {"application_events", NULL};
    event_feed *feed = poly_alloc_zero(1, sizeof(*feed));

    feed->pg = pg;
    feed->arena = poly_arena_create(0);
    feed->hub = poly_sse_hub_create(runtime, &(poly_sse_hub_options){.name = "applications", .max_queued = HUB_QUEUE});
    feed->listener = poly_pg_listen(pg, loop,
                                    &(poly_pg_listener_options){
                                        .channels = channels,
                                        .notified = notified,
                                        .catch_up = catch_up,
                                        .context = feed,
                                    });
    return feed;
}

void event_feed_stop(event_feed **feed)
{
    event_feed *self = *feed;

    if (!self)
        return;
    poly_pg_listener_stop(&self->listener);
    poly_sse_hub_destroy(&self->hub);
    poly_arena_destroy(&self->arena);
    free(self);
    *feed = NULL;
}

poly_sse_hub *event_feed_hub(event_feed *feed)
{
    return feed->hub;
}
