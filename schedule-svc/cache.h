/* SPDX-License-Identifier: MIT */
/*
 * What RUZ has answered, in the form the daemon answers it: one cache for all loops, bounded in bytes.
 *
 * An entry keeps its JSON compressed, for as long as there is room. The plain form is made when a client needs it; an
 * eighth of the room is for such. The least recently used goes first; what has no answer goes when it takes a sixteenth
 * of the room, so that asking for what is not there drives out no answer.
 *
 *   fresh                              given at once
 *   stale, for `stale` µs              given at once, and fetched anew behind the client's back
 *   expired                            the request waits for the fetch
 *   the fetch fails                    the old answer for `stale_if_error` µs from its fetch, else the failure
 *   the upstream does not know it      POLY_NOT_FOUND, remembered for `negative` µs
 *
 * One fetch per key is under way at a time, over all loops, however many wait. It runs on a fiber of its own with its
 * own deadline, so that a client who leaves takes it from nobody. After a failure a key is left alone for `failure` µs.
 * Only `load` answering POLY_OK or POLY_NOT_FOUND ever replaces what is there.
 */
#ifndef SCHEDULE_CACHE_H
#define SCHEDULE_CACHE_H

#include "poly/blob.h"
#include "poly/runtime.h"

#include "resource.h"

typedef struct answer_cache answer_cache;

/* Times are microseconds; none has a default. */
typedef struct cache_options {
    size_t max_bytes;
    unsigned shards; /* a power of two; 0: 16 */
    uint64_t stale;
    uint64_t stale_if_error;
    uint64_t stale_wait; /* how long a request waits for a fetch that has an old answer behind it */
    uint64_t negative;
    uint64_t failure;
    uint64_t load_deadline;  /* of one fetch */
    uint64_t (*clock)(void); /* monotonic µs; NULL: poly_time_monotonic */

    void *context; /* of the functions below */
    /* Writes the resource's JSON. Runs on a fiber of its own; what it answers is what the waiters get. */
    poly_result (*load)(void *context, const resource_key *key, poly_strbuf *json);
    /* How long an answer is fresh; the cache adds jitter of a tenth. */
    uint64_t (*fresh_for)(void *context, const resource_key *key);
    /* An answer took another one's place: both in plain form, borrowed. On the fetch's fiber. May be NULL. */
    void (*replaced)(void *context, const resource_key *key, const poly_blob *before, const poly_blob *after);
} cache_options;

answer_cache *cache_create(const cache_options *options) __attribute__((returns_nonnull));
void cache_destroy(answer_cache **cache); /* when no fiber uses it any more */

/* --- asking --- */

#define CACHE_ETAG_SIZE 17

/* Where an answer stands in time. */
typedef struct provenance {
    uint64_t age;       /* µs since the upstream gave it */
    uint64_t fresh_for; /* µs; 0 when it is stale */
    int64_t modified;   /* unix time at which its content was first seen */
} provenance;
#define PROVENANCE_OF_NOTHING ((provenance){.fresh_for = UINT64_MAX})
/* Of something made of two: as old as the older, fresh as long as both. */
provenance provenance_of_both(provenance a, provenance b);

/* An answer; holds references until cached_release. */
typedef struct cached {
    poly_blob *gzip;
    poly_blob *identity; /* NULL unless it was asked for, or was at hand */
    uint32_t identity_size;
    char etag[CACHE_ETAG_SIZE];
    provenance provenance;
} cached;
void cached_release(cached *item);

enum {
    CACHE_IDENTITY = 1,   /* the plain form is needed */
    CACHE_BACKGROUND = 2, /* no client asks: does not make the key one of those asked for lately */
    CACHE_AS_IS = 4, /* what is there, if it would do when the upstream fails; else POLY_UNAVAILABLE, without asking */
};

/*
 * Waits for a fetch where it must, until `deadline`. POLY_OK fills `item`, to be released. Else POLY_NOT_FOUND, or what
 * went wrong: see poly_fail_dependency. Fiber only.
 */
poly_result cache_get(answer_cache *cache, const resource_key *key, unsigned flags, uint64_t deadline,
                      cached *item) POLY_MUST_CHECK;

/* Begins the fetch that cache_get would wait for, if any: to have several under way. Loop only. */
void cache_prefetch(answer_cache *cache, const resource_key *key);

/*
 * Begins a fetch, however fresh the entry is, unless one is under way or has just failed. Answers a latch that opens
 * when the fetch is over, with a reference; NULL when none was begun. Loop only.
 */
poly_latch *cache_refresh(answer_cache *cache, const resource_key *key);

/* --- looking on --- */

/* An entry as it lies there; `gzip` is borrowed. Times are on the cache's clock. */
typedef struct cache_item {
    resource_key key;
    poly_blob *gzip; /* NULL when the upstream does not know the resource, or has only failed yet */
    uint32_t identity_size;
    char etag[CACHE_ETAG_SIZE];
    int64_t fetched_at, fresh_until;
    int64_t asked_at; /* by a client; INT64_MIN: never */
    int64_t used_at;
    int64_t modified;
} cache_item;

/* Calls `visit` for every entry, with a part of the cache locked: it must be quick and not call the cache. Any thread.
 */
void cache_visit(answer_cache *cache, void (*visit)(void *argument, const cache_item *item), void *argument);
/* True when there is an answer to fall back on. Any thread. */
bool cache_has(answer_cache *cache, const resource_key *key);
/* True when there is such an entry and it is fresh for at least `margin` µs. Any thread. */
bool cache_is_fresh(answer_cache *cache, const resource_key *key, uint64_t margin);

/*
 * Puts an entry of a snapshot into the cache unless its key is there: never fresh, so that it is given only while it is
 * fetched anew or because it cannot be. Takes its own reference of `gzip`. Any thread.
 */
void cache_restore(answer_cache *cache, const cache_item *item);

size_t cache_bytes(const answer_cache *cache);
size_t cache_count(const answer_cache *cache);
/* Counts stored answers: what has changed since a snapshot. */
uint64_t cache_generation(const answer_cache *cache);
int64_t cache_clock(const answer_cache *cache);

#endif
