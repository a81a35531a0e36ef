/* SPDX-License-Identifier: MIT */
/* A histogram of durations in µs, exact below 256 µs and within 0.8 % above, up to about 70 minutes. */
#ifndef LOAD_LATENCY_H
#define LOAD_LATENCY_H

#include <stdint.h>

enum { LATENCY_FINE_BITS = 7, LATENCY_BUCKETS = (32 - LATENCY_FINE_BITS + 1) << LATENCY_FINE_BITS };

struct latency {
    uint64_t count, sum, min, max;
    uint64_t buckets[LATENCY_BUCKETS];
};

void latency_add(struct latency *latency, uint64_t microseconds);
/* The value that `percent` of all are at or below; 0 when there is none. */
uint64_t latency_percentile(const struct latency *latency, double percent);
double latency_mean(const struct latency *latency);

#endif
