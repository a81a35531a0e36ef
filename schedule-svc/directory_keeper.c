/* SPDX-License-Identifier: MIT */
#include "directory_keeper.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poly/log.h"
#include "poly/random.h"

#include "fetch_window.h"

#define AT_A_TIME   4
#define PARTS_MAX   4096
#define FIRST_RETRY POLY_SECONDS(2)

struct directory_keeper {
    directory_keeper_options options;
    atomic_bool begun;
    poly_latch *first; /* opens when the first round is over */
    pthread_mutex_t mutex;
    directory_view *present;            /* under the mutex */
    atomic_int_fast64_t oldest, expiry; /* of its parts: when fetched and when no longer fresh, the cache's clock */
    char signature[POLY_DIGEST_SIZE];   /* of the parts of `present`; the keeper's fiber only */
};

/* One look at all the dictionaries. */
struct round {
    directory_keeper *keeper;
    bool first; /* what a snapshot brought will do */
    directory_part *parts;
    poly_strbuf tags; /* the parts' keys and entity tags */
    size_t count;
    size_t failures;
    provenance provenance;
    directory_view *made;
};

/* Fetches those that are not there or, after the first round, will not be fresh until after the next. */
static void bring(const struct round *round, const resource_key *keys, size_t count)
{
    answer_cache *cache = round->keeper->options.cache;
    uint64_t margin = 2 * round->keeper->options.check_interval;
    fetch_window window = {.max = AT_A_TIME};
    poly_result result = POLY_OK;

    for (size_t i = 0; i < count && result == POLY_OK; i++)
        if (round->first ? !cache_has(cache, &keys[i]) : !cache_is_fresh(cache, &keys[i], margin))
            result = fetch_window_add(&window, cache_refresh(cache, &keys[i]));
    if (fetch_window_drain(&window) != POLY_OK || result != POLY_OK)
        poly_log_plain(POLY_LOG_DEBUG, "directory given up");
}

static void add_part(struct round *round, const resource_key *key, cached *item)
{
    round->parts[round->count++] =
        (directory_part){.key = *key, .gzip = poly_blob_ref(item->gzip), .identity_size = item->identity_size};
    round->provenance = provenance_of_both(round->provenance, item->provenance);
    poly_strbuf_printf(&round->tags, "%u/%u/%s ", key->kind, key->id, item->etag);
}

/* Takes what is there, however old; in its plain form too if `identity` is not NULL. */
static void take(struct round *round, const resource_key *key, poly_blob **identity)
{
    unsigned flags = CACHE_AS_IS | CACHE_BACKGROUND | (identity ? CACHE_IDENTITY : 0);
    cached item;
    poly_result result = cache_get(round->keeper->options.cache, key, flags, POLY_NO_DEADLINE, &item);

    if (result == POLY_OK && round->count < PARTS_MAX) {
        add_part(round, key, &item);
        if (identity)
            *identity = poly_blob_ref(item.identity);
    } else if (result != POLY_NOT_FOUND) {
        round->failures++;
    }
    cached_release(&item);
}

/* The keys of the lists below a list: of each faculty's groups, of each building's rooms. */
static size_t keys_below(const resource_key *list, const poly_blob *json, poly_arena *arena, resource_key **keys)
{
    answer_data answer;

    *keys = NULL;
    if (!json || answer_read(list, json, arena, &answer) != POLY_OK)
        return 0;
    *keys = poly_arena_alloc_zero(arena, answer.count + 1, sizeof(**keys));
    for (size_t i = 0; i < answer.count; i++) {
        if (list->kind == RESOURCE_FACULTIES)
            (*keys)[i] = resource_one(RESOURCE_FACULTY_GROUPS, answer.faculties[i].id);
        else
            (*keys)[i] = resource_one(RESOURCE_BUILDING_ROOMS, answer.buildings[i].id);
    }
    return answer.count;
}

static void get_list(struct round *round, resource_kind kind, poly_blob **identity)
{
    resource_key list = resource_list(kind);

    bring(round, &list, 1);
    take(round, &list, identity);
}

static void get_tree(struct round *round, resource_kind kind)
{
    resource_key list = resource_list(kind), *keys;
    poly_arena *arena = poly_arena_create(0);
    poly_blob *json = NULL;
    size_t count;

    get_list(round, kind, &json);
    count = keys_below(&list, json, arena, &keys);
    bring(round, keys, count);
    for (size_t i = 0; i < count && !poly_fiber_is_cancelled(); i++)
        take(round, &keys[i], NULL);
    poly_blob_unref(&json);
    poly_arena_destroy(&arena);
}

static void make_directory(void *argument)
{
    struct round *round = argument;

    round->made = directory_create(round->parts, round->count, round->failures == 0);
    poly_memory_trim(); /* of the parsed documents, which are several times as large */
}

