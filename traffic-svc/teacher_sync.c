/* SPDX-License-Identifier: MIT */
#include "teacher_sync.h"

#include <stdlib.h>

#include "poly/log.h"
#include "poly/random.h"

#include "store_sync.h"
#include "sync_report.h"

#define LOOK_EVERY_MS  1500
#define LOOK_JITTER_MS 500
/* Every wait of a run ends while the lease still holds: what comes too late does not come at all. */
#define LEASE_MARGIN         POLY_SECONDS(1)
#define CHUNK                2000 /* of POLY_SSO_BATCH_MAX: each must fit into the lease */
#define RETRY_SOURCE_SECONDS 60
#define RETRY_SSO_SECONDS    5
_Static_assert(CHUNK <= POLY_SSO_BATCH_MAX, "sso-svc takes no more");

static const char first_id[] = "00000000-0000-0000-0000-000000000000";

struct run {
    traffic_service *service;
    poly_arena *arena;
    int64_t fence;
    sync_step step;
    sync_stats stats;
    int64_t with_user; /* teachers who should have a user */
    poly_message error;
    int64_t retry_seconds;
};

/* --- the lease --- */

static poly_result renew(struct run *run)
{
    uint64_t begun = poly_time_monotonic();
    poly_result result = store_sync_renew(run->service->pg, run->arena, run->fence);

    if (result == POLY_OK)
        poly_fiber_set_deadline(begun + POLY_SECONDS(SYNC_LEASE_SECONDS) - LEASE_MARGIN);
    return result;
}

static poly_result claim(traffic_service *service, poly_arena *arena, sync_source source, int64_t *fence)
{
    const traffic_config *config = service->config;
    char holder[POLY_UUID_SIZE];

    poly_uuid_make(holder);
    return store_sync_claim(service->pg, arena,
                            &(sync_claim){.source = source,
                                          .enabled = config->teacher_sync_enabled,
                                          .interval_seconds = config->teacher_sync_interval_seconds},
                            holder, fence);
}

/* --- our own database --- */

static poly_result read_source(struct run *run, teacher_list *list)
{
    poly_teacher *teachers;
    size_t count;
    poly_result result;

    run->step = SYNC_READING_SOURCE;
    result = poly_schedule_teachers(run->service->schedule, run->arena, &teachers, &count);
    if (result != POLY_OK)
        return result;
    *list = teacher_list_of(teachers, count, run->arena);
    run->stats.fetched = (int64_t)list->fetched;
    run->stats.skipped = (int64_t)list->skipped;
    return POLY_OK;
}

static poly_result apply(struct run *run, const sync_plan *plan)
{
    sync_changes changes;
    poly_result result = store_apply_plan(run->service->pg, run->arena, run->fence, plan, &changes);

    run->stats.created_local = changes.created;
    run->stats.updated_local = changes.updated;
    run->stats.removed_local = changes.removed;
    run->with_user += changes.created;
    return result;
}

/* POLY_INVALID: the source is not believed, and `error` says why. */
static poly_result bring_up_to_date(struct run *run, const teacher_list *list)
{
    const traffic_config *config = run->service->config;
    known_teachers known;
    sync_rules rules;
    sync_plan plan;
    poly_result result;

    run->step = SYNC_IN_DATABASE;
    result = store_known_teachers(run->service->pg, run->arena, &known);
    if (result != POLY_OK)
        return result;
    run->with_user = known.with_user;
    rules = (sync_rules){.now = known.now,
                         .max_removal_percent = config->sync_max_removal_percent,
                         .grace_days = config->sync_missing_grace_days};
    plan = sync_plan_make(list, known.items, known.count, &rules, run->arena);
    if (plan.verdict == SYNC_GOES_ON)
        return apply(run, &plan);
    run->error = sync_say_verdict(&plan, rules.max_removal_percent, run->arena);
    return POLY_INVALID;
}

/* --- sso-svc --- */

