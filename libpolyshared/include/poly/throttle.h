/* SPDX-License-Identifier: MIT */
/*
 * Slows down whoever guesses. Attempts are counted per key, such as an account together with an address, so that nobody
 * can lock out somebody else. After some free ones each further attempt has to wait, twice as long each time; with time
 * they are forgotten. In this process's memory, bounded: when there is no room for a new key, one that need not wait,
 * or has fewer attempts than its neighbours, gives way. Any thread.
 */
#ifndef POLY_THROTTLE_H
#define POLY_THROTTLE_H

#include "poly/arena.h"
#include "poly/base.h"

typedef struct poly_throttle poly_throttle;

typedef struct poly_throttle_options {
    size_t capacity;        /* keys, 24 bytes each; 0: 65,536 */
    unsigned free_attempts; /* that need not wait; 0: 5 */
    unsigned
        first_delay_ms;    /* between the last free attempt and the next one, doubled for each further one; 0: 1,000 */
    unsigned max_delay_ms; /* 0: 900,000 */
    unsigned forget_ms;    /* in which one attempt is forgotten; 0: 60,000 */
} poly_throttle_options;

poly_throttle *poly_throttle_create(const poly_throttle_options *options);
void poly_throttle_destroy(poly_throttle **throttle);

/*
 * Counts an attempt before it is made, so that many at once gain nothing. 0: it may be made. Else the seconds, rounded
 * up, until the next one may; this one was not counted.
 */
unsigned poly_throttle_enter(poly_throttle *throttle, poly_slice key);
/* It was no attempt at guessing: takes it back, and the delay behind it. */
void poly_throttle_refund(poly_throttle *throttle, poly_slice key);
/* Forgets all attempts. */
void poly_throttle_reset(poly_throttle *throttle, poly_slice key);

/*
 * What of a client's address belongs in a key. Whoever has one IPv6 address has its /64, 2^64 of them, to choose from:
 * it is "2001:db8:1:2::/64" then. Any other text is its own.
 */
const char *poly_throttle_network(const char *address, poly_arena *arena);

#endif
