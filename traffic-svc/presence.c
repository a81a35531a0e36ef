/* SPDX-License-Identifier: MIT */
#include "presence.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "poly/log.h"
#include "poly/time.h"

#include "store.h"

#define PAUSE     POLY_MILLISECONDS(200)
#define HEARTBEAT POLY_SECONDS(5)
#define TURN      POLY_SECONDS(5) /* for the database to take a batch */

enum { BUCKETS = 4096, BATCH = 2000 };

/* A kiosk with a stream here, or one of which the database has still to be told that it has none any more. */
struct entry {
    struct entry *next;
    char tablet_id[POLY_UUID_SIZE];
    unsigned kiosks;
    unsigned watchers;
    bool is_news;     /* it came, and the database has not heard of it; it may be gone again */
    bool told_online; /* what the database knows */
};

struct kiosk_presence {
    poly_pg *pg;
    poly_gauge *gauge;
    char replica_id[POLY_UUID_SIZE];
    uint64_t last_heartbeat;
    pthread_mutex_t lock; /* for what follows */
    struct entry *buckets[BUCKETS];
    size_t entries;
    bool changed; /* some entry is not as the database knows it */
};

kiosk_presence *presence_create(poly_pg *pg, poly_gauge *kiosks)
{
    kiosk_presence *made = poly_alloc_zero(1, sizeof(*made));

    made->pg = pg;
    made->gauge = kiosks;
    poly_uuid_make(made->replica_id);
    pthread_mutex_init(&made->lock, NULL);
    return made;
}

void presence_destroy(kiosk_presence **presence)
{
    if (!*presence)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct entry *entry;

        while ((entry = (*presence)->buckets[i]) != NULL) {
            (*presence)->buckets[i] = entry->next;
            free(entry);
        }
    }
    pthread_mutex_destroy(&(*presence)->lock);
    free(*presence);
    *presence = NULL;
}

const char *presence_replica_id(const kiosk_presence *presence)
{
    return presence->replica_id;
}

/* --- entries: under the lock --- */

/* Ids are random; their digits spread well. */
static size_t bucket_of(const char *tablet_id)
{
    size_t hash = 0;

    for (const char *at = tablet_id; *at; at++)
        hash = hash * 31 + (unsigned char)*at;
    return hash % BUCKETS;
}

static struct entry **find(kiosk_presence *presence, const char *tablet_id)
{
    struct entry **at = &presence->buckets[bucket_of(tablet_id)];

    while (*at && strcmp((*at)->tablet_id, tablet_id) != 0)
        at = &(*at)->next;
    return at;
}

static bool has_left(const struct entry *entry)
{
    return entry->told_online && entry->kiosks == 0;
}

static void drop_if_done(kiosk_presence *presence, struct entry **at)
{
    struct entry *entry = *at;

    if (entry->kiosks || entry->watchers || entry->is_news || entry->told_online)
        return;
    *at = entry->next;
    free(entry);
    presence->entries--;
}

void presence_enter(kiosk_presence *presence, const char *tablet_id, bool is_kiosk)
{
    struct entry **at;

    pthread_mutex_lock(&presence->lock);
    at = find(presence, tablet_id);
    if (!*at) {
        *at = poly_alloc_zero(1, sizeof(**at));
        memcpy((*at)->tablet_id, tablet_id, POLY_UUID_SIZE);
        presence->entries++;
    }
    (*at)->is_news |= is_kiosk && (*at)->kiosks == 0;
    (*at)->watchers++;
    (*at)->kiosks += is_kiosk;
    presence->changed |= (*at)->is_news;
    pthread_mutex_unlock(&presence->lock);
    poly_gauge_add(presence->gauge, is_kiosk);
}

void presence_leave(kiosk_presence *presence, const char *tablet_id, bool is_kiosk)
{
    struct entry **at;

    pthread_mutex_lock(&presence->lock);
    at = find(presence, tablet_id);
    (*at)->watchers--;
    (*at)->kiosks -= is_kiosk;
    presence->changed |= has_left(*at);
    drop_if_done(presence, at);
    pthread_mutex_unlock(&presence->lock);
    poly_gauge_add(presence->gauge, -(int64_t)is_kiosk);
}

bool presence_is_online(kiosk_presence *presence, const char *tablet_id)
{
    struct entry *entry;
    bool online;

    pthread_mutex_lock(&presence->lock);
    entry = *find(presence, tablet_id);
    online = entry && (entry->kiosks > 0 || entry->is_news || entry->told_online);
    pthread_mutex_unlock(&presence->lock);
    return online;
}

bool presence_is_watched(kiosk_presence *presence, const char *tablet_id)
{
    struct entry *entry;
    bool watched;

    pthread_mutex_lock(&presence->lock);
    entry = *find(presence, tablet_id);
    watched = entry && entry->watchers > 0;
    pthread_mutex_unlock(&presence->lock);
    return watched;
}

