/* SPDX-License-Identifier: MIT */
#include "change_feed.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poly/log.h"
#include "poly/pg_listen.h"

#include "store.h"

#define LOOK_EVERY     POLY_SECONDS(1)
#define GATHER         POLY_MILLISECONDS(40) /* a lecture hall's marks make a few events, not hundreds */
#define STATUSES_EVERY POLY_MILLISECONDS(500)
#define TURN           POLY_SECONDS(5)
#define FORGOTTEN      POLY_SECONDS(1800) /* changes are kept for twice as long */

enum { STATES_AT_ONCE = 500, SEEN_SIZE = 24 };
#define STATE_MAX    (32 * 1024)
#define STATUSES_MAX ((size_t)4 << 20)

struct change_feed {
    poly_runtime *runtime;
    poly_pg *pg;
    kiosk_presence *presence;
    poly_sse_hub *kiosks;
    poly_sse_hub *statuses;
    poly_pg_listener *listener;
    atomic_bool must_notify; /* something was changed here that the others have not been told of */
    atomic_bool is_posted;   /* a wake-up is on its way to the loop */
    /* of the loop */
    poly_wait *wait; /* NULL unless the fiber waits */
    bool is_woken;
    char seen[SEEN_SIZE]; /* "" until it has looked once */
    uint64_t looked_at;
};

static poly_loop *loop_of(const change_feed *feed)
{
    return poly_runtime_loop(feed->runtime, 0);
}

change_feed *change_feed_create(poly_runtime *runtime, poly_pg *pg, kiosk_presence *presence)
{
    change_feed *feed = poly_alloc_zero(1, sizeof(*feed));

    feed->runtime = runtime;
    feed->pg = pg;
    feed->presence = presence;
    feed->kiosks =
        poly_sse_hub_create(runtime, &(poly_sse_hub_options){.name = "kiosks", .heartbeat_ms = 5000, .retry_ms = 1000});
    feed->statuses =
        poly_sse_hub_create(runtime, &(poly_sse_hub_options){.name = "statuses", .max_queued = 2 * STATUSES_MAX});
    return feed;
}

void change_feed_destroy(change_feed **feed)
{
    if (!*feed)
        return;
    poly_pg_listener_stop(&(*feed)->listener);
    poly_sse_hub_destroy(&(*feed)->statuses);
    poly_sse_hub_destroy(&(*feed)->kiosks);
    free(*feed);
    *feed = NULL;
}

poly_sse_hub *change_feed_kiosks(change_feed *feed)
{
    return feed->kiosks;
}

poly_sse_hub *change_feed_statuses(change_feed *feed)
{
    return feed->statuses;
}

void change_feed_topic(const char *tablet_id, tablet_view view, char out[POLY_SSE_TOPIC_SIZE])
{
    snprintf(out, POLY_SSE_TOPIC_SIZE, "%s %s", view == TABLET_OWN ? "own" : "public", tablet_id);
}

void change_feed_write(const kiosk_state *state, tablet_view view, poly_strbuf *out)
{
    poly_json_writer writer;
    char second[POLY_RFC3339_SIZE], now[POLY_RFC3339_SIZE + 8];
    int64_t ms = poly_time_unix_ms();

    poly_time_format_rfc3339(ms / 1000, second);
    snprintf(now, sizeof(now), "%.19s.%03dZ", second, (int)(ms % 1000));
    poly_json_writer_init(&writer, out);
    kiosk_state_write(&writer, state, view);
    poly_json_put_text(&writer, "server_time", now);
    poly_json_end_object(&writer);
}

/* --- waking the fiber --- */

static void wake(change_feed *feed)
{
    feed->is_woken = true;
    if (feed->wait)
        poly_wait_finish(feed->wait);
    feed->wait = NULL;
}

static void wake_on_loop(void *argument)
{
    change_feed *feed = argument;

    atomic_store(&feed->is_posted, false);
    wake(feed);
}

