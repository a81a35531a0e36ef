/* SPDX-License-Identifier: MIT */
#include "cache_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "poly/random.h"

#define FIRST_BUCKETS 16u
/* What the allocator and a blob's header take beside the bytes that are asked for. */
#define ALLOCATION_OVERHEAD 16u
#define BLOB_OVERHEAD       (sizeof(poly_blob) + sizeof(size_t) + 1 + ALLOCATION_OVERHEAD)
#define ENTRY_COST          (sizeof(cache_entry) + ALLOCATION_OVERHEAD)
/* Hits move an entry in the order of use this often at most; the order need not be finer. */
#define USE_GRAIN ((int64_t)POLY_SECONDS(1))

#define ENTRY_OF(pointer, member) ((cache_entry *)(void *)((char *)(pointer)-offsetof(cache_entry, member)))

static void ring_init(cache_link *ring)
{
    ring->older = ring->newer = ring;
}

static void link_remove(cache_link *link)
{
    link->older->newer = link->newer;
    link->newer->older = link->older;
    ring_init(link);
}

static void link_add_newest(cache_link *ring, cache_link *link)
{
    link->older = ring->older;
    link->newer = ring;
    ring->older->newer = link;
    ring->older = link;
}

static size_t blob_cost(const poly_blob *blob)
{
    return blob ? blob->size + BLOB_OVERHEAD : 0;
}

void cache_table_init(cache_table *table, unsigned shard_count, size_t max_bytes)
{
    assert(shard_count && (shard_count & (shard_count - 1)) == 0);
    *table = (cache_table){.shard_count = shard_count,
                           .max_bytes = max_bytes,
                           .max_memo_bytes = max_bytes / 8,
                           .max_blanks = max_bytes / 16 / ENTRY_COST};
    poly_random_bytes(table->seed, sizeof(table->seed));
    table->shards = aligned_alloc(64, shard_count * sizeof(cache_shard));
    if (!table->shards) {
        poly_alloc(SIZE_MAX / 2); /* aborts with the usual line */
        return;
    }
    for (unsigned i = 0; i < shard_count; i++) {
        cache_shard *shard = &table->shards[i];

        *shard = (cache_shard){.bucket_count = FIRST_BUCKETS};
        pthread_mutex_init(&shard->mutex, NULL);
        shard->buckets = poly_alloc_zero(FIRST_BUCKETS, sizeof(*shard->buckets));
        ring_init(&shard->used);
        ring_init(&shard->blanks);
        ring_init(&shard->memos);
    }
    atomic_fetch_add(&table->bytes, shard_count * (sizeof(cache_shard) + FIRST_BUCKETS * sizeof(cache_entry *)));
}

/* Clients choose the keys: entries without an answer must not drive out those with one. */
static cache_link *ring_of(cache_shard *shard, const cache_entry *entry)
{
    return entry->gzip ? &shard->used : &shard->blanks;
}

static bool is_linked(const cache_link *link)
{
    return link->newer != link;
}

static void entry_destroy(cache_table *table, cache_shard *shard, cache_entry *entry)
{
    link_remove(&entry->use);
    cache_table_set_identity(table, shard, entry, NULL);
    cache_table_set_gzip(table, shard, entry, NULL);
    atomic_fetch_sub_explicit(&table->bytes, ENTRY_COST, memory_order_relaxed);
    atomic_fetch_sub_explicit(&table->entries, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&table->blanks, 1, memory_order_relaxed);
    free(entry);
}

void cache_table_release(cache_table *table)
{
    for (unsigned i = 0; i < table->shard_count; i++) {
        cache_shard *shard = &table->shards[i];

        for (size_t b = 0; b < shard->bucket_count; b++) {
            while (shard->buckets[b]) {
                cache_entry *entry = shard->buckets[b];

                shard->buckets[b] = entry->chain;
                entry_destroy(table, shard, entry);
            }
        }
        free(shard->buckets);
        pthread_mutex_destroy(&shard->mutex);
    }
    free(table->shards);
    table->shards = NULL;
}

