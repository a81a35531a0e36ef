/* SPDX-License-Identifier: MIT */
#include "token/key_set.h"

#include <stdlib.h>

poly_key_set *token_key_set_create(void)
{
    poly_key_set *set = poly_alloc_zero(1, sizeof(*set));

    pthread_mutex_init(&set->mutex, NULL);
    set->ring = token_ring_create();
    return set;
}

poly_key_set *poly_key_set_create(const poly_key_set_options *options)
{
    poly_key_set *set = token_key_set_create();

    set->publisher = token_publisher_create(set, options);
    return set;
}

poly_result poly_key_set_parse(poly_slice jwks, poly_key_set **set)
{
    token_ring *ring;
    const char *fault;

    if (token_ring_read_jwks(jwks, &ring, &fault) != POLY_OK)
        return POLY_INVALID;
    *set = token_key_set_create();
    token_key_set_replace(*set, ring);
    return POLY_OK;
}

void poly_key_set_destroy(poly_key_set **set)
{
    if (!*set)
        return;
    token_publisher_destroy(&(*set)->publisher);
    token_ring_unref(&(*set)->ring);
    pthread_mutex_destroy(&(*set)->mutex);
    free(*set);
    *set = NULL;
}

bool token_key_set_replace(poly_key_set *set, token_ring *ring)
{
    token_ring *unused = ring;
    bool changed;

    pthread_mutex_lock(&set->mutex);
    changed = !token_ring_adopt(ring, set->ring);
    if (changed) {
        unused = set->ring;
        set->ring = ring;
        atomic_fetch_add_explicit(&set->generation, 1, memory_order_release);
    }
    pthread_mutex_unlock(&set->mutex);
    token_ring_unref(&unused);
    return changed;
}

token_ring *token_key_set_ring(const poly_key_set *set, uint64_t *generation)
{
    poly_key_set *mutable_set = (poly_key_set *)set;
    token_ring *ring;

    pthread_mutex_lock(&mutable_set->mutex);
    ring = token_ring_ref(set->ring);
    if (generation)
        *generation = atomic_load_explicit(&set->generation, memory_order_relaxed);
    pthread_mutex_unlock(&mutable_set->mutex);
    return ring;
}

static bool find_now(poly_key_set *set, poly_slice id, token_key **key, uint64_t *generation)
{
    token_ring *ring = token_key_set_ring(set, generation);
    token_key *found = token_ring_find(ring, id);

    if (found)
        *key = token_key_ref(found);
    token_ring_unref(&ring);
    return found != NULL;
}

poly_result token_key_set_find(poly_key_set *set, poly_slice id, token_key **key, uint64_t *generation)
{
    poly_result result;

    if (find_now(set, id, key, generation))
        return POLY_OK;
    if (!set->publisher)
        return POLY_NOT_FOUND;
    result = token_publisher_ask(set->publisher);
    if (result != POLY_OK)
        return result;
    return find_now(set, id, key, generation) ? POLY_OK : POLY_NOT_FOUND;
}

bool poly_key_set_is_ready(const poly_key_set *set)
{
    token_ring *ring = token_key_set_ring(set, NULL);
    bool ready = ring->count > 0;

    token_ring_unref(&ring);
    return ready;
}

void poly_key_set_write_jwks(const poly_key_set *set, poly_strbuf *out)
{
    token_ring *ring = token_key_set_ring(set, NULL);

    token_ring_write_jwks(ring, out);
    token_ring_unref(&ring);
}
