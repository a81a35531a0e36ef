/* SPDX-License-Identifier: MIT */
/* The list of all instruments, which grows under a lock and never shrinks, and what an instrument is made of. */
#ifndef POLY_OBSERVE_REGISTRY_H
#define POLY_OBSERVE_REGISTRY_H

#include "poly/metrics.h"

#include <stdatomic.h>

/*
 * Counts are kept in several slots, each on cache lines of its own, and a thread always adds to the same one: worker
 * threads that count the same thing do not take the line away from each other.
 */
#define POLY_METRIC_SLOTS 8
#define POLY_CACHE_LINE   64

/* At most so many series are exposed; label values come from the program's tables, so this is a programming error. */
#define POLY_METRIC_MAX_SERIES 4096

#define POLY_HISTOGRAM_BOUNDS 14

struct poly_counter {
    struct {
        _Atomic uint64_t count;
        char other_line[POLY_CACHE_LINE - sizeof(uint64_t)];
    } slots[POLY_METRIC_SLOTS];
};

struct poly_gauge {
    _Atomic int64_t value;
};

struct poly_histogram {
    struct {
        _Atomic uint64_t counts[POLY_HISTOGRAM_BOUNDS + 1]; /* of this bucket alone; the last one is unbounded */
        _Atomic uint64_t sum;                               /* µs */
        char other_line[POLY_CACHE_LINE];
    } slots[POLY_METRIC_SLOTS];
};

struct poly_histogram_bound {
    uint64_t microseconds; /* inclusive */
    const char *seconds;
};
extern const struct poly_histogram_bound poly_histogram_bounds[POLY_HISTOGRAM_BOUNDS];

enum poly_metric_kind { POLY_METRIC_COUNTER, POLY_METRIC_GAUGE, POLY_METRIC_HISTOGRAM };

struct poly_series {
    struct poly_series *next;
    char *labels;     /* as exposed, a="1",b="2", sorted by name; "" for none */
    void *instrument; /* by the family's kind */
};

struct poly_family {
    struct poly_family *next;
    char *name;
    const char *help;
    enum poly_metric_kind kind;
    struct poly_series *first, *last;
};

/* The instrument of that name and those labels, made zeroed at the first call. */
void *poly_registry_get(enum poly_metric_kind kind, const char *name, const char *help, const poly_label *labels);

/* Calls `visit` for each family in order of creation, under the lock: it must not create instruments. */
void poly_registry_each(void (*visit)(const struct poly_family *family, void *argument), void *argument);

#endif
