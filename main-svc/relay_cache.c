/* SPDX-License-Identifier: MIT */
#include "relay_cache.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "poly/metrics.h"
#include "poly/runtime.h"
#include "poly/time.h"

#define BUCKETS  1024u /* a power of two */
#define OVERHEAD 256u  /* of an entry, beside its bytes */

struct entry {
    char *key;
    struct entry *next;          /* in its bucket */
    struct entry *newer, *older; /* by last use */
    relayed answer;
    uint64_t expires; /* monotonic */
    size_t bytes;
};

/* A fetch under way. Its loader and all who wait for it hold references. */
struct flight {
    char *key;
    struct flight *next;
    poly_latch *landed;
    unsigned references; /* under the lock */
    poly_result result;  /* once it has landed */
    relayed answer;
};

struct relay_cache {
    pthread_mutex_t lock;
    uint64_t life;
    size_t max_bytes, bytes;
    struct entry *buckets[BUCKETS];
    struct entry *newest, *oldest;
    struct flight *flights;
    poly_counter *hits, *misses;
};

static void copy_references(const relayed *from, relayed *to)
{
    *to = *from;
    to->json = from->json ? poly_blob_ref(from->json) : NULL;
    to->gzip = from->gzip ? poly_blob_ref(from->gzip) : NULL;
}

void relayed_release(relayed *answer)
{
    poly_blob_unref(&answer->json);
    poly_blob_unref(&answer->gzip);
}

relay_cache *relay_cache_create(unsigned seconds, size_t max_bytes)
{
    relay_cache *cache = poly_alloc_zero(1, sizeof(*cache));

    pthread_mutex_init(&cache->lock, NULL);
    cache->life = POLY_SECONDS(seconds);
    cache->max_bytes = max_bytes;
    cache->hits = poly_counter_get("main_schedule_cache_hits_total", "Timetable answers given again.", NULL);
    cache->misses = poly_counter_get("main_schedule_cache_misses_total", "Timetable answers fetched.", NULL);
    return cache;
}

/* --- entries: under the lock --- */

/* FNV-1a. Keys are made of checked values; whoever floods a bucket pays for it with fetches. */
static size_t bucket_of(const char *key)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return (size_t)((hash >> 32) & (BUCKETS - 1));
}

static struct entry **place_of(relay_cache *cache, const char *key)
{
    struct entry **place = &cache->buckets[bucket_of(key)];

    while (*place && strcmp((*place)->key, key) != 0)
        place = &(*place)->next;
    return place;
}

static void unlink_use(relay_cache *cache, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
}

