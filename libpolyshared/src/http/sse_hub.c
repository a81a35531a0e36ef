/* SPDX-License-Identifier: MIT */
/* Hubs, and what is published to their topics. */
#include "http/sse.h"
#include "http/sse_frame.h"
#include "poly/log.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAX_QUEUED   (64u * 1024u)
#define DEFAULT_HEARTBEAT_MS 15000u
#define DEFAULT_RETRY_MS     3000u

_Static_assert(sizeof(((poly_sse_hub *)0)->key) == crypto_shorthash_KEYBYTES, "the key is that of crypto_shorthash");

static void set_defaults(poly_sse_hub_options *options)
{
    if (!options->max_queued)
        options->max_queued = DEFAULT_MAX_QUEUED;
    if (!options->heartbeat_ms)
        options->heartbeat_ms = DEFAULT_HEARTBEAT_MS;
    if (!options->retry_ms)
        options->retry_ms = DEFAULT_RETRY_MS;
}

static void register_metrics(poly_sse_hub *hub)
{
    const poly_label labels[] = {{"hub", hub->options.name}, {NULL, NULL}};

    hub->gauge = poly_gauge_get("poly_sse_subscribers", "Open event streams.", labels);
    hub->published = poly_counter_get("poly_sse_events_total", "Events published.", labels);
    hub->dropped = poly_counter_get("poly_sse_dropped_total", "Subscribers dropped because they did not read.", labels);
}

poly_sse_hub *poly_sse_hub_create(poly_runtime *runtime, const poly_sse_hub_options *options)
{
    unsigned workers = poly_runtime_workers(runtime);
    poly_sse_hub *hub = poly_alloc_zero(1, sizeof(*hub) + workers * sizeof(hub->shares[0]));

    hub->options = *options;
    set_defaults(&hub->options);
    hub->runtime = runtime;
    hub->comment = sse_frame_of_text(":\n\n");
    hub->last_chunk = sse_frame_of_text("");
    randombytes_buf(hub->key, sizeof(hub->key));
    register_metrics(hub);
    for (unsigned i = 0; i < workers; i++) {
        hub->shares[i].hub = hub;
        hub->shares[i].loop = poly_runtime_loop(runtime, i);
    }
    return hub;
}

void poly_sse_hub_destroy(poly_sse_hub **hub)
{
    poly_sse_hub *self = *hub;

    if (!self)
        return;
    for (unsigned i = 0; i < poly_runtime_workers(self->runtime); i++)
        sse_topics_release(&self->shares[i].topics);
    poly_blob_unref(&self->comment);
    poly_blob_unref(&self->last_chunk);
    free(self);
    *hub = NULL;
}

size_t poly_sse_hub_count(const poly_sse_hub *hub)
{
    size_t count = 0;

    for (unsigned i = 0; i < poly_runtime_workers(hub->runtime); i++)
        count += atomic_load_explicit(&hub->shares[i].count, memory_order_relaxed);
    return count;
}

/* Topics may have names that somebody outside has thought of. */
uint64_t sse_hash(const poly_sse_hub *hub, const char *topic)
{
    uint64_t hash;

    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)topic, strlen(topic), hub->key);
    return hash;
}

/* --- publishing --- */

/* What a loop is told. */
struct notice {
    struct sse_share *share;
    poly_blob *frame; /* NULL: the topic ends */
    uint64_t sequence;
    uint64_t hash;
    char topic[];
};

static void take_notice(void *argument)
{
    struct notice *notice = argument;
    struct sse_topic *topic = sse_topics_find(&notice->share->topics, notice->topic, notice->hash);
    struct sse_member *next;

    /* A subscriber that this ends may be the topic's last. */
    for (struct sse_member *member = topic ? topic->first : NULL; member; member = next) {
        next = member->next;
        if (notice->frame)
            sse_deliver(member->subscriber, notice->frame, notice->sequence);
        else
            sse_end(member->subscriber);
    }
    poly_blob_unref(&notice->frame);
    free(notice);
}

/*
 * To loops with subscribers only. One that joins while this looks has joined after the event: whoever publishes has
 * made the change before, and whoever joins looks at the state behind.
 */
static void tell_loops(poly_sse_hub *hub, const char *topic, poly_blob *frame, uint64_t sequence)
{
    size_t size = strlen(topic) + 1;
    uint64_t hash = sse_hash(hub, topic);

    assert(size <= POLY_SSE_TOPIC_SIZE);
    for (unsigned i = 0; i < poly_runtime_workers(hub->runtime); i++) {
        struct sse_share *share = &hub->shares[i];
        struct notice *notice;

        if (atomic_load(&share->count) == 0)
            continue;
        notice = poly_alloc(sizeof(*notice) + size);
        *notice = (struct notice){share, frame ? poly_blob_ref(frame) : NULL, sequence, hash};
        memcpy(notice->topic, topic, size);
        poly_loop_post(share->loop, take_notice, notice);
    }
}

void poly_sse_publish(poly_sse_hub *hub, const char *topic, const poly_sse_event *event)
{
    poly_blob *frame = sse_frame_of_event(event);

    poly_counter_add(hub->published, 1);
    if (frame->size <= hub->options.max_queued)
        tell_loops(hub, topic, frame, event->sequence);
    else
        poly_log(POLY_LOG_ERROR, "an event is larger than what may wait for a subscriber",
                 poly_text_field("hub", hub->options.name), poly_int_field("bytes", frame->size));
    poly_blob_unref(&frame);
}

void poly_sse_end(poly_sse_hub *hub, const char *topic)
{
    tell_loops(hub, topic, NULL, 0);
}
