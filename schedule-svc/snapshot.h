/* SPDX-License-Identifier: MIT */
/*
 * What the daemon has seen, on disk: the cache and the log of changes, so that it serves after a restart while RUZ is
 * down. Written every interval when something has changed and at the end, whole or not at all; a damaged or foreign
 * file is refused with a line in the log, and the daemon starts with nothing.
 */
#ifndef SCHEDULE_SNAPSHOT_H
#define SCHEDULE_SNAPSHOT_H

#include "cache.h"
#include "change_log.h"

typedef struct snapshot snapshot;

typedef struct snapshot_options {
    const char *directory; /* is made if it is missing; its parent has to be there */
    uint64_t interval;     /* µs */
    answer_cache *cache;
    change_log *changes;
} snapshot_options;

/* NULL with a line in `fault` when nothing can be written in the directory. */
snapshot *snapshot_create(const snapshot_options *options, poly_strbuf *fault);
void snapshot_destroy(snapshot **snapshot); /* accepts NULL inside; after poly_runtime_stop */

/*
 * Fills the cache and the log. POLY_NOT_FOUND when there is no snapshot yet, POLY_BAD_ANSWER when it was refused,
 * POLY_IO. Says in the log what it did. Blocking; before the first request.
 */
poly_result snapshot_load(snapshot *self);

/* Saves every interval from now on, on a fiber of `loop` and the off-loop pool. */
void snapshot_start(snapshot *self, poly_loop *loop);

/* Saves if something has changed since the last time. POLY_OK, also when nothing had; POLY_IO and POLY_CONFLICT
 * (another process is saving there) after a line in the log. Blocking; any thread but a loop's. */
poly_result snapshot_save(snapshot *self);

/* For readiness: POLY_IO when the last save failed. Any thread. */
poly_result snapshot_state(const snapshot *self, poly_strbuf *detail);

#endif
