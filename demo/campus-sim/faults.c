/* SPDX-License-Identifier: MIT */
#include "faults.h"

#include "dice.h"

#include "poly/log.h"
#include "poly/time.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FAULTS 64

static const char *const mode_names[] = {
    [FAULT_NONE] = "none",         [FAULT_HANG] = "hang",
    [FAULT_RESET] = "reset",       [FAULT_DRIP] = "drip",
    [FAULT_HTML] = "html",         [FAULT_TRUNCATED] = "truncated",
    [FAULT_HUGE] = "huge",         [FAULT_WRONG_SCHEMA] = "wrong_schema",
    [FAULT_ERROR] = "error",       [FAULT_LAYOUT] = "layout",
    [FAULT_REDIRECT] = "redirect", [FAULT_COOKIES] = "cookies",
};

struct fault_table {
    pthread_mutex_t lock;
    uint64_t seed;
    struct fault faults[MAX_FAULTS];
    size_t count;
    poly_latch *cleared; /* hanging requests wait for it; a new one after each clearing */
};

fault_table *fault_table_create(uint64_t seed)
{
    fault_table *table = poly_alloc_zero(1, sizeof(*table));

    pthread_mutex_init(&table->lock, NULL);
    table->seed = seed;
    table->cleared = poly_latch_create();
    return table;
}

void fault_table_destroy(fault_table **table)
{
    if (!*table)
        return;
    poly_latch_unref(&(*table)->cleared);
    pthread_mutex_destroy(&(*table)->lock);
    free(*table);
    *table = NULL;
}

bool fault_mode_parse(const char *text, fault_mode *mode)
{
    for (size_t i = 0; i < POLY_LENGTH(mode_names); i++) {
        if (strcmp(mode_names[i], text) == 0) {
            *mode = (fault_mode)i;
            return true;
        }
    }
    return false;
}

/* Under the lock. */
static struct fault *find_fault(fault_table *table, const char *path_prefix)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->faults[i].path_prefix, path_prefix) == 0)
            return &table->faults[i];
    return NULL;
}

poly_result fault_table_set(fault_table *table, const struct fault *added)
{
    struct fault *place;

    pthread_mutex_lock(&table->lock);
    place = find_fault(table, added->path_prefix);
    if (!place && table->count < MAX_FAULTS)
        place = &table->faults[table->count++];
    if (place)
        *place = *added;
    pthread_mutex_unlock(&table->lock);
    return place ? POLY_OK : POLY_OVERLOADED;
}

/* Under the lock. */
static struct fault *find_longest(fault_table *table, const char *path)
{
    struct fault *best = NULL;
    size_t best_size = 0;

    for (size_t i = 0; i < table->count; i++) {
        size_t size = strlen(table->faults[i].path_prefix);

        if (strncmp(table->faults[i].path_prefix, path, size) == 0 && (!best || size > best_size)) {
            best = &table->faults[i];
            best_size = size;
        }
    }
    return best;
}

/* Under the lock. The n-th request that a fault sees has the same luck in every run. */
static bool strikes(const fault_table *table, struct fault *self)
{
    uint64_t luck = campus_hash(table->seed, 'L', self->seen++, 0) % 1000000;

    if (self->count == 0 || (double)luck >= self->probability * 1e6)
        return false;
    if (self->count > 0)
        self->count--;
    self->hits++;
    return true;
}

bool fault_table_take(fault_table *table, const char *path, struct fault *hit)
{
    struct fault *found;
    bool taken;

    pthread_mutex_lock(&table->lock);
    found = find_longest(table, path);
    taken = found && strikes(table, found);
    if (taken)
        *hit = *found;
    pthread_mutex_unlock(&table->lock);
    return taken;
}

void fault_table_clear(fault_table *table, const char *path_prefix)
{
    poly_latch *cleared = NULL;
    struct fault *found;

    pthread_mutex_lock(&table->lock);
    found = path_prefix ? find_fault(table, path_prefix) : NULL;
    if (found)
        *found = table->faults[--table->count];
    if (!path_prefix) {
        table->count = 0;
        cleared = table->cleared;
        table->cleared = poly_latch_create();
    }
    pthread_mutex_unlock(&table->lock);
    if (cleared)
        poly_latch_open(cleared);
    poly_latch_unref(&cleared);
}

void fault_table_hang(fault_table *table)
{
    poly_latch *cleared;

    pthread_mutex_lock(&table->lock);
    cleared = poly_latch_ref(table->cleared);
    pthread_mutex_unlock(&table->lock);
    if (poly_latch_wait(cleared, POLY_NO_DEADLINE) != POLY_OK)
        poly_log_plain(POLY_LOG_DEBUG, "a hanging request ends without the faults being cleared");
    poly_latch_unref(&cleared);
}

void fault_table_write(fault_table *table, poly_json_writer *writer)
{
    pthread_mutex_lock(&table->lock);
    poly_json_begin_array(writer, "faults");
    for (size_t i = 0; i < table->count; i++) {
        const struct fault *self = &table->faults[i];

        poly_json_begin_object(writer, NULL);
        poly_json_put_text(writer, "path_prefix", self->path_prefix);
        poly_json_put_text(writer, "mode", mode_names[self->mode]);
        poly_json_put_int(writer, "delay_ms", self->delay_ms);
        poly_json_put_int(writer, "status", self->status);
        poly_json_put_number(writer, "probability", self->probability);
        poly_json_put_int(writer, "count", self->count);
        poly_json_put_int(writer, "hits", (int64_t)self->hits);
        poly_json_end_object(writer);
    }
    poly_json_end_array(writer);
    pthread_mutex_unlock(&table->lock);
}