const char *const *presence_watched(kiosk_presence *presence, poly_arena *arena, size_t *count)
{
    const char **ids;

    *count = 0;
    pthread_mutex_lock(&presence->lock);
    ids = poly_arena_alloc(arena, (presence->entries + 1) * sizeof(*ids));
    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct entry *entry = presence->buckets[i]; entry; entry = entry->next)
            if (entry->watchers)
                ids[(*count)++] = poly_arena_strdup(arena, entry->tablet_id);
    pthread_mutex_unlock(&presence->lock);
    return ids;
}

/* --- telling the database --- */

/* Kiosks of one kind that it has to be told of, in the arena. */
struct batch {
    const char **ids;
    size_t count;
};

/* Those that came, or those that have left. */
static struct batch collect(kiosk_presence *presence, bool came, poly_arena *arena)
{
    struct batch batch = {.ids = poly_arena_alloc(arena, BATCH * sizeof(char *))};

    pthread_mutex_lock(&presence->lock);
    for (size_t i = 0; i < BUCKETS && batch.count < BATCH; i++)
        for (struct entry *entry = presence->buckets[i]; entry && batch.count < BATCH; entry = entry->next)
            if (came ? entry->is_news : has_left(entry))
                batch.ids[batch.count++] = poly_arena_strdup(arena, entry->tablet_id);
    pthread_mutex_unlock(&presence->lock);
    return batch;
}

static void settle(kiosk_presence *presence, const struct batch *batch, bool came)
{
    pthread_mutex_lock(&presence->lock);
    for (size_t i = 0; i < batch->count; i++) {
        struct entry **at = find(presence, batch->ids[i]);

        if (!*at)
            continue;
        (*at)->told_online = came;
        (*at)->is_news &= !came;
        presence->changed |= (*at)->is_news || has_left(*at);
        drop_if_done(presence, at);
    }
    pthread_mutex_unlock(&presence->lock);
}

static poly_result tell(kiosk_presence *presence, bool came, poly_arena *arena, bool *more)
{
    struct batch batch = collect(presence, came, arena);
    poly_result result = POLY_OK;

    if (batch.count == 0)
        return POLY_OK;
    result = came ? store_kiosks_came(presence->pg, arena, presence->replica_id, batch.ids, batch.count)
                  : store_kiosks_went(presence->pg, arena, presence->replica_id, batch.ids, batch.count);
    if (result == POLY_OK)
        settle(presence, &batch, came);
    *more |= batch.count == BATCH;
    return result;
}

/* False, without asking again, until something changes. */
static bool take_changed(kiosk_presence *presence)
{
    bool changed;

    pthread_mutex_lock(&presence->lock);
    changed = presence->changed;
    presence->changed = false;
    pthread_mutex_unlock(&presence->lock);
    return changed;
}

static void put_changed(kiosk_presence *presence)
{
    pthread_mutex_lock(&presence->lock);
    presence->changed = true;
    pthread_mutex_unlock(&presence->lock);
}

static poly_result tell_all(kiosk_presence *presence, poly_arena *arena)
{
    bool more = false;
    poly_result result;

    if (!take_changed(presence))
        return POLY_OK;
    result = tell(presence, true, arena, &more);
    if (result == POLY_OK)
        result = tell(presence, false, arena, &more);
    if (result != POLY_OK || more)
        put_changed(presence);
    return result;
}

static poly_result live(kiosk_presence *presence, poly_arena *arena)
{
    uint64_t now = poly_time_monotonic();
    poly_result result = POLY_OK;

    if (presence->last_heartbeat == 0 || now - presence->last_heartbeat >= HEARTBEAT) {
        result = store_replica_lives(presence->pg, arena, presence->replica_id);
        if (result == POLY_OK)
            presence->last_heartbeat = now;
    }
    return result == POLY_OK ? tell_all(presence, arena) : result;
}

static void run(void *argument)
{
    kiosk_presence *presence = argument;
    poly_arena *arena = poly_arena_create(0);
    poly_result last = POLY_OK;

    while (poly_fiber_sleep(PAUSE) == POLY_OK) {
        poly_result result;

        poly_fiber_set_deadline(poly_time_monotonic() + TURN);
        result = live(presence, arena);
        poly_fiber_set_deadline(POLY_NO_DEADLINE);
        if (result != POLY_OK && last == POLY_OK && result != POLY_CANCELLED)
            poly_log(POLY_LOG_WARNING, "cannot say which kiosks are online",
                     poly_text_field("result", poly_result_name(result)));
        last = result;
        poly_arena_reset(arena);
    }
    poly_arena_destroy(&arena);
}

void presence_start(kiosk_presence *presence, poly_loop *loop)
{
    poly_fiber_start(loop, "presence", run, presence);
}