void change_feed_wake(change_feed *feed)
{
    atomic_store(&feed->must_notify, true);
    if (!atomic_exchange(&feed->is_posted, true))
        poly_loop_post(loop_of(feed), wake_on_loop, feed);
}

static void on_notified(const char *channel, const char *payload, void *context)
{
    change_feed *feed = context;

    (void)channel;
    if (strcmp(payload, presence_replica_id(feed->presence)) != 0)
        wake(feed);
}

static poly_result on_connected(void *context)
{
    wake(context);
    return POLY_OK;
}

/* False when the loop stops. */
static bool wait_for_news(change_feed *feed)
{
    poly_wait wait;
    poly_result result = POLY_OK;

    if (!feed->is_woken) {
        poly_wait_init(&wait);
        feed->wait = &wait;
        result = poly_wait_until(&wait, poly_time_monotonic() + LOOK_EVERY);
        feed->wait = NULL;
    }
    if (result == POLY_OK && poly_fiber_sleep(GATHER) != POLY_OK)
        return false;
    feed->is_woken = false;
    return result == POLY_OK || result == POLY_TIMEOUT;
}

/* --- telling the kiosks --- */

static void publish(change_feed *feed, const kiosk_state *state, tablet_view view)
{
    char topic[POLY_SSE_TOPIC_SIZE];
    poly_strbuf data;

    poly_strbuf_init(&data, STATE_MAX);
    change_feed_write(state, view, &data);
    change_feed_topic(state->tablet.id, view, topic);
    poly_sse_publish(feed->kiosks, topic, &(poly_sse_event){.name = "tablet", .data = {data.data, data.size}});
    poly_strbuf_release(&data);
}

/* A kiosk that was deleted has to ask anew, and hears that there is none. */
static void end_streams(change_feed *feed, const char *tablet_id)
{
    char topic[POLY_SSE_TOPIC_SIZE];

    change_feed_topic(tablet_id, TABLET_OWN, topic);
    poly_sse_end(feed->kiosks, topic);
    change_feed_topic(tablet_id, TABLET_PUBLIC, topic);
    poly_sse_end(feed->kiosks, topic);
}

static bool is_among(const char *id, const kiosk_state *states, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(states[i].tablet.id, id) == 0)
            return true;
    return false;
}

static poly_result tell_kiosks(change_feed *feed, poly_arena *arena, const char *const *ids, size_t id_count)
{
    kiosk_state *states = NULL;
    size_t count;
    poly_result result = store_kiosk_states(feed->pg, arena, ids, id_count, &states, &count);

    if (result != POLY_OK)
        return result;
    for (size_t i = 0; i < count; i++) {
        publish(feed, &states[i], TABLET_OWN);
        publish(feed, &states[i], TABLET_PUBLIC);
    }
    for (size_t i = 0; i < id_count && count < id_count; i++)
        if (!is_among(ids[i], states, count))
            end_streams(feed, ids[i]);
    return POLY_OK;
}

/* Those of the changes that somebody here watches, in portions. */
static poly_result tell_changes(change_feed *feed, poly_arena *arena, const tablet_changes *changes)
{
    const char **ids = poly_arena_alloc(arena, STATES_AT_ONCE * sizeof(*ids));
    size_t count = 0;
    poly_result result = POLY_OK;

    for (size_t i = 0; result == POLY_OK && i < changes->count; i++) {
        if (presence_is_watched(feed->presence, changes->ids[i]))
            ids[count++] = changes->ids[i];
        if (count == STATES_AT_ONCE || (count > 0 && i + 1 == changes->count)) {
            result = tell_kiosks(feed, arena, ids, count);
            count = 0;
        }
    }
    return result;
}

/*
 * Whether changes may have been missed: it looks for the first time, and kiosks have read their state before; they have
 * been deleted meanwhile; or this is another database, restored from a copy, whose transactions begin at lower numbers.
 */
