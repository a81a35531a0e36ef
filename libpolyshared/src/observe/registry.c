/* SPDX-License-Identifier: MIT */
#include "observe/registry.h"
#include "poly/log.h"
#include "poly/text.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#define MAX_LABELS      8
#define MAX_LABEL_BYTES 2048

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct poly_family *first_family;
static struct poly_family **last_link = &first_family;
static size_t series_count;

static const size_t instrument_sizes[] = {
    [POLY_METRIC_COUNTER] = sizeof(struct poly_counter),
    [POLY_METRIC_GAUGE] = sizeof(struct poly_gauge),
    [POLY_METRIC_HISTOGRAM] = sizeof(struct poly_histogram),
};

/* What callers beyond POLY_METRIC_MAX_SERIES share; it is not exposed. */
static struct poly_counter surplus_counter;
static struct poly_gauge surplus_gauge;
static struct poly_histogram surplus_histogram;
static void *const surplus_instruments[] = {
    [POLY_METRIC_COUNTER] = &surplus_counter,
    [POLY_METRIC_GAUGE] = &surplus_gauge,
    [POLY_METRIC_HISTOGRAM] = &surplus_histogram,
};

static bool is_letter(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_';
}

/* Prometheus's data model: [a-zA-Z_][a-zA-Z0-9_]*, in a metric's name also ':'. */
static bool is_name(const char *name, bool colon_allowed)
{
    for (const char *at = name; *at; at++) {
        bool digit = *at >= '0' && *at <= '9';

        if (!is_letter(*at) && !(digit && at > name) && !(*at == ':' && colon_allowed))
            return false;
    }
    return *name != '\0';
}

static bool is_label_name(const char *name)
{
    return is_name(name, false) && strncmp(name, "__", 2) != 0 && strcmp(name, "le") != 0;
}

/* --- labels --- */

/* Insertion sort; answers how many there are. */
static size_t sort_labels(const poly_label *labels, poly_label sorted[MAX_LABELS])
{
    size_t count = 0;

    for (; labels && labels->name; labels++, count++) {
        size_t at = count;

        assert(count < MAX_LABELS && is_label_name(labels->name));
        for (; at > 0 && strcmp(sorted[at - 1].name, labels->name) >= 0; at--) {
            assert(strcmp(sorted[at - 1].name, labels->name) != 0);
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = *labels;
    }
    return count;
}

static void append_label_value(poly_strbuf *out, const char *value)
{
    assert(poly_text_is_utf8(value, strlen(value)));
    for (; *value; value++) {
        if (*value == '\n') {
            poly_strbuf_append_text(out, "\\n");
            continue;
        }
        if (*value == '"' || *value == '\\')
            poly_strbuf_append_char(out, '\\');
        poly_strbuf_append_char(out, *value);
    }
}

static void format_labels(poly_strbuf *out, const poly_label *labels)
{
    poly_label sorted[MAX_LABELS];
    size_t count = sort_labels(labels, sorted);

    for (size_t i = 0; i < count; i++) {
        poly_strbuf_append_text(out, i > 0 ? "," : "");
        poly_strbuf_append_text(out, sorted[i].name);
        poly_strbuf_append_text(out, "=\"");
        append_label_value(out, sorted[i].value);
        poly_strbuf_append_char(out, '"');
    }
    assert(!out->overflowed);
}

/* Once: a program that makes series without end would fill the log as well. */
static void report_surplus(const char *name)
{
    static atomic_flag reported = ATOMIC_FLAG_INIT;

    if (!atomic_flag_test_and_set(&reported))
        poly_log(POLY_LOG_ERROR, "too many metric series, further ones are not exposed",
                 poly_text_field("metric", name));
}

/* --- families and series: under the lock --- */

static struct poly_family *family_of(enum poly_metric_kind kind, const char *name, const char *help)
{
    struct poly_family *family = first_family;

    while (family && strcmp(family->name, name) != 0)
        family = family->next;
    if (family) {
        assert(family->kind == kind);
        return family;
    }
    assert(is_name(name, true));
    family = poly_alloc_zero(1, sizeof(*family));
    family->name = poly_strdup(name);
    family->help = help;
    family->kind = kind;
    *last_link = family;
    last_link = &family->next;
    return family;
}

static struct poly_series *find_series(const struct poly_family *family, const char *labels)
{
    struct poly_series *series = family->first;

    while (series && strcmp(series->labels, labels) != 0)
        series = series->next;
    return series;
}

static struct poly_series *add_series(struct poly_family *family, const char *labels)
{
    struct poly_series *series = poly_alloc_zero(1, sizeof(*series));

    series->labels = poly_strdup(labels);
    series->instrument = poly_alloc_zero(1, instrument_sizes[family->kind]);
    if (family->last)
        family->last->next = series;
    else
        family->first = series;
    family->last = series;
    series_count++;
    return series;
}

void *poly_registry_get(enum poly_metric_kind kind, const char *name, const char *help, const poly_label *labels)
{
    struct poly_family *family;
    struct poly_series *series;
    poly_strbuf text;

    poly_strbuf_init(&text, MAX_LABEL_BYTES);
    format_labels(&text, labels);
    (void)pthread_mutex_lock(&lock);
    family = family_of(kind, name, help);
    series = find_series(family, poly_strbuf_text(&text));
    if (!series && series_count < POLY_METRIC_MAX_SERIES)
        series = add_series(family, poly_strbuf_text(&text));
    (void)pthread_mutex_unlock(&lock);
    poly_strbuf_release(&text);
    if (series)
        return series->instrument;
    report_surplus(name);
    return surplus_instruments[kind];
}

void poly_registry_each(void (*visit)(const struct poly_family *family, void *argument), void *argument)
{
    (void)pthread_mutex_lock(&lock);
    for (const struct poly_family *family = first_family; family; family = family->next)
        visit(family, argument);
    (void)pthread_mutex_unlock(&lock);
}