static void note_failure(struct run *run, const poly_sso_provision *item, const poly_sso_outcome *outcome)
{
    sync_stats_note_failure(&run->stats, &(sync_failure){.entity_id = item->entity_id,
                                                         .ruz_teacher_id = item->ruz_teacher_id,
                                                         .full_name = item->full_name,
                                                         .code = outcome->code,
                                                         .detail = outcome->detail});
}

static poly_result tell_chunk(struct run *run, const poly_sso_provision *items, size_t count)
{
    poly_sso_user *users = poly_arena_alloc(run->arena, (count + 1) * sizeof(*users));
    poly_sso_call call = {.arena = run->arena};
    const poly_sso_outcome *outcomes;
    size_t told = 0;
    poly_result result;

    run->step = SYNC_TELLING_SSO;
    result = poly_sso_provision_teachers(run->service->sso, &call, items, count, &outcomes);
    for (size_t i = 0; result == POLY_OK && i < count; i++) {
        if (outcomes[i].kind == POLY_SSO_FAILED) {
            note_failure(run, &items[i], &outcomes[i]);
            continue;
        }
        run->stats.created_or_linked_sso += outcomes[i].kind != POLY_SSO_UNCHANGED;
        users[told] = outcomes[i].user;
        users[told++].entity_id = items[i].entity_id;
    }
    if (result != POLY_OK)
        return result;
    run->step = SYNC_IN_DATABASE;
    return store_told_teachers(run->service->pg, run->arena, run->fence, users, told);
}

/* Whoever sso-svc refuses stays untold until the next run. */
static poly_result tell_untold(struct run *run)
{
    const char *after = first_id;
    poly_sso_provision *items;
    size_t count = CHUNK;
    poly_result result = POLY_OK;

    while (result == POLY_OK && count == CHUNK) {
        run->step = SYNC_IN_DATABASE;
        result = renew(run);
        if (result == POLY_OK)
            result = store_untold_teachers(run->service->pg, run->arena, after, CHUNK, &items, &count);
        if (result != POLY_OK || count == 0)
            break;
        after = items[count - 1].entity_id;
        result = tell_chunk(run, items, count);
    }
    return result;
}

/* Another number of users there than of teachers here: somebody was at it by hand, or a backup was put back. */
static poly_result check_count(struct run *run)
{
    const poly_role role = POLY_ROLE_TEACHER;
    const poly_sso_query query = {.app = POLY_APP_TRAFFIC, .role = &role, .page = 1, .page_size = 1};
    poly_sso_call call = {.arena = run->arena};
    poly_sso_users users;
    poly_result result;

    if (run->stats.failed)
        return POLY_OK;
    run->step = SYNC_TELLING_SSO;
    result = poly_sso_list_users(run->service->sso, &call, &query, &users);
    if (result != POLY_OK || users.total == run->with_user)
        return result;
    poly_log(POLY_LOG_WARNING, "sso-svc has another number of teachers, and is told of all",
             poly_int_field("here", run->with_user), poly_int_field("there", users.total));
    run->step = SYNC_IN_DATABASE;
    result = store_tell_all(run->service->pg, run->arena, run->fence);
    return result == POLY_OK ? tell_untold(run) : result;
}

/* --- a run --- */

static poly_result carry_out(struct run *run)
{
    teacher_list list;
    poly_result result;

    run->step = SYNC_IN_DATABASE;
    result = renew(run);
    if (result == POLY_OK)
        result = read_source(run, &list);
    if (result == POLY_OK) {
        run->step = SYNC_IN_DATABASE;
        result = renew(run);
    }
    if (result == POLY_OK)
        result = bring_up_to_date(run, &list);
    if (result == POLY_OK)
        result = tell_untold(run);
    return result == POLY_OK ? check_count(run) : result;
}

