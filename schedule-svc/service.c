/* SPDX-License-Identifier: MIT */
#include "service.h"

#include <stdlib.h>

#include "poly/log.h"

#include "loading.h"

/* An answer that is slow to come is waited for a little longer than the upstream may take, so that its failure is
 * known. */
#define LOAD_MARGIN       POLY_SECONDS(1)
#define FAILURE_MEMORY    POLY_SECONDS(1)
#define CHECKS_A_LIFETIME 10
#define LONGEST_CHECK     POLY_SECONDS(60)
#define CHANGES_MAX_BYTES ((size_t)4 << 20)

static upstream *make_upstream(const schedule_config *config)
{
    return ruz_create(&(upstream_options){
        .base_url = config->ruz_base_url,
        .deadline_ms = (unsigned)config->upstream_deadline_ms,
        .max_in_flight = (unsigned)config->upstream_max_in_flight,
        .max_waiting = (unsigned)config->upstream_max_waiting,
    });
}

static answer_cache *make_cache(schedule_service *service)
{
    const schedule_config *config = service->config;

    return cache_create(&(cache_options){
        .max_bytes = (size_t)config->cache_max_bytes,
        .stale = POLY_SECONDS(config->stale_seconds),
        .stale_if_error = POLY_SECONDS(config->stale_if_error_seconds),
        .stale_wait = POLY_MILLISECONDS(config->stale_wait_ms),
        .negative = POLY_SECONDS(config->negative_seconds),
        .failure = FAILURE_MEMORY,
        .load_deadline = POLY_MILLISECONDS(config->upstream_deadline_ms) + LOAD_MARGIN,
        .context = service,
        .load = loading_load,
        .fresh_for = loading_fresh_for,
        .replaced = loading_replaced,
    });
}

static directory_keeper *make_directory(const schedule_service *service)
{
    const schedule_config *config = service->config;
    int64_t shorter =
        config->dictionary_seconds < config->teachers_seconds ? config->dictionary_seconds : config->teachers_seconds;
    uint64_t interval = POLY_SECONDS(shorter) / CHECKS_A_LIFETIME;

    return directory_keeper_create(&(directory_keeper_options){
        .cache = service->cache,
        .loop = service->loop,
        .check_interval = interval < LONGEST_CHECK ? interval : LONGEST_CHECK,
        .preload = config->dictionaries_preload,
    });
}

static refresher *make_refresher(const schedule_service *service)
{
    const schedule_config *config = service->config;

    return refresher_create(&(refresher_options){
        .cache = service->cache,
        .upstream = service->upstream,
        .max_groups = (size_t)config->hot_groups,
        .watch = POLY_SECONDS(config->hot_seconds),
        .week_fresh = POLY_SECONDS(config->week_seconds),
        .per_minute = (unsigned)config->refresh_per_minute,
    });
}

/* False with a line in `fault` when SNAPSHOT_DIR cannot be used; that there is nothing in it is no fault. */
static bool open_snapshot(schedule_service *service, poly_strbuf *fault)
{
    const schedule_config *config = service->config;

    if (!*config->snapshot_dir)
        return true;
    service->snapshot = snapshot_create(
        &(snapshot_options){
            .directory = config->snapshot_dir,
            .interval = POLY_SECONDS(config->snapshot_seconds),
            .cache = service->cache,
            .changes = service->changes,
        },
        fault);
    if (service->snapshot)
        snapshot_load(service->snapshot);
    return service->snapshot != NULL;
}

void *service_start(poly_runtime *runtime, const void *config, poly_strbuf *fault)
{
    schedule_service *service = poly_alloc_zero(1, sizeof(*service));

    service->config = config;
    service->loop = poly_runtime_loop(runtime, 0);
    service->upstream = make_upstream(service->config);
    service->cache = make_cache(service);
    service->changes = change_log_create(&(change_log_options){
        .max_records = (size_t)service->config->changes_max,
        .max_bytes = CHANGES_MAX_BYTES,
    });
    service->changes_noticed = poly_counter_get("schedule_changes_total", "Changes noticed in timetables.", NULL);
    service->directory = make_directory(service);
    service->refresher = make_refresher(service);
    if (open_snapshot(service, fault))
        return service;
    service_release(service);
    return NULL;
}

/* --- readiness: an answer from the cache needs neither, so neither is required --- */

static poly_result check_upstream(void *argument, poly_strbuf *detail)
{
    const schedule_service *service = argument;

    switch (service->upstream->breaker(service->upstream)) {
    case POLY_BREAKER_CLOSED:
        return POLY_OK;
    case POLY_BREAKER_HALF_OPEN:
        poly_strbuf_append_text(detail, "the circuit breaker lets a trial call through");
        return POLY_UNAVAILABLE;
    default:
        poly_strbuf_append_text(detail, "the circuit breaker is open; answers come from the cache");
        return POLY_UNAVAILABLE;
    }
}

static poly_result check_directory(void *argument, poly_strbuf *detail)
{
    const schedule_service *service = argument;
    directory_view *directory = directory_keeper_peek(service->directory);
    poly_result result = POLY_OK;

    if (!directory) {
        poly_strbuf_append_text(detail, "the dictionaries are not loaded yet; search waits for them");
        result = POLY_UNAVAILABLE;
    } else if (!directory_is_complete(directory)) {
        poly_strbuf_append_text(detail, "some dictionaries are missing; search is incomplete");
        result = POLY_UNAVAILABLE;
    }
    directory_unref(&directory);
    return result;
}

static poly_result check_snapshot(void *argument, poly_strbuf *detail)
{
    const schedule_service *service = argument;

    return snapshot_state(service->snapshot, detail);
}

void service_attach(void *context, poly_server *server)
{
    schedule_service *service = context;

    poly_server_add_check(server, "upstream", false, check_upstream, service);
    poly_server_add_check(server, "directory", false, check_directory, service);
    if (service->snapshot) {
        poly_server_add_check(server, "snapshot", false, check_snapshot, service);
        snapshot_start(service->snapshot, service->loop);
    }
    directory_keeper_start(service->directory);
    refresher_start(service->refresher, service->loop);
}

void service_stop(void *context)
{
    schedule_service *service = context;

    if (service->snapshot && snapshot_save(service->snapshot) != POLY_OK)
        poly_log_plain(POLY_LOG_WARNING, "stopping without a snapshot of the latest");
}

void service_release(void *context)
{
    schedule_service *service = context;

    snapshot_destroy(&service->snapshot);
    refresher_destroy(&service->refresher);
    directory_keeper_destroy(&service->directory);
    change_log_destroy(&service->changes);
    cache_destroy(&service->cache);
    service->upstream->destroy(service->upstream);
    free(service);
}