static void put_in_place(directory_keeper *keeper, struct round *round, const char *signature)
{
    directory_view *former;

    pthread_mutex_lock(&keeper->mutex);
    former = keeper->present;
    keeper->present = round->made;
    pthread_mutex_unlock(&keeper->mutex);
    directory_unref(&former);
    memcpy(keeper->signature, signature, sizeof(keeper->signature));
    poly_log(POLY_LOG_INFO, "directory built", poly_int_field("dictionaries", round->count),
             poly_int_field("missing", round->failures),
             poly_int_field("entries", search_index_count(directory_index(round->made))));
}

static void publish_if_changed(directory_keeper *keeper, struct round *round)
{
    char signature[POLY_DIGEST_SIZE];
    int64_t now = cache_clock(keeper->options.cache);
    poly_result result = POLY_OK;

    if (round->count == 0)
        return;
    poly_strbuf_printf(&round->tags, "%d", round->failures == 0);
    poly_digest(poly_strbuf_text(&round->tags), round->tags.size, signature);
    if (strcmp(signature, keeper->signature) != 0) {
        result = poly_offload(make_directory, round);
        if (result == POLY_OK)
            put_in_place(keeper, round, signature);
        else
            poly_log(POLY_LOG_WARNING, "directory not built", poly_text_field("result", poly_result_name(result)));
    }
    if (result == POLY_OK) {
        atomic_store(&keeper->oldest, now - (int64_t)round->provenance.age);
        atomic_store(&keeper->expiry, now + (int64_t)round->provenance.fresh_for);
    }
}

/* True when nothing was missing. */
static bool look_once(directory_keeper *keeper, bool first)
{
    struct round round = {.keeper = keeper, .first = first, .provenance = PROVENANCE_OF_NOTHING};

    round.parts = poly_alloc_zero(PARTS_MAX, sizeof(*round.parts));
    poly_strbuf_init(&round.tags, PARTS_MAX * 64);
    get_tree(&round, RESOURCE_FACULTIES);
    get_tree(&round, RESOURCE_BUILDINGS);
    get_list(&round, RESOURCE_TEACHERS, NULL);
    if (!poly_fiber_is_cancelled())
        publish_if_changed(keeper, &round);
    for (size_t i = 0; i < round.count; i++)
        poly_blob_unref(&round.parts[i].gzip);
    free(round.parts);
    poly_strbuf_release(&round.tags);
    return round.failures == 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The keeper's fiber. */
static void keep(void *argument)
{
    directory_keeper *keeper = argument;
    uint64_t interval = keeper->options.check_interval, retry = FIRST_RETRY, pause = 0;
    bool first = true;

    do {
        if (look_once(keeper, first)) {
            pause = first ? 0 : interval;
            retry = FIRST_RETRY;
        } else {
            pause = least(retry, interval);
            retry = least(2 * retry, interval);
        }
        first = false;
        poly_latch_open(keeper->first);
    } while (poly_fiber_sleep(pause) == POLY_OK);
}

directory_keeper *directory_keeper_create(const directory_keeper_options *options)
{
    directory_keeper *keeper = poly_alloc_zero(1, sizeof(*keeper));

    keeper->options = *options;
    keeper->first = poly_latch_create();
    atomic_init(&keeper->begun, false);
    pthread_mutex_init(&keeper->mutex, NULL);
    return keeper;
}

static void begin(directory_keeper *keeper)
{
    if (!atomic_exchange(&keeper->begun, true))
        poly_fiber_start(keeper->options.loop, "directory", keep, keeper);
}

void directory_keeper_start(directory_keeper *keeper)
{
    if (keeper->options.preload)
        begin(keeper);
}

void directory_keeper_destroy(directory_keeper **keeper)
{
    directory_keeper *last = *keeper;

    if (!last)
        return;
    directory_unref(&last->present);
    poly_latch_unref(&last->first);
    pthread_mutex_destroy(&last->mutex);
    free(last);
    *keeper = NULL;
}

directory_view *directory_keeper_peek(directory_keeper *keeper)
{
    directory_view *present;

    pthread_mutex_lock(&keeper->mutex);
    present = keeper->present ? directory_ref(keeper->present) : NULL;
    pthread_mutex_unlock(&keeper->mutex);
    return present;
}

provenance directory_keeper_provenance(const directory_keeper *keeper)
{
    int64_t now = cache_clock(keeper->options.cache);
    int64_t oldest = atomic_load(&keeper->oldest), expiry = atomic_load(&keeper->expiry);

    return (provenance){.age = now > oldest ? (uint64_t)(now - oldest) : 0,
                        .fresh_for = expiry > now ? (uint64_t)(expiry - now) : 0};
}

poly_result directory_keeper_get(directory_keeper *keeper, uint64_t deadline, directory_view **out)
{
    poly_result result = POLY_OK;

    begin(keeper);
    *out = directory_keeper_peek(keeper);
    if (*out)
        return POLY_OK;
    result = poly_latch_wait(keeper->first, deadline);
    if (result != POLY_OK)
        return result;
    *out = directory_keeper_peek(keeper);
    return *out ? POLY_OK : POLY_UNAVAILABLE;
}
