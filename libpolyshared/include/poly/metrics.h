/* SPDX-License-Identifier: MIT */
/*
 * Metrics in Prometheus's text format 0.0.4. Instruments are made at start and live as long as the process; any
 * thread updates them without a lock. Names follow Prometheus's conventions: base units, `_total` for counters.
 */
#ifndef POLY_METRICS_H
#define POLY_METRICS_H

#include "poly/strbuf.h"

typedef struct poly_counter poly_counter;
typedef struct poly_gauge poly_gauge;
typedef struct poly_histogram poly_histogram;

/* Label pairs, ended by a NULL name; copied. NULL for none. */
typedef struct poly_label {
    const char *name;
    const char *value;
} poly_label;

/* Asking again for the same name and labels answers the same instrument. `help` is static. */
poly_counter *poly_counter_get(const char *name, const char *help, const poly_label *labels);
void poly_counter_add(poly_counter *counter, uint64_t amount);
uint64_t poly_counter_value(const poly_counter *counter);

poly_gauge *poly_gauge_get(const char *name, const char *help, const poly_label *labels);
void poly_gauge_set(poly_gauge *gauge, int64_t value);
void poly_gauge_add(poly_gauge *gauge, int64_t amount);
int64_t poly_gauge_value(const poly_gauge *gauge);

/* Of durations in seconds: buckets 0.5 ms, 1, 2.5, 5, 10, 25, 50, 100, 250, 500 ms, 1, 2.5, 5, 10 s. */
poly_histogram *poly_histogram_get(const char *name, const char *help, const poly_label *labels);
void poly_histogram_observe(poly_histogram *histogram, uint64_t microseconds);

/* The exposition, the process's own figures (CPU, memory, descriptors, start time) included. */
void poly_metrics_write(poly_strbuf *out);

#endif
