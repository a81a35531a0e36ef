/* SPDX-License-Identifier: MIT */
/*
 * The key set's inside. The mutex is held for a few instructions at a time, never across a wait.
 */
#ifndef POLY_TOKEN_KEY_SET_H
#define POLY_TOKEN_KEY_SET_H

#include "poly/metrics.h"
#include "token/key_ring.h"

#include <pthread.h>

typedef struct token_publisher token_publisher;

struct poly_key_set {
    pthread_mutex_t mutex;
    token_ring *ring;            /* mutex; never NULL */
    _Atomic uint64_t generation; /* grows whenever the ring becomes another one; written under the mutex */
    token_publisher *publisher;  /* where to ask for keys; NULL if there is nowhere */
};

poly_key_set *token_key_set_create(void);
/* Takes the ring over; true if the keys are others now. */
bool token_key_set_replace(poly_key_set *set, token_ring *ring);

token_ring *token_key_set_ring(const poly_key_set *set, uint64_t *generation); /* a reference; generation may be NULL */

static inline uint64_t token_key_set_generation(const poly_key_set *set)
{
    return atomic_load_explicit(&set->generation, memory_order_acquire);
}

/*
 * POLY_OK: `*key` is a reference, held at `*generation`. POLY_NOT_FOUND: the issuer has no such key. POLY_UNAVAILABLE:
 * nobody knows, since the last fetch failed. POLY_TIMEOUT, POLY_CANCELLED: as the fiber was that waited for a fetch.
 */
poly_result token_key_set_find(poly_key_set *set, poly_slice id, token_key **key, uint64_t *generation) POLY_MUST_CHECK;

/* --- fetching --- */

token_publisher *token_publisher_create(poly_key_set *set, const poly_key_set_options *options);
void token_publisher_destroy(token_publisher **publisher);
/*
 * An unknown key id: fetches, unless a fetch was made a short while ago, or waits for the one under way. POLY_OK: look
 * again. POLY_NOT_FOUND: the last fetch, which was a short while ago, went well. POLY_UNAVAILABLE: it did not.
 */
poly_result token_publisher_ask(token_publisher *publisher) POLY_MUST_CHECK;

#endif
