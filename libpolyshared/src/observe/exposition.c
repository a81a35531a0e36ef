/* SPDX-License-Identifier: MIT */
/* Prometheus's text format 0.0.4. */
#include "observe/process.h"
#include "observe/registry.h"

#include <inttypes.h>

static const char *const kind_names[] = {
    [POLY_METRIC_COUNTER] = "counter",
    [POLY_METRIC_GAUGE] = "gauge",
    [POLY_METRIC_HISTOGRAM] = "histogram",
};

static void write_help(poly_strbuf *out, const char *help)
{
    for (; *help; help++) {
        if (*help == '\n')
            poly_strbuf_append_text(out, "\\n");
        else if (*help == '\\')
            poly_strbuf_append_text(out, "\\\\");
        else
            poly_strbuf_append_char(out, *help);
    }
}

static void write_head(poly_strbuf *out, const struct poly_family *family)
{
    poly_strbuf_printf(out, "# HELP %s ", family->name);
    write_help(out, family->help);
    poly_strbuf_printf(out, "\n# TYPE %s %s\n", family->name, kind_names[family->kind]);
}

/* name{labels} and the space behind it. */
static void write_name(poly_strbuf *out, const struct poly_family *family, const char *suffix, const char *labels)
{
    poly_strbuf_append_text(out, family->name);
    poly_strbuf_append_text(out, suffix);
    if (*labels)
        poly_strbuf_printf(out, "{%s}", labels);
    poly_strbuf_append_char(out, ' ');
}

static void write_bucket(poly_strbuf *out, const struct poly_family *family, const char *labels, const char *bound,
                         uint64_t count)
{
    poly_strbuf_printf(out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", family->name, labels, *labels ? "," : "", bound,
                       count);
}

static uint64_t bucket_count(const poly_histogram *histogram, unsigned bucket)
{
    uint64_t count = 0;

    for (unsigned slot = 0; slot < POLY_METRIC_SLOTS; slot++)
        count += atomic_load_explicit(&histogram->slots[slot].counts[bucket], memory_order_relaxed);
    return count;
}

static uint64_t histogram_sum(const poly_histogram *histogram)
{
    uint64_t sum = 0;

    for (unsigned slot = 0; slot < POLY_METRIC_SLOTS; slot++)
        sum += atomic_load_explicit(&histogram->slots[slot].sum, memory_order_relaxed);
    return sum;
}

static void write_histogram(poly_strbuf *out, const struct poly_family *family, const struct poly_series *series)
{
    const poly_histogram *histogram = series->instrument;
    uint64_t sum = histogram_sum(histogram);
    uint64_t count = 0; /* up to and with the present bucket; the total is what the buckets say, so that both agree */

    for (unsigned i = 0; i < POLY_HISTOGRAM_BOUNDS; i++) {
        count += bucket_count(histogram, i);
        write_bucket(out, family, series->labels, poly_histogram_bounds[i].seconds, count);
    }
    count += bucket_count(histogram, POLY_HISTOGRAM_BOUNDS);
    write_bucket(out, family, series->labels, "+Inf", count);
    write_name(out, family, "_sum", series->labels);
    poly_strbuf_printf(out, "%" PRIu64 ".%06" PRIu64 "\n", sum / 1000000, sum % 1000000);
    write_name(out, family, "_count", series->labels);
    poly_strbuf_printf(out, "%" PRIu64 "\n", count);
}

static void write_series(poly_strbuf *out, const struct poly_family *family, const struct poly_series *series)
{
    switch (family->kind) {
    case POLY_METRIC_COUNTER:
        write_name(out, family, "", series->labels);
        poly_strbuf_printf(out, "%" PRIu64 "\n", poly_counter_value(series->instrument));
        return;
    case POLY_METRIC_GAUGE:
        write_name(out, family, "", series->labels);
        poly_strbuf_printf(out, "%" PRId64 "\n", poly_gauge_value(series->instrument));
        return;
    case POLY_METRIC_HISTOGRAM:
        write_histogram(out, family, series);
    }
}

static void write_family(const struct poly_family *family, void *argument)
{
    poly_strbuf *out = argument;

    write_head(out, family);
    for (const struct poly_series *series = family->first; series; series = series->next)
        write_series(out, family, series);
}

void poly_metrics_write(poly_strbuf *out)
{
    poly_registry_each(write_family, out);
    poly_process_write(out);
}
