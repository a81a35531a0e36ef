/* SPDX-License-Identifier: MIT */
#include "cache.h"

#include <stdlib.h>
#include <string.h>

#include "cache_fetch.h"

#define DEFAULT_SHARDS 16

int64_t cache_clock(const answer_cache *cache)
{
    return (int64_t)(cache->options.clock ? cache->options.clock() : poly_time_monotonic());
}

answer_cache *cache_create(const cache_options *options)
{
    answer_cache *cache = poly_alloc_zero(1, sizeof(*cache));

    cache->options = *options;
    cache_table_init(&cache->table, options->shards ? options->shards : DEFAULT_SHARDS, options->max_bytes);
    atomic_init(&cache->generation, 0);
    cache->hits = poly_counter_get("schedule_cache_hits_total", "Answers given from the cache while fresh.", NULL);
    cache->misses = poly_counter_get("schedule_cache_misses_total", "Requests that the cache could not answer.", NULL);
    cache->stale = poly_counter_get("schedule_cache_stale_total", "Answers given beyond their freshness.", NULL);
    cache->negative =
        poly_counter_get("schedule_cache_negative_total", "Answers from the memory of what is not there.", NULL);
    cache->evictions = poly_counter_get("schedule_cache_evictions_total", "Entries thrown out for room.", NULL);
    cache->bytes = poly_gauge_get("schedule_cache_bytes", "Memory of the cache.", NULL);
    cache->entries = poly_gauge_get("schedule_cache_entries", "Entries in the cache.", NULL);
    return cache;
}

void cache_destroy(answer_cache **cache)
{
    if (!*cache)
        return;
    cache_table_release(&(*cache)->table);
    free(*cache);
    *cache = NULL;
}

size_t cache_bytes(const answer_cache *cache)
{
    return atomic_load_explicit(&cache->table.bytes, memory_order_relaxed);
}

size_t cache_count(const answer_cache *cache)
{
    return atomic_load_explicit(&cache->table.entries, memory_order_relaxed);
}

uint64_t cache_generation(const answer_cache *cache)
{
    return atomic_load(&cache->generation);
}

void cache_keep_bound(answer_cache *cache)
{
    size_t evicted = cache_table_shrink(&cache->table);

    if (evicted)
        poly_counter_add(cache->evictions, evicted);
    poly_gauge_set(cache->bytes, (int64_t)cache_bytes(cache));
    poly_gauge_set(cache->entries, (int64_t)cache_count(cache));
}

/* --- answers --- */

provenance provenance_of_both(provenance a, provenance b)
{
    return (provenance){
        .age = a.age > b.age ? a.age : b.age,
        .fresh_for = a.fresh_for < b.fresh_for ? a.fresh_for : b.fresh_for,
        .modified = a.modified > b.modified ? a.modified : b.modified,
    };
}

void cached_release(cached *item)
{
    poly_blob_unref(&item->gzip);
    poly_blob_unref(&item->identity);
}

void cache_take(const cache_entry *entry, int64_t now, cached *item)
{
    item->gzip = poly_blob_ref(entry->gzip);
    item->identity = entry->identity ? poly_blob_ref(entry->identity) : NULL;
    item->identity_size = entry->identity_size;
    memcpy(item->etag, entry->etag, sizeof(item->etag));
    item->provenance.age = now > entry->fetched_at ? (uint64_t)(now - entry->fetched_at) : 0;
    item->provenance.fresh_for = entry->fresh_until > now ? (uint64_t)(entry->fresh_until - now) : 0;
    item->provenance.modified = entry->modified;
}

static void copy(const cached *from, cached *item)
{
    *item = *from;
    poly_blob_ref(item->gzip);
    if (item->identity)
        poly_blob_ref(item->identity);
}

struct unpacking {
    const poly_blob *gzip;
    size_t size;
    poly_blob *identity;
};

static void unpack(void *argument)
{
    struct unpacking *unpacking = argument;

    unpacking->identity = poly_blob_gunzip(unpacking->gzip, unpacking->size);
}

