/* SPDX-License-Identifier: MIT */
/*
 * Answers of schedule-svc that are given again for some seconds. Whoever asks for what is not here fetches it, and
 * everybody else who asks for the same waits for that. Bounded in bytes; what was not asked for longest goes first. Any
 * thread; asking is for fibers.
 */
#ifndef MAIN_RELAY_CACHE_H
#define MAIN_RELAY_CACHE_H

#include "poly/blob.h"
#include "poly/random.h"

typedef struct relay_cache relay_cache;

#define RELAY_KEY_SIZE 512

/* One answer. Whoever has it holds its references. */
typedef struct relayed {
    poly_blob *json;
    poly_blob *gzip; /* may be NULL */
    char etag[POLY_DIGEST_SIZE];
    int64_t group_id; /* of a resolved group; else 0 */
    bool stale;       /* schedule-svc itself had nothing newer */
    unsigned age;     /* seconds, of a stale one */
} relayed;
void relayed_release(relayed *answer);

/* `seconds` 0: nothing is kept, but simultaneous requests still share one. */
relay_cache *relay_cache_create(unsigned seconds, size_t max_bytes);
void relay_cache_destroy(relay_cache **cache); /* after poly_runtime_stop */

/* Fetches what is not here; on POLY_OK `answer` has references for the cache. */
typedef poly_result relay_load(void *context, relayed *answer);

/* `key` has less than RELAY_KEY_SIZE bytes (asserted). The load's result otherwise, or that of the wait. */
poly_result relay_cache_get(relay_cache *cache, const char *key, relay_load *load, void *context,
                            relayed *answer) POLY_MUST_CHECK;

size_t relay_cache_bytes(relay_cache *cache);

#endif