static void explain(struct run *run, poly_result result)
{
    if (result == POLY_OK || run->error.ru)
        return;
    run->error = sync_say_failure(run->step, result);
    run->retry_seconds = run->step == SYNC_READING_SOURCE ? RETRY_SOURCE_SECONDS : RETRY_SSO_SECONDS;
}

static sync_run_outcome outcome_of(const struct run *run)
{
    if (!run->error.ru)
        return SYNC_RUN_OK;
    return run->retry_seconds ? SYNC_RUN_FAILED : SYNC_RUN_REFUSED;
}

static void report_end(const struct run *run)
{
    const sync_stats *stats = &run->stats;

    poly_counter_add(run->service->metrics.syncs[outcome_of(run)], 1);
    poly_log(run->error.ru ? POLY_LOG_WARNING : POLY_LOG_INFO, "teachers synced",
             poly_int_field("fetched", stats->fetched), poly_int_field("skipped", stats->skipped),
             poly_int_field("created", stats->created_local), poly_int_field("updated", stats->updated_local),
             poly_int_field("removed", stats->removed_local), poly_int_field("sso", stats->created_or_linked_sso),
             poly_int_field("failed", stats->failed), poly_text_field("error", run->error.en));
}

static void finish(struct run *run)
{
    const sync_outcome outcome = {.error = run->error.ru,
                                  .error_en = run->error.en,
                                  .stats = sync_stats_write(&run->stats, run->arena),
                                  .retry_seconds = run->retry_seconds};
    poly_result result;

    poly_fiber_set_deadline(poly_time_monotonic() + POLY_SECONDS(SYNC_LEASE_SECONDS));
    result = store_sync_finish(run->service->pg, run->arena, run->fence, &outcome);
    if (result == POLY_OK)
        report_end(run);
    else
        poly_log(POLY_LOG_WARNING, "a teacher sync could not write its end",
                 poly_text_field("error", result == POLY_CONFLICT ? "taken over" : poly_result_name(result)));
    poly_fiber_set_deadline(POLY_NO_DEADLINE);
}

static void run_with(traffic_service *service, int64_t fence)
{
    struct run run = {.service = service, .arena = poly_arena_create(0), .fence = fence};
    poly_result result = carry_out(&run);

    /* Taken over: whoever did that says how it ends. */
    if (result != POLY_CONFLICT || run.step != SYNC_IN_DATABASE) {
        explain(&run, result);
        finish(&run);
    }
    poly_fiber_set_deadline(POLY_NO_DEADLINE);
    poly_arena_destroy(&run.arena);
}

/* --- on demand --- */

struct order {
    traffic_service *service;
    int64_t fence;
};

static void run_ordered(void *argument)
{
    struct order order = *(struct order *)argument;

    free(argument);
    run_with(order.service, order.fence);
}

poly_result teacher_sync_run(traffic_service *service, poly_arena *arena)
{
    struct order *order;
    int64_t fence;
    poly_result result = claim(service, arena, SYNC_BY_HAND, &fence);

    if (result != POLY_OK)
        return result;
    order = poly_alloc(sizeof(*order));
    *order = (struct order){service, fence};
    poly_fiber_start(poly_loop_current(), "teacher sync", run_ordered, order);
    return POLY_OK;
}

/* --- on the timer --- */

static void look(traffic_service *service)
{
    poly_arena *arena = poly_arena_create(0);
    int64_t fence;
    poly_result result = claim(service, arena, SYNC_BY_TIMER, &fence);

    poly_arena_destroy(&arena);
    if (result == POLY_OK)
        run_with(service, fence);
}

static void keep_looking(void *argument)
{
    do
        look(argument);
    while (poly_fiber_sleep(POLY_MILLISECONDS(LOOK_EVERY_MS + poly_random_below(LOOK_JITTER_MS))) == POLY_OK);
}

void teacher_sync_start(traffic_service *service, poly_loop *loop)
{
    poly_fiber_start(loop, "teacher sync timer", keep_looking, service);
}