/* Makes the plain form of an answer that has only the other one, and leaves it in the entry for the next. */
static poly_result add_identity(answer_cache *cache, const resource_key *key, cached *item)
{
    struct unpacking unpacking = {.gzip = item->gzip, .size = item->identity_size};
    poly_result result = POLY_OK;
    cache_shard *shard;
    cache_entry *entry;

    if (item->identity_size > CACHE_OFF_LOOP_ABOVE)
        result = poly_offload(unpack, &unpacking);
    else
        unpack(&unpacking);
    if (result != POLY_OK)
        return result;
    if (!unpacking.identity)
        return POLY_BAD_ANSWER;
    item->identity = unpacking.identity;
    shard = cache_table_lock(&cache->table, key);
    entry = cache_table_find(&cache->table, shard, key);
    if (entry && entry->gzip == item->gzip && !entry->identity)
        cache_table_set_identity(&cache->table, shard, entry, poly_blob_ref(item->identity));
    cache_table_unlock(shard);
    cache_keep_bound(cache);
    return POLY_OK;
}

/* --- asking --- */

typedef enum verdict {
    VERDICT_FRESH,
    VERDICT_STALE,   /* give it, fetch it anew */
    VERDICT_RESTING, /* give it: the last fetch failed a moment ago */
    VERDICT_UNKNOWN,
    VERDICT_FAILED, /* nothing to give, and no new fetch yet */
    VERDICT_WAIT,
} verdict;

static bool is_fallback(const answer_cache *cache, const cache_entry *entry, int64_t now)
{
    return entry->gzip && now - entry->fetched_at < (int64_t)cache->options.stale_if_error;
}

static verdict judge(const answer_cache *cache, const cache_entry *entry, int64_t now)
{
    bool resting = now < entry->retry_at;

    if (entry->negative && now < entry->fresh_until)
        return VERDICT_UNKNOWN;
    if (entry->gzip && now < entry->fresh_until)
        return VERDICT_FRESH;
    if (entry->gzip && now < entry->fresh_until + (int64_t)cache->options.stale)
        return resting ? VERDICT_RESTING : VERDICT_STALE;
    if (!resting)
        return VERDICT_WAIT;
    return is_fallback(cache, entry, now) ? VERDICT_RESTING : VERDICT_FAILED;
}

/* What the flags make of it. */
static verdict judge_for(const answer_cache *cache, const cache_entry *entry, unsigned flags, int64_t now)
{
    verdict plain = judge(cache, entry, now);

    if (!(flags & CACHE_AS_IS) || plain == VERDICT_FRESH || plain == VERDICT_UNKNOWN)
        return plain;
    return is_fallback(cache, entry, now) ? VERDICT_RESTING : VERDICT_FAILED;
}

struct lookup {
    verdict verdict;
    poly_result failure;
    cache_flight *flight; /* VERDICT_WAIT: to wait for; with a reference */
    cache_flight *begun;  /* to be launched */
    bool has_fallback;
};

static void note_use(cache_shard *shard, cache_entry *entry, unsigned flags, int64_t now)
{
    cache_table_use(shard, entry, now);
    if (!(flags & CACHE_BACKGROUND) && entry->asked_at < now)
        entry->asked_at = now;
}

static struct lookup look_up(answer_cache *cache, const resource_key *key, unsigned flags, cached *item)
{
    struct lookup lookup = {0};
    int64_t now = cache_clock(cache);
    cache_shard *shard = cache_table_lock(&cache->table, key);
    cache_entry *entry = cache_table_find(&cache->table, shard, key);

