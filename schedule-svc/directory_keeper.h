/* SPDX-License-Identifier: MIT */
/*
 * Keeps the directory: fetches the dictionaries gently, one after another with a few under way, through the cache,
 * which holds them; looks at them again from time to time; and puts a new directory in place when one has changed.
 */
#ifndef SCHEDULE_DIRECTORY_KEEPER_H
#define SCHEDULE_DIRECTORY_KEEPER_H

#include "cache.h"
#include "directory.h"

typedef struct directory_keeper directory_keeper;

typedef struct directory_keeper_options {
    answer_cache *cache;
    poly_loop *loop;         /* that its fiber runs on */
    uint64_t check_interval; /* µs between two looks at the dictionaries */
    bool preload;            /* else it begins when the directory is first asked for */
} directory_keeper_options;

directory_keeper *directory_keeper_create(const directory_keeper_options *options) __attribute__((returns_nonnull));
/* Starts the preloading, if that is wanted. Any thread. */
void directory_keeper_start(directory_keeper *keeper);
void directory_keeper_destroy(directory_keeper **keeper); /* after poly_runtime_stop */

/* How old the dictionaries are that the directory is made of, and how long all of them are fresh. Any thread. */
provenance directory_keeper_provenance(const directory_keeper *keeper);

/* A reference to the present directory; NULL when there is none yet. Any thread. */
directory_view *directory_keeper_peek(directory_keeper *keeper);

/*
 * The same, but waits for the first one. POLY_TIMEOUT when it takes longer than `deadline`, POLY_UNAVAILABLE when the
 * first round of fetching brought nothing. Fiber only.
 */
poly_result directory_keeper_get(directory_keeper *keeper, uint64_t deadline, directory_view **out) POLY_MUST_CHECK;

#endif