static bool has_lost_track(const change_feed *feed, const tablet_changes *changes)
{
    return !*feed->seen || poly_time_monotonic() - feed->looked_at > FORGOTTEN ||
           strtoull(changes->seen, NULL, 10) < strtoull(feed->seen, NULL, 10);
}

static poly_result catch_up(change_feed *feed, poly_arena *arena)
{
    tablet_changes changes;
    poly_result result = store_changes_since(feed->pg, arena, *feed->seen ? feed->seen : NULL, &changes);

    if (result != POLY_OK)
        return result;
    if (has_lost_track(feed, &changes))
        changes.ids = presence_watched(feed->presence, arena, &changes.count);
    result = tell_changes(feed, arena, &changes);
    if (result != POLY_OK)
        return result;
    snprintf(feed->seen, sizeof(feed->seen), "%s", changes.seen);
    feed->looked_at = poly_time_monotonic();
    return POLY_OK;
}

static poly_result look(change_feed *feed, poly_arena *arena)
{
    if (atomic_exchange(&feed->must_notify, false)) {
        poly_result result = store_notify_changes(feed->pg, arena, presence_replica_id(feed->presence));

        if (result != POLY_OK) {
            atomic_store(&feed->must_notify, true);
            return result;
        }
    }
    return catch_up(feed, arena);
}

static void run(void *argument)
{
    change_feed *feed = argument;
    poly_arena *arena = poly_arena_create(0);
    poly_result last = POLY_OK;

    do {
        poly_result result;

        poly_fiber_set_deadline(poly_time_monotonic() + TURN);
        result = look(feed, arena);
        poly_fiber_set_deadline(POLY_NO_DEADLINE);
        if (result != POLY_OK && last == POLY_OK && result != POLY_CANCELLED)
            poly_log(POLY_LOG_WARNING, "cannot tell the kiosks what has changed",
                     poly_text_field("result", poly_result_name(result)));
        last = result;
        poly_arena_reset(arena);
    } while (wait_for_news(feed));
    poly_arena_destroy(&arena);
}

/* --- telling administrators who is online --- */

static void tell_statuses(change_feed *feed, poly_arena *arena, char digest[POLY_DIGEST_SIZE])
{
    char present[POLY_DIGEST_SIZE];
    const char *json;
    size_t size;

    if (poly_sse_hub_count(feed->statuses) == 0 || store_statuses_json(feed->pg, arena, &json) != POLY_OK)
        return;
    size = strlen(json);
    poly_digest(json, size, present);
    if (strcmp(present, digest) == 0)
        return;
    memcpy(digest, present, POLY_DIGEST_SIZE);
    poly_sse_publish(feed->statuses, STATUSES_TOPIC, &(poly_sse_event){.name = "statuses", .data = {json, size}});
}

static void run_statuses(void *argument)
{
    change_feed *feed = argument;
    poly_arena *arena = poly_arena_create(0);
    char digest[POLY_DIGEST_SIZE] = "";

    while (poly_fiber_sleep(STATUSES_EVERY) == POLY_OK) {
        poly_fiber_set_deadline(poly_time_monotonic() + TURN);
        tell_statuses(feed, arena, digest);
        poly_fiber_set_deadline(POLY_NO_DEADLINE);
        poly_arena_reset(arena);
    }
    poly_arena_destroy(&arena);
}

void change_feed_start(change_feed *feed)
{
    static const char *const channels[] = {CHANGES_CHANNEL, NULL};

    feed->listener = poly_pg_listen(feed->pg, loop_of(feed),
                                    &(poly_pg_listener_options){
                                        .channels = channels,
                                        .notified = on_notified,
                                        .catch_up = on_connected,
                                        .context = feed,
                                    });
    poly_fiber_start(loop_of(feed), "change feed", run, feed);
    poly_fiber_start(loop_of(feed), "statuses", run_statuses, feed);
}
