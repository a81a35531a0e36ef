/* SPDX-License-Identifier: MIT */
#include "cache_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poly/log.h"
#include "poly/random.h"

#define ANSWER_MAX      ((size_t)16 << 20)
#define GZIP_LEVEL      6
#define JITTER_FRACTION 10

void cache_flight_unref(cache_flight *flight)
{
    if (atomic_fetch_sub_explicit(&flight->references, 1, memory_order_acq_rel) != 1)
        return;
    cached_release(&flight->outcome);
    poly_latch_unref(&flight->latch);
    free(flight);
}

struct packing {
    poly_strbuf *json;
    poly_blob *identity;
    poly_blob *gzip;
    char etag[CACHE_ETAG_SIZE];
};

static void pack(void *argument)
{
    struct packing *packing = argument;
    char digest[POLY_DIGEST_SIZE];

    packing->identity = poly_blob_from_strbuf(packing->json);
    packing->gzip = poly_blob_gzip(packing->identity, GZIP_LEVEL);
    poly_digest(packing->identity->data, packing->identity->size, digest);
    memcpy(packing->etag, digest, CACHE_ETAG_SIZE - 1); /* 64 bits tell apart the versions of one resource */
    packing->etag[CACHE_ETAG_SIZE - 1] = '\0';
}

static poly_result load_and_pack(cache_flight *flight, struct packing *packing)
{
    const cache_options *options = &flight->cache->options;
    poly_result result = options->load(options->context, &flight->key, packing->json);

    if (result != POLY_OK)
        return result;
    if (packing->json->overflowed)
        return POLY_BAD_ANSWER;
    if (packing->json->size > CACHE_OFF_LOOP_ABOVE)
        return poly_offload(pack, packing);
    pack(packing);
    return POLY_OK;
}

static uint64_t jittered(uint64_t duration)
{
    return duration - duration / JITTER_FRACTION +
           2 * (duration / JITTER_FRACTION) / 1000 * (uint64_t)poly_random_below(1001);
}

/* Takes over the packed answer. A different earlier one comes back with its reference. */
static poly_blob *store(answer_cache *cache, cache_shard *shard, cache_entry *entry, struct packing *packing,
                        bool is_awaited)
{
    poly_blob *before = NULL;

    if (entry->gzip && strcmp(entry->etag, packing->etag) == 0) {
        poly_blob_unref(&packing->gzip);
    } else {
        if (entry->gzip)
            before = poly_blob_ref(entry->gzip);
        cache_table_set_gzip(&cache->table, shard, entry, packing->gzip);
        cache_table_set_identity(&cache->table, shard, entry, NULL);
        memcpy(entry->etag, packing->etag, sizeof(entry->etag));
        entry->identity_size = (uint32_t)packing->identity->size;
        entry->modified = poly_time_unix();
    }
    if (is_awaited && !entry->identity)
        cache_table_set_identity(&cache->table, shard, entry, poly_blob_ref(packing->identity));
    return before;
}

/* Writes a fetch's outcome into its entry and the flight. */
static poly_blob *settle(cache_flight *flight, poly_result result, struct packing *packing)
{
    answer_cache *cache = flight->cache;
    cache_entry *entry = flight->entry;
    int64_t now = cache_clock(cache);
    cache_shard *shard = cache_table_lock(&cache->table, &flight->key);
    bool is_awaited = atomic_load(&flight->references) > 2;
    poly_blob *before = NULL;

    switch (result) {
    case POLY_OK:
        before = store(cache, shard, entry, packing, is_awaited);
        entry->negative = false;
        entry->fetched_at = now;
        entry->fresh_until = now + (int64_t)jittered(cache->options.fresh_for(cache->options.context, &flight->key));
        entry->retry_at = INT64_MIN;
        cache_take(entry, now, &flight->outcome);
        if (!flight->outcome.identity)
            flight->outcome.identity = poly_blob_ref(packing->identity);
        break;
    case POLY_NOT_FOUND:
        cache_table_set_gzip(&cache->table, shard, entry, NULL);
        cache_table_set_identity(&cache->table, shard, entry, NULL);
        entry->negative = true;
        entry->fetched_at = now;
        entry->fresh_until = now + (int64_t)cache->options.negative;
        break;
    default:
        entry->failure = (uint8_t)result;
        entry->retry_at = now + (int64_t)cache->options.failure;
        break;
    }
    flight->result = result;
    entry->flight = NULL;
    cache_table_unpin(shard, entry, now);
    cache_table_unlock(shard);
    return before;
}

static void tell_replaced(const cache_flight *flight, const poly_blob *before, const poly_blob *after)
{
    const cache_options *options = &flight->cache->options;
    poly_blob *plain = options->replaced ? poly_blob_gunzip(before, ANSWER_MAX) : NULL;

    if (plain)
        options->replaced(options->context, &flight->key, plain, after);
    poly_blob_unref(&plain);
}

/* The fiber of a fetch. */
static void run_flight(void *argument)
{
    cache_flight *flight = argument;
    answer_cache *cache = flight->cache;
    poly_log_context context = {.request_id = flight->request_id, .trace_id = flight->trace_id};
    poly_strbuf json;
    struct packing packing = {.json = &json};
    poly_blob *before;
    poly_result result;

    if (flight->request_id[0])
        poly_log_set_context(&context);
    poly_strbuf_init(&json, ANSWER_MAX);
    poly_fiber_set_deadline(poly_time_monotonic() + cache->options.load_deadline);
    result = load_and_pack(flight, &packing);
    before = settle(flight, result, &packing);
    if (result == POLY_OK || result == POLY_NOT_FOUND)
        atomic_fetch_add(&cache->generation, 1);
    cache_keep_bound(cache);
    poly_latch_open(flight->latch);
    if (before)
        tell_replaced(flight, before, packing.identity);
    poly_blob_unref(&before);
    poly_blob_unref(&packing.identity);
    poly_strbuf_release(&json);
    poly_log_set_context(NULL);
    cache_flight_unref(flight); /* the entry's */
    cache_flight_unref(flight); /* the fiber's; NOLINT(clang-analyzer-unix.Malloc): the last of the two */
}

/* Copies the id of the request on whose behalf the upstream is asked. */
static void note_request(cache_flight *flight)
{
    const poly_log_context *context = poly_log_get_context();

    if (!context || !context->request_id)
        return;
    snprintf(flight->request_id, sizeof(flight->request_id), "%s", context->request_id);
    if (context->trace_id)
        snprintf(flight->trace_id, sizeof(flight->trace_id), "%s", context->trace_id);
}

cache_flight *cache_flight_begin(answer_cache *cache, cache_entry *entry)
{
    cache_flight *flight = poly_alloc_zero(1, sizeof(*flight));

    atomic_init(&flight->references, 2);
    flight->cache = cache;
    flight->entry = entry;
    flight->key = entry->key;
    flight->started_at = poly_time_monotonic();
    flight->latch = poly_latch_create();
    note_request(flight);
    cache_table_pin(entry);
    entry->flight = flight;
    return flight;
}

void cache_flight_launch(cache_flight *flight)
{
    poly_fiber_start(poly_loop_current(), "fetch", run_flight, flight);
}
