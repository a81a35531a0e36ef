/* SPDX-License-Identifier: MIT */
/*
 * Runs of the teacher sync: on a timer and on demand, one at a time over all replicas. A run that does not get to its
 * end, whatever happened to its replica, is taken over by another when its lease is over.
 */
#ifndef TRAFFIC_TEACHER_SYNC_H
#define TRAFFIC_TEACHER_SYNC_H

#include "service.h"

/* Looks from now on whether it is time, on `loop`. */
void teacher_sync_start(traffic_service *service, poly_loop *loop);

/* Begins a run and returns. POLY_CONFLICT: one runs. Fiber only. */
poly_result teacher_sync_run(traffic_service *service, poly_arena *arena) POLY_MUST_CHECK;

#endif
