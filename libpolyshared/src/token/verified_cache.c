/* SPDX-License-Identifier: MIT */
/*
 * A table of sets with a few places each; the least lately used place of a set gives way. The first bytes of the hash
 * name the set, and the set names the shard.
 */
#include "token/verified_cache.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS = 16, WAYS = 8, DEFAULT_TOKENS = 16384, LARGEST_BLOCK = 2048 };

struct slot {
    unsigned char hash[TOKEN_HASH_SIZE];
    void *block; /* packed claims; NULL: free */
    size_t size;
    int64_t valid_from;
    int64_t expires_at;
    uint64_t key;
    uint64_t used; /* the shard's count of uses then */
};

struct shard {
    pthread_mutex_t mutex;
    uint64_t uses;
    char apart[128 - sizeof(pthread_mutex_t) - sizeof(uint64_t)]; /* no two shards in a line of the processor's cache */
};

struct token_cache {
    const token_shape *shape;
    const poly_key_set *keys;
    size_t sets; /* a multiple of SHARDS */
    struct slot *slots;
    pthread_mutex_t sweeping;
    _Atomic uint64_t generation; /* of the keys that the entries have been compared with; written while sweeping */
    struct shard shards[SHARDS];
};

token_cache *token_cache_create(const token_shape *shape, const poly_key_set *keys, size_t tokens)
{
    token_cache *cache = poly_alloc_zero(1, sizeof(*cache));

    cache->shape = shape;
    cache->keys = keys;
    cache->sets = ((tokens ? tokens : DEFAULT_TOKENS) + SHARDS * WAYS - 1) / (SHARDS * WAYS) * SHARDS;
    cache->slots = poly_alloc_zero(cache->sets * WAYS, sizeof(*cache->slots));
    pthread_mutex_init(&cache->sweeping, NULL);
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_init(&cache->shards[i].mutex, NULL);
    return cache;
}

static void empty(struct slot *slot)
{
    free(slot->block);
    slot->block = NULL;
}

void token_cache_destroy(token_cache **cache)
{
    if (!*cache)
        return;
    for (size_t i = 0; i < (*cache)->sets * WAYS; i++)
        empty(&(*cache)->slots[i]);
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_destroy(&(*cache)->shards[i].mutex);
    pthread_mutex_destroy(&(*cache)->sweeping);
    free((*cache)->slots);
    free(*cache);
    *cache = NULL;
}

void token_cache_hash(poly_slice token, unsigned char hash[TOKEN_HASH_SIZE])
{
    crypto_generichash(hash, TOKEN_HASH_SIZE, (const unsigned char *)token.data, token.size, NULL, 0);
}

/* --- keys that have gone --- */

static void sweep_shard(token_cache *cache, size_t index, const token_ring *ring)
{
    pthread_mutex_lock(&cache->shards[index].mutex);
    for (size_t set = index; set < cache->sets; set += SHARDS) {
        for (struct slot *slot = &cache->slots[set * WAYS]; slot < &cache->slots[(set + 1) * WAYS]; slot++) {
            if (slot->block && !token_ring_has(ring, slot->key))
                empty(slot);
        }
    }
    pthread_mutex_unlock(&cache->shards[index].mutex);
}

/*
 * Whoever comes after a change of the keys sweeps first, or waits for the one who does. Nothing of the old keys is put
 * in behind the sweep: token_cache_put compares the generations again under the shard's mutex.
 */
static void sweep_after_change(token_cache *cache)
{
    uint64_t generation;
    token_ring *ring;

    if (atomic_load_explicit(&cache->generation, memory_order_acquire) == token_key_set_generation(cache->keys))
        return;
    pthread_mutex_lock(&cache->sweeping);
    ring = token_key_set_ring(cache->keys, &generation);
    if (atomic_load_explicit(&cache->generation, memory_order_relaxed) != generation) {
        for (size_t i = 0; i < SHARDS; i++)
            sweep_shard(cache, i, ring);
        atomic_store_explicit(&cache->generation, generation, memory_order_release);
    }
    token_ring_unref(&ring);
    pthread_mutex_unlock(&cache->sweeping);
}

/* --- entries --- */

static size_t set_of(const token_cache *cache, const unsigned char hash[TOKEN_HASH_SIZE])
{
    uint64_t number;

    memcpy(&number, hash, sizeof(number));
    return (size_t)(number % cache->sets);
}

/* Under the shard's mutex, as what follows. */
static struct slot *find(token_cache *cache, size_t set, const unsigned char hash[TOKEN_HASH_SIZE])
{
    for (struct slot *slot = &cache->slots[set * WAYS]; slot < &cache->slots[(set + 1) * WAYS]; slot++) {
        if (slot->block && memcmp(slot->hash, hash, TOKEN_HASH_SIZE) == 0)
            return slot;
    }
    return NULL;
}

/* A free place, or the one least lately used. */
static struct slot *make_room(token_cache *cache, size_t set)
{
    struct slot *oldest = &cache->slots[set * WAYS];

    for (struct slot *slot = oldest; slot < &cache->slots[(set + 1) * WAYS]; slot++) {
        if (!slot->block)
            return slot;
        if (slot->used < oldest->used)
            oldest = slot;
    }
    empty(oldest);
    return oldest;
}

bool token_cache_get(token_cache *cache, const unsigned char hash[TOKEN_HASH_SIZE], int64_t now, poly_arena *arena,
                     void *out)
{
    size_t set = set_of(cache, hash);
    struct shard *shard = &cache->shards[set % SHARDS];
    struct slot *slot;
    bool found = false;

    sweep_after_change(cache);
    pthread_mutex_lock(&shard->mutex);
    slot = find(cache, set, hash);
    if (slot && now >= slot->expires_at)
        empty(slot);
    else if (slot && now + POLY_TOKEN_SKEW_SECONDS >= slot->valid_from) { /* the clock may have been set back */
        slot->used = ++shard->uses;
        token_claims_unpack(cache->shape, slot->block, slot->size, arena, out);
        found = true;
    }
    pthread_mutex_unlock(&shard->mutex);
    return found;
}

void token_cache_put(token_cache *cache, const unsigned char hash[TOKEN_HASH_SIZE], int64_t now,
                     const token_verified *verified)
{
    size_t size = token_claims_packed_size(cache->shape, verified->claims);
    const poly_token_base *base = verified->claims;
    size_t set = set_of(cache, hash);
    struct shard *shard = &cache->shards[set % SHARDS];
    struct slot *slot;

    if (size > LARGEST_BLOCK || now >= base->expires_at)
        return;
    pthread_mutex_lock(&shard->mutex);
    if (verified->generation == token_key_set_generation(cache->keys) && !find(cache, set, hash)) {
        slot = make_room(cache, set);
        memcpy(slot->hash, hash, TOKEN_HASH_SIZE);
        slot->block = poly_alloc(size);
        slot->size = size;
        slot->valid_from = verified->valid_from;
        slot->expires_at = base->expires_at;
        slot->key = verified->key;
        slot->used = ++shard->uses;
        token_claims_pack(cache->shape, verified->claims, slot->block);
    }
    pthread_mutex_unlock(&shard->mutex);
}
