/* SPDX-License-Identifier: MIT */
#include "latency.h"

#include <math.h>
#include <stddef.h>

/*
 * Values with their top bit at place p share buckets of width 2^(p - FINE_BITS); below 2^(FINE_BITS + 1) that is 1.
 */
static size_t bucket_of(uint64_t value)
{
    unsigned shift;

    if (value > UINT32_MAX)
        value = UINT32_MAX;
    if (value < (2U << LATENCY_FINE_BITS))
        return (size_t)value;
    shift = 31U - (unsigned)__builtin_clz((unsigned)value) - LATENCY_FINE_BITS;
    return ((size_t)shift << LATENCY_FINE_BITS) + (size_t)(value >> shift);
}

static uint64_t highest_of(size_t bucket)
{
    unsigned shift;

    if (bucket < (2U << LATENCY_FINE_BITS))
        return bucket;
    shift = (unsigned)(bucket >> LATENCY_FINE_BITS) - 1;
    return ((uint64_t)(bucket - ((size_t)shift << LATENCY_FINE_BITS) + 1) << shift) - 1;
}

void latency_add(struct latency *latency, uint64_t microseconds)
{
    if (latency->count == 0 || microseconds < latency->min)
        latency->min = microseconds;
    if (microseconds > latency->max)
        latency->max = microseconds;
    latency->count++;
    latency->sum += microseconds;
    latency->buckets[bucket_of(microseconds)]++;
}

uint64_t latency_percentile(const struct latency *latency, double percent)
{
    uint64_t wanted = (uint64_t)ceil((double)latency->count * percent / 100.0);
    uint64_t seen = 0;

    for (size_t i = 0; i < LATENCY_BUCKETS && latency->count > 0; i++) {
        seen += latency->buckets[i];
        if (seen >= wanted && seen > 0)
            return highest_of(i) < latency->max ? highest_of(i) : latency->max;
    }
    return latency->max;
}

double latency_mean(const struct latency *latency)
{
    return latency->count ? (double)latency->sum / (double)latency->count : 0.0;
}