    if (!entry)
        entry = cache_table_add(&cache->table, shard, key, now);
    note_use(shard, entry, flags, now);
    lookup.verdict = judge_for(cache, entry, flags, now);
    lookup.failure = entry->failure ? (poly_result)entry->failure : POLY_UNAVAILABLE;
    if (lookup.verdict <= VERDICT_RESTING)
        cache_take(entry, now, item);
    if ((lookup.verdict == VERDICT_STALE || lookup.verdict == VERDICT_WAIT) && !entry->flight)
        lookup.begun = cache_flight_begin(cache, entry);
    if (lookup.verdict == VERDICT_WAIT) {
        lookup.flight = entry->flight;
        lookup.has_fallback = is_fallback(cache, entry, now);
        atomic_fetch_add_explicit(&lookup.flight->references, 1, memory_order_relaxed);
    }
    cache_table_unlock(shard);
    if (lookup.begun)
        cache_flight_launch(lookup.begun);
    return lookup;
}

/* The old answer where a fetch failed or takes too long. */
static bool fall_back(answer_cache *cache, const resource_key *key, cached *item)
{
    int64_t now = cache_clock(cache);
    cache_shard *shard = cache_table_lock(&cache->table, key);
    const cache_entry *entry = cache_table_find(&cache->table, shard, key);
    bool found = entry && is_fallback(cache, entry, now);

    if (found)
        cache_take(entry, now, item);
    cache_table_unlock(shard);
    return found;
}

static poly_result wait_for_flight(answer_cache *cache, const struct lookup *lookup, uint64_t deadline, cached *item)
{
    cache_flight *flight = lookup->flight;
    uint64_t patience = flight->started_at + cache->options.stale_wait;
    poly_result result;

    if (lookup->has_fallback && patience < deadline)
        deadline = patience;
    result = poly_latch_wait(flight->latch, deadline);
    if (result == POLY_OK) {
        /* A fetch is cancelled when the daemon stops: to who waited for it, that is no answer. */
        result = flight->result == POLY_CANCELLED ? POLY_UNAVAILABLE : flight->result;
        if (result == POLY_OK)
            copy(&flight->outcome, item);
    }
    if (result != POLY_OK && result != POLY_NOT_FOUND && result != POLY_CANCELLED &&
        fall_back(cache, &flight->key, item)) {
        poly_counter_add(cache->stale, 1);
        result = POLY_OK;
    }
    cache_flight_unref(flight);
    return result;
}

static poly_counter *counter_of(const answer_cache *cache, verdict reached)
{
    switch (reached) {
    case VERDICT_FRESH:
        return cache->hits;
    case VERDICT_STALE:
    case VERDICT_RESTING:
        return cache->stale;
    case VERDICT_UNKNOWN:
        return cache->negative;
    default:
        return cache->misses;
    }
}

static poly_result resolve(answer_cache *cache, const struct lookup *lookup, uint64_t deadline, cached *item)
{
    switch (lookup->verdict) {
    case VERDICT_FRESH:
    case VERDICT_STALE:
    case VERDICT_RESTING:
        return POLY_OK;
    case VERDICT_UNKNOWN:
        return POLY_NOT_FOUND;
    case VERDICT_FAILED:
        return lookup->failure;
    default:
        return wait_for_flight(cache, lookup, deadline, item);
    }
}

poly_result cache_get(answer_cache *cache, const resource_key *key, unsigned flags, uint64_t deadline, cached *item)
{
    struct lookup lookup;
    poly_result result;

    *item = (cached){0};
    lookup = look_up(cache, key, flags, item);
    if (!(flags & CACHE_BACKGROUND))
        poly_counter_add(counter_of(cache, lookup.verdict), 1);
    result = resolve(cache, &lookup, deadline, item);
    if (result == POLY_OK && (flags & CACHE_IDENTITY) && !item->identity)
        result = add_identity(cache, key, item);
    if (result != POLY_OK)
        cached_release(item);
    return result;
}

static bool is_missed(const answer_cache *cache, const cache_entry *entry, int64_t now)
{
    return judge(cache, entry, now) == VERDICT_WAIT;
}

static bool is_rested(const answer_cache *cache, const cache_entry *entry, int64_t now)
{
    (void)cache;
    return now >= entry->retry_at;
}

