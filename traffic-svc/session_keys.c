/* SPDX-License-Identifier: MIT */
#include "session_keys.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poly/crypto.h"
#include "poly/random.h"

#include "qr_code.h"

enum { PLACES = 8192 };

struct place {
    char session_id[POLY_UUID_SIZE];
    char qr_secret[QR_SECRET_SIZE];
    int64_t rotate_seconds;
};

struct session_keys {
    pthread_mutex_t lock;
    struct place places[PLACES];
};

session_keys *session_keys_create(void)
{
    session_keys *keys = poly_alloc_zero(1, sizeof(*keys));

    pthread_mutex_init(&keys->lock, NULL);
    return keys;
}

void session_keys_destroy(session_keys **keys)
{
    if (!*keys)
        return;
    poly_wipe((*keys)->places, sizeof((*keys)->places));
    pthread_mutex_destroy(&(*keys)->lock);
    free(*keys);
    *keys = NULL;
}

/* Session ids are random. */
static struct place *place_of(session_keys *keys, const char *session_id)
{
    uint32_t hash = 2166136261u;

    for (const char *at = session_id; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return &keys->places[hash % PLACES];
}

bool session_keys_find(session_keys *keys, const char *session_id, poly_arena *arena, session_key *out)
{
    struct place *place = place_of(keys, session_id);
    bool found;

    pthread_mutex_lock(&keys->lock);
    found = strcmp(place->session_id, session_id) == 0;
    if (found)
        *out = (session_key){.qr_secret = poly_arena_strdup(arena, place->qr_secret),
                             .rotate_seconds = place->rotate_seconds};
    pthread_mutex_unlock(&keys->lock);
    return found;
}

void session_keys_keep(session_keys *keys, const char *session_id, const session_key *key)
{
    struct place *place = place_of(keys, session_id);

    pthread_mutex_lock(&keys->lock);
    snprintf(place->session_id, sizeof(place->session_id), "%s", session_id);
    snprintf(place->qr_secret, sizeof(place->qr_secret), "%s", key->qr_secret);
    place->rotate_seconds = key->rotate_seconds;
    pthread_mutex_unlock(&keys->lock);
}