/* Clients choose the keys, so the seed is secret: nobody can aim at one bucket. */
static uint64_t hash_of(const cache_table *table, const resource_key *key)
{
    uint64_t mixed = ((uint64_t)key->id << 32 | key->kind) ^ table->seed[0];

    mixed = (mixed ^ (mixed >> 31)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed ^= ((uint64_t)key->parent << 32 | (uint32_t)key->monday) ^ table->seed[1];
    mixed = (mixed ^ (mixed >> 29)) * UINT64_C(0x94d049bb133111eb);
    mixed = (mixed ^ (mixed >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return mixed ^ (mixed >> 32);
}

cache_shard *cache_table_lock(cache_table *table, const resource_key *key)
{
    cache_shard *shard = &table->shards[hash_of(table, key) & (table->shard_count - 1)];

    pthread_mutex_lock(&shard->mutex);
    return shard;
}

void cache_table_unlock(cache_shard *shard)
{
    pthread_mutex_unlock(&shard->mutex);
}

static cache_entry **bucket_of(const cache_table *table, const cache_shard *shard, const resource_key *key)
{
    return &shard->buckets[(hash_of(table, key) >> 16) & (shard->bucket_count - 1)];
}

cache_entry *cache_table_find(cache_table *table, cache_shard *shard, const resource_key *key)
{
    cache_entry *entry = *bucket_of(table, shard, key);

    while (entry && !resource_key_equal(&entry->key, key))
        entry = entry->chain;
    return entry;
}

static void grow(cache_table *table, cache_shard *shard)
{
    cache_entry **old = shard->buckets;
    size_t old_count = shard->bucket_count;

    shard->bucket_count *= 2;
    shard->buckets = poly_alloc_zero(shard->bucket_count, sizeof(*shard->buckets));
    for (size_t i = 0; i < old_count; i++) {
        while (old[i]) {
            cache_entry *entry = old[i];
            cache_entry **bucket = bucket_of(table, shard, &entry->key);

            old[i] = entry->chain;
            entry->chain = *bucket;
            *bucket = entry;
        }
    }
    free(old);
    atomic_fetch_add_explicit(&table->bytes, old_count * sizeof(*old), memory_order_relaxed);
}

cache_entry *cache_table_add(cache_table *table, cache_shard *shard, const resource_key *key, int64_t now)
{
    cache_entry *entry = poly_alloc_zero(1, sizeof(*entry));
    cache_entry **bucket;

    if (shard->entry_count >= shard->bucket_count)
        grow(table, shard);
    bucket = bucket_of(table, shard, key);
    entry->key = *key;
    entry->chain = *bucket;
    entry->fetched_at = entry->fresh_until = entry->retry_at = entry->asked_at = INT64_MIN;
    entry->used_at = now;
    *bucket = entry;
    shard->entry_count++;
    link_add_newest(&shard->blanks, &entry->use);
    ring_init(&entry->memo);
    atomic_fetch_add_explicit(&table->bytes, ENTRY_COST, memory_order_relaxed);
    atomic_fetch_add_explicit(&table->entries, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&table->blanks, 1, memory_order_relaxed);
    return entry;
}

static void remove_entry(cache_table *table, cache_shard *shard, cache_entry *entry)
{
    cache_entry **at = bucket_of(table, shard, &entry->key);

    while (*at != entry)
        at = &(*at)->chain;
    *at = entry->chain;
    shard->entry_count--;
    entry_destroy(table, shard, entry);
}

void cache_table_use(cache_shard *shard, cache_entry *entry, int64_t now)
{
    if (now - entry->used_at < USE_GRAIN)
        return;
    entry->used_at = now;
    if (!entry->flight) {
        link_remove(&entry->use);
        link_add_newest(ring_of(shard, entry), &entry->use);
    }
    if (entry->identity) {
        link_remove(&entry->memo);
        link_add_newest(&shard->memos, &entry->memo);
    }
}

void cache_table_pin(cache_entry *entry)
{
    link_remove(&entry->use);
}

void cache_table_unpin(cache_shard *shard, cache_entry *entry, int64_t now)
{
    entry->used_at = now;
    link_add_newest(ring_of(shard, entry), &entry->use);
}

void cache_table_set_gzip(cache_table *table, cache_shard *shard, cache_entry *entry, poly_blob *gzip)
{
    bool changes_ring = !entry->gzip != !gzip && is_linked(&entry->use);

    atomic_fetch_sub_explicit(&table->bytes, blob_cost(entry->gzip), memory_order_relaxed);
    atomic_fetch_add_explicit(&table->bytes, blob_cost(gzip), memory_order_relaxed);
    atomic_fetch_sub_explicit(&table->blanks, !entry->gzip, memory_order_relaxed);
    atomic_fetch_add_explicit(&table->blanks, !gzip, memory_order_relaxed);
    poly_blob_unref(&entry->gzip);
    entry->gzip = gzip;
    if (!changes_ring)
        return;
    link_remove(&entry->use);
    link_add_newest(ring_of(shard, entry), &entry->use);
}

void cache_table_set_identity(cache_table *table, cache_shard *shard, cache_entry *entry, poly_blob *identity)
{
    size_t old_cost = blob_cost(entry->identity), new_cost = blob_cost(identity);

    atomic_fetch_sub_explicit(&table->bytes, old_cost, memory_order_relaxed);
    atomic_fetch_sub_explicit(&table->memo_bytes, old_cost, memory_order_relaxed);
    atomic_fetch_add_explicit(&table->bytes, new_cost, memory_order_relaxed);
    atomic_fetch_add_explicit(&table->memo_bytes, new_cost, memory_order_relaxed);
    poly_blob_unref(&entry->identity);
    entry->identity = identity;
    link_remove(&entry->memo);
    if (identity)
        link_add_newest(&shard->memos, &entry->memo);
}

typedef enum ring { RING_USED, RING_BLANKS, RING_MEMOS } ring;

/* The entry that is oldest in one of a shard's rings, or NULL. */
static cache_entry *oldest_of(const cache_shard *shard, ring which)
{
    const cache_link *head = which == RING_MEMOS ? &shard->memos : which == RING_BLANKS ? &shard->blanks : &shard->used;

    if (!is_linked(head))
        return NULL;
    return which == RING_MEMOS ? ENTRY_OF(head->newer, memo) : ENTRY_OF(head->newer, use);
}

/* Looks at one shard after another; that another thread may use an entry in between makes the order no worse. */
static cache_shard *shard_with_oldest(cache_table *table, ring which)
{
    cache_shard *best = NULL;
    int64_t best_used_at = INT64_MAX;

    for (unsigned i = 0; i < table->shard_count; i++) {
        cache_shard *shard = &table->shards[i];
        const cache_entry *oldest;

        pthread_mutex_lock(&shard->mutex);
        oldest = oldest_of(shard, which);
        if (oldest && (!best || oldest->used_at < best_used_at)) {
            best = shard;
            best_used_at = oldest->used_at;
        }
        pthread_mutex_unlock(&shard->mutex);
    }
    return best;
}

typedef enum thrown_out { NOTHING, MEMO, ENTRY } thrown_out;

static thrown_out throw_out_oldest(cache_table *table, ring which)
{
    cache_shard *shard = shard_with_oldest(table, which);
    cache_entry *oldest;

    if (!shard)
        return NOTHING;
    pthread_mutex_lock(&shard->mutex);
    oldest = oldest_of(shard, which);
    if (oldest && which == RING_MEMOS)
        cache_table_set_identity(table, shard, oldest, NULL);
    else if (oldest)
        remove_entry(table, shard, oldest);
    pthread_mutex_unlock(&shard->mutex);
    return which == RING_MEMOS || !oldest ? MEMO : ENTRY;
}

/* One entry, or a plain form where all entries are pinned. */
static thrown_out make_room(cache_table *table)
{
    thrown_out thrown = throw_out_oldest(table, RING_USED);

    if (thrown == NOTHING)
        thrown = throw_out_oldest(table, RING_BLANKS);
    return thrown == NOTHING ? throw_out_oldest(table, RING_MEMOS) : thrown;
}

size_t cache_table_shrink(cache_table *table)
{
    thrown_out thrown = ENTRY;
    size_t entries = 0;

    while (atomic_load_explicit(&table->memo_bytes, memory_order_relaxed) > table->max_memo_bytes &&
           throw_out_oldest(table, RING_MEMOS) != NOTHING)
        ;
    while (atomic_load_explicit(&table->blanks, memory_order_relaxed) > table->max_blanks && thrown != NOTHING) {
        thrown = throw_out_oldest(table, RING_BLANKS);
        entries += thrown == ENTRY;
    }
    thrown = ENTRY;
    while (atomic_load_explicit(&table->bytes, memory_order_relaxed) > table->max_bytes && thrown != NOTHING) {
        thrown = make_room(table);
        entries += thrown == ENTRY;
    }
    return entries;
}
