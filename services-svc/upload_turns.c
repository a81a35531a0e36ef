/* SPDX-License-Identifier: MIT */
#include "upload_turns.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "poly/crypto.h"

/* Whoever reads has 128 KiB in hand. */
enum { READING = 128, WAITING = 512, PLACES = READING + WAITING };

struct upload_turns {
    poly_gate *gate;
    unsigned per_caller;
    pthread_mutex_t mutex;
    uint64_t places[PLACES]; /* whose each is; 0: nobody's */
};

static uint64_t number_of(const char *caller)
{
    uint8_t digest[POLY_SHA256_SIZE];
    uint64_t number;

    poly_sha256(caller, strlen(caller), digest);
    memcpy(&number, digest, sizeof(number));
    return number ? number : 1;
}

upload_turns *upload_turns_create(unsigned per_caller)
{
    upload_turns *turns = poly_alloc_zero(1, sizeof(*turns));

    turns->gate = poly_gate_create(READING, WAITING);
    turns->per_caller = per_caller;
    pthread_mutex_init(&turns->mutex, NULL);
    return turns;
}

void upload_turns_destroy(upload_turns **turns)
{
    upload_turns *self = *turns;

    if (!self)
        return;
    poly_gate_destroy(&self->gate);
    pthread_mutex_destroy(&self->mutex);
    free(self);
    *turns = NULL;
}

static poly_result take_place(upload_turns *turns, uint64_t whose)
{
    uint64_t *free_place = NULL;
    unsigned own = 0;

    for (size_t i = 0; i < PLACES; i++) {
        own += turns->places[i] == whose;
        if (!turns->places[i])
            free_place = &turns->places[i];
    }
    if (own >= turns->per_caller)
        return POLY_REJECTED;
    if (!free_place)
        return POLY_OVERLOADED;
    *free_place = whose;
    return POLY_OK;
}

static void give_place(upload_turns *turns, uint64_t whose)
{
    size_t i = 0;

    pthread_mutex_lock(&turns->mutex);
    while (i < PLACES && turns->places[i] != whose)
        i++;
    assert(i < PLACES);
    turns->places[i] = 0;
    pthread_mutex_unlock(&turns->mutex);
}

poly_result upload_turns_enter(upload_turns *turns, const char *caller, uint64_t deadline)
{
    uint64_t whose = number_of(caller);
    poly_result result;

    pthread_mutex_lock(&turns->mutex);
    result = take_place(turns, whose);
    pthread_mutex_unlock(&turns->mutex);
    if (result != POLY_OK)
        return result;
    result = poly_gate_enter(turns->gate, deadline);
    if (result != POLY_OK)
        give_place(turns, whose);
    return result;
}

void upload_turns_leave(upload_turns *turns, const char *caller)
{
    poly_gate_leave(turns->gate);
    give_place(turns, number_of(caller));
}
