/* SPDX-License-Identifier: MIT */
/*
 * The secrets of the sessions that students are marked in at present, so that a mark needs no reading beforehand. A
 * session's never changes. Bounded: one that comes to the place of another takes it. Any thread.
 */
#ifndef TRAFFIC_SESSION_KEYS_H
#define TRAFFIC_SESSION_KEYS_H

#include "poly/arena.h"

#include "store.h"

typedef struct session_keys session_keys;

session_keys *session_keys_create(void);
void session_keys_destroy(session_keys **keys);

/* False if it is not known. In the arena. */
bool session_keys_find(session_keys *keys, const char *session_id, poly_arena *arena, session_key *out);
void session_keys_keep(session_keys *keys, const char *session_id, const session_key *key);

#endif
