/* SPDX-License-Identifier: MIT */
#include "upload_sweeper.h"

#include <stdlib.h>
#include <string.h>

#include "poly/log.h"
#include "poly/time.h"

#include "store_applications.h"

/* So many files, and none of them known: this is not our database, or it has been set back. */
enum { SUSPICIOUS = 20 };

struct sweep {
    services_service *service;
    poly_arena *arena;
    storage_names names;
    int64_t removed;
};

static bool is_among(const char *name, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

static poly_result remove_unknown(struct sweep *sweep, size_t count)
{
    const char *names[STORAGE_WALK_BATCH] = {NULL};
    const char *const *known;
    size_t known_count;
    poly_result result;

    for (size_t i = 0; i < count; i++)
        names[i] = sweep->names[i];
    result = store_known_files(sweep->service->pg, sweep->arena, names, count, &known, &known_count);
    if (result == POLY_OK && known_count == 0 && count >= SUSPICIOUS) {
        poly_log(POLY_LOG_ERROR, "the database knows none of many files: they are left alone",
                 poly_int_field("files", (int64_t)count));
        return POLY_OK;
    }
    for (size_t i = 0; result == POLY_OK && i < count; i++) {
        if (is_among(names[i], known, known_count))
            continue;
        result = storage_remove(sweep->service->storage, names[i]);
        sweep->removed += result == POLY_OK;
    }
    return result;
}

static poly_result sweep_shelf(struct sweep *sweep, unsigned shelf)
{
    size_t count = 0;
    storage_walk *walk;
    poly_result result =
        storage_walk_begin(sweep->service->storage, shelf, sweep->service->config->upload_orphan_seconds, &walk);

    if (result != POLY_OK)
        return result;
    while ((result = storage_walk_next(walk, sweep->names, &count)) == POLY_OK && count > 0) {
        result = remove_unknown(sweep, count);
        if (result != POLY_OK)
            break;
        poly_arena_reset(sweep->arena);
    }
    storage_walk_end(&walk);
    return result;
}

static poly_result sweep_once(struct sweep *sweep)
{
    storage *store = sweep->service->storage;
    int64_t unfinished;
    poly_result result = storage_sweep(store, sweep->service->config->upload_orphan_seconds, &unfinished);

    sweep->removed = unfinished;
    for (unsigned shelf = 0; result == POLY_OK && shelf < store->shelves; shelf++)
        result = sweep_shelf(sweep, shelf);
    if (sweep->removed > 0)
        poly_log(POLY_LOG_INFO, "files without an application have been removed",
                 poly_int_field("files", sweep->removed));
    poly_counter_add(sweep->service->metrics.swept_files, (uint64_t)sweep->removed);
    return result;
}

static void run(void *argument)
{
    services_service *service = argument;
    const uint64_t pause = POLY_SECONDS((uint64_t)service->config->upload_sweep_seconds);
    struct sweep *sweep = poly_alloc_zero(1, sizeof(*sweep));

    sweep->service = service;
    sweep->arena = poly_arena_create(0);
    while (poly_fiber_sleep(pause) == POLY_OK) {
        poly_result result = sweep_once(sweep);

        if (result != POLY_OK && result != POLY_CANCELLED)
            poly_log(POLY_LOG_WARNING, "cannot look for files without an application",
                     poly_text_field("result", poly_result_name(result)));
        poly_arena_reset(sweep->arena);
    }
    poly_arena_destroy(&sweep->arena);
    free(sweep);
}

void upload_sweeper_start(services_service *service, poly_loop *loop)
{
    poly_fiber_start(loop, "upload-sweeper", run, service);
}
