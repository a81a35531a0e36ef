/* SPDX-License-Identifier: MIT */
#include "token/key_ring.h"

#include <stdlib.h>
#include <string.h>

token_ring *token_ring_create(void)
{
    token_ring *ring = poly_alloc_zero(1, sizeof(*ring));

    atomic_init(&ring->references, 1);
    return ring;
}

token_ring *token_ring_ref(token_ring *ring)
{
    atomic_fetch_add_explicit(&ring->references, 1, memory_order_relaxed);
    return ring;
}

void token_ring_unref(token_ring **ring)
{
    token_ring *gone = *ring;

    *ring = NULL;
    if (!gone || atomic_fetch_sub_explicit(&gone->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < gone->count; i++)
        token_key_unref(&gone->keys[i]);
    free(gone);
}

static bool is_older(const token_key *a, const token_key *b)
{
    if (a->created != b->created)
        return a->created < b->created;
    return strcmp(a->id, b->id) < 0;
}

poly_result token_ring_add(token_ring *ring, token_key *key)
{
    poly_result result = POLY_OK;
    size_t at = ring->count;

    if (token_ring_find(ring, poly_slice_of(key->id)))
        result = POLY_CONFLICT;
    else if (ring->count == POLY_KEYS_MAX)
        result = POLY_TOO_LARGE;
    if (result != POLY_OK) {
        token_key_unref(&key);
        return result;
    }
    for (; at > 0 && is_older(key, ring->keys[at - 1]); at--)
        ring->keys[at] = ring->keys[at - 1];
    ring->keys[at] = key;
    ring->count++;
    return POLY_OK;
}

static bool is_same(const token_key *a, const token_key *b)
{
    return strcmp(a->id, b->id) == 0 && memcmp(a->x, b->x, sizeof(a->x)) == 0 && memcmp(a->y, b->y, sizeof(a->y)) == 0;
}

bool token_ring_adopt(token_ring *ring, const token_ring *present)
{
    size_t same = 0;

    for (size_t i = 0; i < ring->count; i++) {
        token_key *known = token_ring_find(present, poly_slice_of(ring->keys[i]->id));

        if (!known || !is_same(known, ring->keys[i]))
            continue;
        token_key_unref(&ring->keys[i]);
        ring->keys[i] = token_key_ref(known);
        same++;
    }
    return same == ring->count && same == present->count;
}

token_key *token_ring_find(const token_ring *ring, poly_slice id)
{
    for (size_t i = 0; i < ring->count; i++) {
        if (poly_slice_equal(id, ring->keys[i]->id))
            return ring->keys[i];
    }
    return NULL;
}

bool token_ring_has(const token_ring *ring, uint64_t serial)
{
    for (size_t i = 0; i < ring->count; i++) {
        if (ring->keys[i]->serial == serial)
            return true;
    }
    return false;
}

token_key *token_ring_signing(const token_ring *ring, int64_t now)
{
    for (size_t i = ring->count; i > 0; i--) {
        if (ring->keys[i - 1]->created <= now - POLY_KEY_SETTLE_SECONDS)
            return ring->keys[i - 1];
    }
    return ring->count > 0 ? ring->keys[0] : NULL;
}
