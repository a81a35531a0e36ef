/* SPDX-License-Identifier: MIT */
#include "password_vault_kind.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* What tells the slots apart is outside the guarded memory, close together, so that looking through it is quick. */
struct slot {
    vault_id id;
    int64_t expires; /* 0: free */
};

/* Guarded memory is taken as it is needed, for so many slots at a time: locked pages are resident from the first day.
 */
#define CHUNK 256

struct vault_memory {
    password_vault base;
    pthread_mutex_t lock;
    struct slot *slots;
    uint8_t **chunks; /* guarded; VAULT_SEALED_SIZE bytes for each slot; NULL: not taken yet */
    size_t chunk_count;
    size_t count;
};

static struct vault_memory *memory_of(password_vault *vault)
{
    return (struct vault_memory *)vault;
}

static uint8_t *sealed_of(const struct vault_memory *self, size_t place)
{
    return self->chunks[place / CHUNK] + place % CHUNK * VAULT_SEALED_SIZE;
}

/* Before others know of it, or under the lock. */
static bool take_chunk(struct vault_memory *self, size_t place)
{
    uint8_t **chunk = &self->chunks[place / CHUNK];

    if (!*chunk)
        *chunk = poly_guarded_alloc((size_t)CHUNK * VAULT_SEALED_SIZE);
    return *chunk != NULL;
}

/* Under the lock: the session's slot; `capacity` if it has none. */
static size_t find(const struct vault_memory *self, const vault_id *id)
{
    size_t i = 0;

    while (i < self->base.capacity && (!self->slots[i].expires || memcmp(&self->slots[i].id, id, sizeof(*id)) != 0))
        i++;
    return i;
}

/* Under the lock: a free slot, or the one that ends first. */
static size_t find_room(const struct vault_memory *self)
{
    size_t best = 0;

    for (size_t i = 1; i < self->base.capacity && self->slots[best].expires; i++)
        if (self->slots[i].expires < self->slots[best].expires)
            best = i;
    return best;
}

/* Under the lock. */
static void wipe(struct vault_memory *self, size_t place)
{
    poly_wipe(sealed_of(self, place), VAULT_SEALED_SIZE);
    self->slots[place] = (struct slot){.expires = 0};
    self->count--;
}

static poly_result put(password_vault *vault, const vault_id *id, const uint8_t sealed[VAULT_SEALED_SIZE],
                       int64_t expires)
{
    struct vault_memory *self = memory_of(vault);
    size_t place;
    bool has_room;

    pthread_mutex_lock(&self->lock);
    place = find(self, id);
    if (place == self->base.capacity)
        place = find_room(self);
    has_room = take_chunk(self, place);
    if (has_room) {
        if (!self->slots[place].expires)
            self->count++;
        self->slots[place] = (struct slot){*id, expires};
        memcpy(sealed_of(self, place), sealed, VAULT_SEALED_SIZE);
    }
    pthread_mutex_unlock(&self->lock);
    return has_room ? POLY_OK : POLY_OVERLOADED;
}

static poly_result get(password_vault *vault, const vault_id *id, uint8_t sealed[VAULT_SEALED_SIZE])
{
    struct vault_memory *self = memory_of(vault);
    bool found;
    size_t place;

    pthread_mutex_lock(&self->lock);
    place = find(self, id);
    found = place < self->base.capacity;
    if (found)
        memcpy(sealed, sealed_of(self, place), VAULT_SEALED_SIZE);
    pthread_mutex_unlock(&self->lock);
    return found ? POLY_OK : POLY_NOT_FOUND;
}

static poly_result take_out(password_vault *vault, const vault_id *id)
{
    struct vault_memory *self = memory_of(vault);
    size_t place;

    pthread_mutex_lock(&self->lock);
    place = find(self, id);
    if (place < self->base.capacity)
        wipe(self, place);
    pthread_mutex_unlock(&self->lock);
    return POLY_OK;
}

static poly_result sweep(password_vault *vault, int64_t now)
{
    struct vault_memory *self = memory_of(vault);

    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < self->base.capacity; i++)
        if (self->slots[i].expires && self->slots[i].expires <= now)
            wipe(self, i);
    pthread_mutex_unlock(&self->lock);
    return POLY_OK;
}

static size_t count(password_vault *vault)
{
    struct vault_memory *self = memory_of(vault);
    size_t seen;

    pthread_mutex_lock(&self->lock);
    seen = self->count;
    pthread_mutex_unlock(&self->lock);
    return seen;
}

static void destroy(password_vault *vault)
{
    struct vault_memory *self = memory_of(vault);

    for (size_t i = 0; i < self->chunk_count; i++) {
        void *chunk = self->chunks[i];

        poly_guarded_free(&chunk);
    }
    free(self->chunks);
    free(self->slots);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

static const struct vault_kind kind = {put, get, take_out, sweep, count, destroy};

password_vault *vault_memory_create(size_t capacity, poly_strbuf *fault)
{
    struct vault_memory *self = poly_alloc_zero(1, sizeof(*self));

    pthread_mutex_init(&self->lock, NULL);
    self->base.kind = &kind;
    self->slots = poly_alloc_zero(capacity, sizeof(*self->slots));
    self->chunk_count = (capacity + CHUNK - 1) / CHUNK;
    self->chunks = poly_alloc_zero(self->chunk_count, sizeof(*self->chunks));
    if (take_chunk(self, 0))
        return &self->base;
    poly_strbuf_printf(fault,
                       "the system locks no %zu KiB of memory for passwords: raise RLIMIT_MEMLOCK (LimitMEMLOCK= in "
                       "systemd, ulimits in Docker) for as many as PASSWORD_KEEP_MAX",
                       (size_t)CHUNK * VAULT_SEALED_SIZE / 1024);
    destroy(&self->base);
    return NULL;
}
