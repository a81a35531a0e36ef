/* SPDX-License-Identifier: MIT */
#include "request_log.h"

#include "dice.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS    16384
#define MAX_USED 8192
#define OTHERS   SLOTS /* the entry behind the table */

struct entry {
    char *target; /* NULL: free */
    uint64_t count;
    uint32_t in_flight, max_in_flight;
};

struct request_log {
    pthread_mutex_t lock;
    uint64_t generation;
    size_t used;
    struct entry entries[SLOTS + 1]; /* open addressing by the target's hash */
};

request_log *request_log_create(void)
{
    request_log *log = poly_alloc_zero(1, sizeof(*log));

    pthread_mutex_init(&log->lock, NULL);
    return log;
}

/* Under the lock. */
static void forget_all(request_log *log)
{
    for (size_t i = 0; i <= OTHERS; i++) {
        free(log->entries[i].target);
        log->entries[i] = (struct entry){0};
    }
    log->used = 0;
    log->generation++;
}

void request_log_destroy(request_log **log)
{
    if (!*log)
        return;
    forget_all(*log);
    pthread_mutex_destroy(&(*log)->lock);
    free(*log);
    *log = NULL;
}

/* Under the lock. */
static size_t find_entry(request_log *log, const char *target)
{
    uint64_t hash = 0;
    size_t slot;

    for (const char *at = target; *at; at++)
        hash = campus_mix(hash ^ (unsigned char)*at);
    for (slot = hash % SLOTS; log->entries[slot].target; slot = (slot + 1) % SLOTS)
        if (strcmp(log->entries[slot].target, target) == 0)
            return slot;
    if (log->used == MAX_USED)
        slot = OTHERS;
    if (!log->entries[slot].target) {
        log->entries[slot].target = poly_strdup(slot == OTHERS ? "other" : target);
        log->used += slot != OTHERS;
    }
    return slot;
}

request_mark request_log_enter(request_log *log, const char *target)
{
    request_mark mark;
    struct entry *entry;

    pthread_mutex_lock(&log->lock);
    mark = (request_mark){log->generation, find_entry(log, target)};
    entry = &log->entries[mark.entry];
    entry->count++;
    entry->in_flight++;
    if (entry->in_flight > entry->max_in_flight)
        entry->max_in_flight = entry->in_flight;
    pthread_mutex_unlock(&log->lock);
    return mark;
}

void request_log_leave(request_log *log, request_mark mark)
{
    pthread_mutex_lock(&log->lock);
    if (mark.generation == log->generation)
        log->entries[mark.entry].in_flight--;
    pthread_mutex_unlock(&log->lock);
}

void request_log_reset(request_log *log)
{
    pthread_mutex_lock(&log->lock);
    forget_all(log);
    pthread_mutex_unlock(&log->lock);
}

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

void request_log_write(request_log *log, const char *prefix, poly_json_writer *writer)
{
    uint64_t total = 0;
    uint64_t in_flight = 0;
    uint32_t most = 0;

    pthread_mutex_lock(&log->lock);
    poly_json_begin_object(writer, "paths");
    for (size_t i = 0; i <= OTHERS; i++) {
        const struct entry *entry = &log->entries[i];

        if (!entry->target || !begins_with(entry->target, prefix))
            continue;
        poly_json_put_int(writer, entry->target, (int64_t)entry->count);
        total += entry->count;
        in_flight += entry->in_flight;
        most = entry->max_in_flight > most ? entry->max_in_flight : most;
    }
    poly_json_end_object(writer);
    pthread_mutex_unlock(&log->lock);
    poly_json_put_int(writer, "total", (int64_t)total);
    poly_json_put_int(writer, "in_flight", (int64_t)in_flight);
    poly_json_put_int(writer, "max_in_flight", most);
}
