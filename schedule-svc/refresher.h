/* SPDX-License-Identifier: MIT */
/*
 * Keeps the hot set fresh: of the groups asked for lately, this week's and next week's timetables are fetched before
 * they expire, so that nobody waits and changes are noticed. Gentle: at most so many fetches a minute, two at a time,
 * and none while the upstream's circuit breaker is open.
 */
#ifndef SCHEDULE_REFRESHER_H
#define SCHEDULE_REFRESHER_H

#include "cache.h"
#include "upstream.h"

typedef struct refresher refresher;

typedef struct refresher_options {
    answer_cache *cache;
    upstream *upstream;
    size_t max_groups;   /* those asked for last; 0: the refresher rests */
    uint64_t watch;      /* µs; how long ago a group may have been asked for */
    uint64_t week_fresh; /* µs; a week is fetched in the last fifth of it */
    unsigned per_minute; /* fetches */
} refresher_options;

refresher *refresher_create(const refresher_options *options) __attribute__((returns_nonnull));
/* Begins, on a fiber of `loop`. */
void refresher_start(refresher *self, poly_loop *loop);
void refresher_destroy(refresher **self); /* accepts NULL inside; after poly_runtime_stop */

#endif
