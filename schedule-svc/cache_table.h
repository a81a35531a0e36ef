/* SPDX-License-Identifier: MIT */
/*
 * The memory of the cache: entries in shards, each under its mutex, in the order of use, and their count in bytes.
 * cache.c decides what is stored and given; this decides what goes when the room is full.
 */
#ifndef SCHEDULE_CACHE_TABLE_H
#define SCHEDULE_CACHE_TABLE_H

#include <pthread.h>
#include <stdatomic.h>

#include "cache.h"

struct cache_flight;

typedef struct cache_link {
    struct cache_link *older, *newer;
} cache_link;

typedef struct cache_entry {
    struct cache_entry *chain;
    cache_link use;  /* in cache_shard.used or .blanks, but while a fetch is under way: the fetch's entry stays */
    cache_link memo; /* in cache_shard.memos while there is an identity form */
    resource_key key;
    poly_blob *gzip;
    poly_blob *identity;
    struct cache_flight *flight;
    uint32_t identity_size;
    uint8_t failure; /* a poly_result, until retry_at */
    bool negative;   /* until fresh_until */
    char etag[CACHE_ETAG_SIZE];
    int64_t fetched_at, fresh_until, retry_at, used_at, asked_at; /* the cache's clock */
    int64_t modified;                                             /* unix */
} cache_entry;

typedef struct cache_shard {
    pthread_mutex_t mutex;
    cache_entry **buckets;
    size_t bucket_count; /* a power of two */
    size_t entry_count;
    cache_link used;   /* a ring: used.newer is the oldest, used.older the newest */
    cache_link blanks; /* of entries without an answer: failed, unknown upstream, or not fetched yet */
    cache_link memos;  /* all three are rings of the same kind */
} __attribute__((aligned(64))) cache_shard;

typedef struct cache_table {
    cache_shard *shards;
    unsigned shard_count;
    uint64_t seed[2];
    size_t max_bytes, max_memo_bytes, max_blanks;
    atomic_size_t bytes, memo_bytes, entries, blanks;
} cache_table;

void cache_table_init(cache_table *table, unsigned shard_count, size_t max_bytes);
void cache_table_release(cache_table *table);

/* The shard of a key, locked. */
cache_shard *cache_table_lock(cache_table *table, const resource_key *key);
void cache_table_unlock(cache_shard *shard);

/* All below: with the shard locked. */
cache_entry *cache_table_find(cache_table *table, cache_shard *shard, const resource_key *key);
cache_entry *cache_table_add(cache_table *table, cache_shard *shard, const resource_key *key, int64_t now);
/* Makes it the last to go. */
void cache_table_use(cache_shard *shard, cache_entry *entry, int64_t now);
/* An entry whose fetch is under way is never thrown out. */
void cache_table_pin(cache_entry *entry);
void cache_table_unpin(cache_shard *shard, cache_entry *entry, int64_t now);
/* Both take over a reference; NULL drops what is there. */
void cache_table_set_gzip(cache_table *table, cache_shard *shard, cache_entry *entry, poly_blob *gzip);
void cache_table_set_identity(cache_table *table, cache_shard *shard, cache_entry *entry, poly_blob *identity);

/*
 * Throws out until the bounds are kept: identity forms beyond their share, an eighth, entries without an answer beyond
 * theirs, a sixteenth, then entries with one; always the least recently used of all shards. Answers how many entries
 * went. No shard locked.
 */
size_t cache_table_shrink(cache_table *table);

#endif