/* Begins a fetch when `wanted` says so and none is under way; the latch comes with a reference. */
static poly_latch *begin_if(answer_cache *cache, const resource_key *key,
                            bool (*wanted)(const answer_cache *cache, const cache_entry *entry, int64_t now))
{
    int64_t now = cache_clock(cache);
    cache_shard *shard = cache_table_lock(&cache->table, key);
    cache_entry *entry = cache_table_find(&cache->table, shard, key);
    cache_flight *begun = NULL;
    poly_latch *latch = NULL;

    if (!entry)
        entry = cache_table_add(&cache->table, shard, key, now);
    if (!entry->flight && wanted(cache, entry, now)) {
        begun = cache_flight_begin(cache, entry);
        latch = poly_latch_ref(begun->latch);
    }
    cache_table_unlock(shard);
    if (begun)
        cache_flight_launch(begun);
    return latch;
}

void cache_prefetch(answer_cache *cache, const resource_key *key)
{
    poly_latch *latch = begin_if(cache, key, is_missed);

    poly_latch_unref(&latch);
}

poly_latch *cache_refresh(answer_cache *cache, const resource_key *key)
{
    return begin_if(cache, key, is_rested);
}

/* --- looking on --- */

static cache_item item_of(const cache_entry *entry)
{
    cache_item item = {
        .key = entry->key,
        .gzip = entry->gzip,
        .identity_size = entry->identity_size,
        .fetched_at = entry->fetched_at,
        .fresh_until = entry->fresh_until,
        .asked_at = entry->asked_at,
        .used_at = entry->used_at,
        .modified = entry->modified,
    };

    memcpy(item.etag, entry->etag, sizeof(item.etag));
    return item;
}

void cache_visit(answer_cache *cache, void (*visit)(void *argument, const cache_item *item), void *argument)
{
    for (unsigned i = 0; i < cache->table.shard_count; i++) {
        cache_shard *shard = &cache->table.shards[i];

        pthread_mutex_lock(&shard->mutex);
        for (size_t b = 0; b < shard->bucket_count; b++) {
            for (const cache_entry *entry = shard->buckets[b]; entry; entry = entry->chain) {
                cache_item item = item_of(entry);

                visit(argument, &item);
            }
        }
        pthread_mutex_unlock(&shard->mutex);
    }
}

bool cache_has(answer_cache *cache, const resource_key *key)
{
    cache_shard *shard = cache_table_lock(&cache->table, key);
    const cache_entry *entry = cache_table_find(&cache->table, shard, key);
    bool has = entry && is_fallback(cache, entry, cache_clock(cache));

    cache_table_unlock(shard);
    return has;
}

bool cache_is_fresh(answer_cache *cache, const resource_key *key, uint64_t margin)
{
    int64_t now = cache_clock(cache);
    cache_shard *shard = cache_table_lock(&cache->table, key);
    const cache_entry *entry = cache_table_find(&cache->table, shard, key);
    bool fresh = entry && entry->gzip && entry->fresh_until > now && (uint64_t)(entry->fresh_until - now) >= margin;

    cache_table_unlock(shard);
    return fresh;
}

void cache_restore(answer_cache *cache, const cache_item *item)
{
    int64_t now = cache_clock(cache);
    cache_shard *shard = cache_table_lock(&cache->table, &item->key);
    cache_entry *entry = cache_table_find(&cache->table, shard, &item->key);

    if (!entry) {
        entry = cache_table_add(&cache->table, shard, &item->key, now);
        cache_table_set_gzip(&cache->table, shard, entry, poly_blob_ref(item->gzip));
        memcpy(entry->etag, item->etag, sizeof(entry->etag));
        entry->identity_size = item->identity_size;
        entry->fetched_at = item->fetched_at < now ? item->fetched_at : now;
        entry->fresh_until = item->fresh_until < now ? item->fresh_until : now;
        entry->asked_at = item->asked_at;
        entry->modified = item->modified;
    }
    cache_table_unlock(shard);
    cache_keep_bound(cache);
}