static void link_newest(relay_cache *cache, struct entry *entry)
{
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void remove_entry(relay_cache *cache, struct entry *entry)
{
    *place_of(cache, entry->key) = entry->next;
    unlink_use(cache, entry);
    cache->bytes -= entry->bytes;
    relayed_release(&entry->answer);
    free(entry->key);
    free(entry);
}

static void keep(relay_cache *cache, const char *key, const relayed *answer)
{
    struct entry *entry = *place_of(cache, key);
    size_t bytes = OVERHEAD + strlen(key) + answer->json->size + (answer->gzip ? answer->gzip->size : 0);

    if (entry)
        remove_entry(cache, entry);
    if (cache->life == 0 || bytes > cache->max_bytes)
        return;
    while (cache->bytes + bytes > cache->max_bytes)
        remove_entry(cache, cache->oldest);
    entry = poly_alloc_zero(1, sizeof(*entry));
    entry->key = poly_strdup(key);
    entry->expires = poly_time_monotonic() + cache->life;
    entry->bytes = bytes;
    copy_references(answer, &entry->answer);
    *place_of(cache, key) = entry;
    link_newest(cache, entry);
    cache->bytes += bytes;
}

static bool find_fresh(relay_cache *cache, const char *key, relayed *answer)
{
    struct entry *entry = *place_of(cache, key);

    if (!entry || entry->expires <= poly_time_monotonic())
        return false;
    unlink_use(cache, entry);
    link_newest(cache, entry);
    copy_references(&entry->answer, answer);
    return true;
}

void relay_cache_destroy(relay_cache **cache)
{
    if (!*cache)
        return;
    while ((*cache)->oldest)
        remove_entry(*cache, (*cache)->oldest);
    assert(!(*cache)->flights);
    pthread_mutex_destroy(&(*cache)->lock);
    free(*cache);
    *cache = NULL;
}

/* --- flights --- */

/* Under the lock. */
static struct flight *find_flight(relay_cache *cache, const char *key)
{
    struct flight *flight = cache->flights;

    while (flight && strcmp(flight->key, key) != 0)
        flight = flight->next;
    if (flight)
        flight->references++;
    return flight;
}

/* Under the lock. */
static struct flight *begin_flight(relay_cache *cache, const char *key)
{
    struct flight *flight = poly_alloc_zero(1, sizeof(*flight));

    flight->key = poly_strdup(key);
    flight->landed = poly_latch_create();
    flight->references = 1;
    flight->next = cache->flights;
    cache->flights = flight;
    return flight;
}

static void drop_flight(relay_cache *cache, struct flight *flight)
{
    bool last;

    pthread_mutex_lock(&cache->lock);
    last = --flight->references == 0;
    pthread_mutex_unlock(&cache->lock);
    if (!last)
        return;
    poly_latch_unref(&flight->landed);
    relayed_release(&flight->answer);
    free(flight->key);
    free(flight);
}

static poly_result fly(relay_cache *cache, struct flight *flight, relay_load *load, void *context, relayed *answer)
{
    struct flight **place = &cache->flights;
    poly_result result = load(context, &flight->answer);

    poly_counter_add(cache->misses, 1);
    if (result == POLY_OK)
        copy_references(&flight->answer, answer);
    flight->result = result;
    pthread_mutex_lock(&cache->lock);
    if (result == POLY_OK)
        keep(cache, flight->key, &flight->answer);
    while (*place != flight)
        place = &(*place)->next;
    *place = flight->next;
    pthread_mutex_unlock(&cache->lock);
    poly_latch_open(flight->landed);
    drop_flight(cache, flight);
    return result;
}

static poly_result wait_for(relay_cache *cache, struct flight *flight, relayed *answer)
{
    poly_result result = poly_latch_wait(flight->landed, POLY_NO_DEADLINE);

    if (result == POLY_OK)
        result = flight->result;
    if (result == POLY_OK)
        copy_references(&flight->answer, answer);
    drop_flight(cache, flight);
    return result;
}

poly_result relay_cache_get(relay_cache *cache, const char *key, relay_load *load, void *context, relayed *answer)
{
    assert(strlen(key) < RELAY_KEY_SIZE);
    *answer = (relayed){.json = NULL};
    for (;;) {
        struct flight *flight = NULL;
        bool found, loads = false;
        poly_result result;

        pthread_mutex_lock(&cache->lock);
        found = find_fresh(cache, key, answer);
        if (!found)
            flight = find_flight(cache, key);
        if (!found && !flight) {
            flight = begin_flight(cache, key);
            loads = true;
        }
        pthread_mutex_unlock(&cache->lock);
        if (found) {
            poly_counter_add(cache->hits, 1);
            return POLY_OK;
        }
        if (loads)
            return fly(cache, flight, load, context, answer);
        result = wait_for(cache, flight, answer);
        /* Only the client who fetched has left: somebody who is still here fetches then. */
        if (result != POLY_CANCELLED || poly_fiber_is_cancelled())
            return result;
    }
}

size_t relay_cache_bytes(relay_cache *cache)
{
    size_t bytes;

    pthread_mutex_lock(&cache->lock);
    bytes = cache->bytes;
    pthread_mutex_unlock(&cache->lock);
    return bytes;
}
