/* SPDX-License-Identifier: MIT */
/* The instruments and how they are updated. All updates are relaxed: a count orders nothing else. */
#include "observe/registry.h"

const struct poly_histogram_bound poly_histogram_bounds[POLY_HISTOGRAM_BOUNDS] = {
    {500, "0.0005"},  {1000, "0.001"},  {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},
    {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},  {250000, "0.25"}, {500000, "0.5"},
    {1000000, "1"},   {2500000, "2.5"}, {5000000, "5"},   {10000000, "10"},
};

/* This thread's slot; threads beyond the number of slots share. */
static unsigned own_slot(void)
{
    static atomic_uint threads;
    static _Thread_local unsigned slot_plus_one;

    if (slot_plus_one == 0)
        slot_plus_one = 1 + atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % POLY_METRIC_SLOTS;
    return slot_plus_one - 1;
}

poly_counter *poly_counter_get(const char *name, const char *help, const poly_label *labels)
{
    return poly_registry_get(POLY_METRIC_COUNTER, name, help, labels);
}

void poly_counter_add(poly_counter *counter, uint64_t amount)
{
    atomic_fetch_add_explicit(&counter->slots[own_slot()].count, amount, memory_order_relaxed);
}

uint64_t poly_counter_value(const poly_counter *counter)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < POLY_METRIC_SLOTS; i++)
        value += atomic_load_explicit(&counter->slots[i].count, memory_order_relaxed);
    return value;
}

poly_gauge *poly_gauge_get(const char *name, const char *help, const poly_label *labels)
{
    return poly_registry_get(POLY_METRIC_GAUGE, name, help, labels);
}

void poly_gauge_set(poly_gauge *gauge, int64_t value)
{
    atomic_store_explicit(&gauge->value, value, memory_order_relaxed);
}

void poly_gauge_add(poly_gauge *gauge, int64_t amount)
{
    atomic_fetch_add_explicit(&gauge->value, amount, memory_order_relaxed);
}

int64_t poly_gauge_value(const poly_gauge *gauge)
{
    return atomic_load_explicit(&gauge->value, memory_order_relaxed);
}

poly_histogram *poly_histogram_get(const char *name, const char *help, const poly_label *labels)
{
    return poly_registry_get(POLY_METRIC_HISTOGRAM, name, help, labels);
}

void poly_histogram_observe(poly_histogram *histogram, uint64_t microseconds)
{
    unsigned slot = own_slot();
    unsigned bucket = 0;

    while (bucket < POLY_HISTOGRAM_BOUNDS && microseconds > poly_histogram_bounds[bucket].microseconds)
        bucket++;
    atomic_fetch_add_explicit(&histogram->slots[slot].counts[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->slots[slot].sum, microseconds, memory_order_relaxed);
}
