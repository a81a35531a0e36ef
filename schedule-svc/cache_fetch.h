/* SPDX-License-Identifier: MIT */
/*
 * The inside of the cache that its two files share: cache.c answers, cache_fetch.c brings what it answers with.
 */
#ifndef SCHEDULE_CACHE_FETCH_H
#define SCHEDULE_CACHE_FETCH_H

#include "poly/metrics.h"
#include "poly/trace.h"

#include "cache_table.h"

#define CACHE_OFF_LOOP_ABOVE ((size_t)64 << 10) /* bytes; packing or unpacking as many takes about a millisecond */

struct answer_cache {
    cache_table table;
    cache_options options;
    atomic_uint_fast64_t generation;
    poly_counter *hits, *misses, *stale, *negative, *evictions;
    poly_gauge *bytes, *entries;
};

/* One fetch. References: its fiber's, its entry's, and one for each that waits. */
typedef struct cache_flight {
    atomic_uint references;
    answer_cache *cache;
    cache_entry *entry; /* stays while the entry points here */
    resource_key key;
    uint64_t started_at;
    poly_latch *latch;
    poly_result result; /* from here on: constant once the latch is open */
    cached outcome;
    char request_id[POLY_REQUEST_ID_SIZE]; /* of the request that began it; "" for none */
    char trace_id[sizeof(((poly_trace *)0)->trace_id)];
} cache_flight;

/* With the entry's shard locked, when no fetch is under way: the entry's new fetch, to be launched without the lock. */
cache_flight *cache_flight_begin(answer_cache *cache, cache_entry *entry);
void cache_flight_launch(cache_flight *flight); /* loop only */
void cache_flight_unref(cache_flight *flight);

/* An answer out of its entry, with the shard locked. */
void cache_take(const cache_entry *entry, int64_t now, cached *item);

/* After anything grew; no shard locked. */
void cache_keep_bound(answer_cache *cache);

#endif
