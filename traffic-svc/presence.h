/* SPDX-License-Identifier: MIT */
/*
 * Which kiosks have a stream open at this replica, and so are online. What all replicas know of it is in the database,
 * which hears of comings and goings in batches, and every few seconds that the replica lives.
 */
#ifndef TRAFFIC_PRESENCE_H
#define TRAFFIC_PRESENCE_H

#include "poly/arena.h"
#include "poly/metrics.h"
#include "poly/pg.h"
#include "poly/random.h"

typedef struct kiosk_presence kiosk_presence;

/* `kiosks` counts those that are here. */
kiosk_presence *presence_create(poly_pg *pg, poly_gauge *kiosks);
void presence_destroy(kiosk_presence **presence); /* after poly_runtime_stop */
/* Starts a fiber that tells the database, and ends with the loop. */
void presence_start(kiosk_presence *presence, poly_loop *loop);

const char *presence_replica_id(const kiosk_presence *presence);

/* A stream of the kiosk begins and ends; `is_kiosk` false for somebody who only looks on. Any thread. */
void presence_enter(kiosk_presence *presence, const char *tablet_id, bool is_kiosk);
void presence_leave(kiosk_presence *presence, const char *tablet_id, bool is_kiosk);

/* A stream of the kiosk is here, or was until a moment ago: the database knows the rest. */
bool presence_is_online(kiosk_presence *presence, const char *tablet_id);
bool presence_is_watched(kiosk_presence *presence, const char *tablet_id); /* any stream is here */
/* Of all that are watched, in the arena; `*count` says how many. */
const char *const *presence_watched(kiosk_presence *presence, poly_arena *arena, size_t *count);

#endif
