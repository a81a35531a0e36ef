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

struct vault_memory {
    password_vault base;
    pthread_mutex_t lock;
    struct slot *slots;
    uint8_t (*sealed)[VAULT_SEALED_SIZE]; /* guarded; one for each slot */
    size_t count;
};

static struct vault_memory *memory_of(password_vault *vault)
{
    return (struct vault_memory *)vault;
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
    poly_wipe(self->sealed[place], VAULT_SEALED_SIZE);
    self->slots[place] = (struct slot){.expires = 0};
    self->count--;
}

static poly_result put(password_vault *vault, const vault_id *id, const uint8_t sealed[VAULT_SEALED_SIZE],
                       int64_t expires)
{
    struct vault_memory *self = memory_of(vault);
    size_t place;

    pthread_mutex_lock(&self->lock);
    place = find(self, id);
    if (place == self->base.capacity)
        place = find_room(self);
    if (!self->slots[place].expires)
        self->count++;
    self->slots[place] = (struct slot){*id, expires};
    memcpy(self->sealed[place], sealed, VAULT_SEALED_SIZE);
    pthread_mutex_unlock(&self->lock);
    return POLY_OK;
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
        memcpy(sealed, self->sealed[place], VAULT_SEALED_SIZE);
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
    void *sealed = self->sealed;

    poly_guarded_free(&sealed);
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
    self->sealed = poly_guarded_alloc(capacity * VAULT_SEALED_SIZE);
    if (self->sealed)
        return &self->base;
    poly_strbuf_printf(fault,
                       "the system locks no %zu KiB of memory for passwords: raise RLIMIT_MEMLOCK (LimitMEMLOCK= in "
                       "systemd, ulimits in Docker) or lower PASSWORD_KEEP_MAX",
                       capacity * VAULT_SEALED_SIZE / 1024);
    destroy(&self->base);
    return NULL;
}
