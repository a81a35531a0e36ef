/* SPDX-License-Identifier: MIT */
#include "loading.h"

#include "poly/log.h"
#include "poly/metrics.h"

#include "service.h"

#define WRITE_OFF_LOOP_ABOVE ((size_t)512 << 10) /* bytes of structs; writing as many takes about a millisecond */

/* --- bringing --- */

struct writing {
    const resource_key *key;
    const answer_data *answer;
    poly_strbuf *json;
};

static void write_answer(void *argument)
{
    struct writing *writing = argument;

    answer_write(writing->key, writing->answer, writing->json);
}

static poly_result load_from_upstream(schedule_service *service, const resource_key *key, poly_strbuf *json)
{
    poly_arena *arena = poly_arena_create(0);
    answer_data answer = {0};
    struct writing writing = {.key = key, .answer = &answer, .json = json};
    poly_result result = service->upstream->fetch(service->upstream, key, arena, &answer);

    if (result == POLY_OK && poly_arena_footprint(arena) > WRITE_OFF_LOOP_ABOVE)
        result = poly_offload(write_answer, &writing);
    else if (result == POLY_OK)
        write_answer(&writing);
    poly_arena_destroy(&arena);
    return result;
}

/* RUZ has no answer for one group: only its timetable tells. The directory knows most of them. */
static bool load_from_directory(schedule_service *service, const resource_key *key, poly_strbuf *json)
{
    directory_view *directory = directory_keeper_peek(service->directory);
    const poly_group *group = directory ? directory_group(directory, key->id) : NULL;

    if (group)
        answer_write(key, &(answer_data){.group = *group}, json);
    directory_unref(&directory);
    return group != NULL;
}

static void count_fetch(poly_result result)
{
    poly_counter *counter = poly_counter_get("schedule_refresh_total", "Fetches from the upstream by outcome.",
                                             (const poly_label[]){{"result", poly_result_name(result)}, {0}});

    poly_counter_add(counter, 1);
}

poly_result loading_load(void *context, const resource_key *key, poly_strbuf *json)
{
    poly_result result;

    if (key->kind == RESOURCE_GROUP && load_from_directory(context, key, json))
        return POLY_OK;
    result = load_from_upstream(context, key, json);
    count_fetch(result);
    return result;
}

/* --- freshness --- */

uint64_t loading_fresh_for(void *context, const resource_key *key)
{
    const schedule_config *config = ((const schedule_service *)context)->config;
    int32_t this_monday = poly_date_to_days(poly_date_monday(resource_today()));

    if (key->kind == RESOURCE_TEACHERS)
        return POLY_SECONDS(config->teachers_seconds);
    if (!resource_is_week(key))
        return POLY_SECONDS(config->dictionary_seconds);
    if (key->monday == this_monday || key->monday == this_monday + 7)
        return POLY_SECONDS(config->week_seconds);
    return POLY_SECONDS(config->other_week_seconds);
}

/* --- changes --- */

/* The name is for people: of a group it is not in its week, and the directory may not be there yet. */
static const char *name_of(schedule_service *service, const resource_key *key, const answer_data *after,
                           poly_arena *arena)
{
    directory_view *directory;
    const poly_group *group;
    const char *name = "";

    if (key->kind == RESOURCE_TEACHER_WEEK)
        return after->teacher.full_name;
    if (key->kind == RESOURCE_ROOM_WEEK)
        return after->room.name;
    directory = directory_keeper_peek(service->directory);
    group = directory ? directory_group(directory, key->id) : NULL;
    if (group)
        name = poly_arena_strdup(arena, group->name);
    directory_unref(&directory);
    return name;
}

static void log_changes(schedule_service *service, const resource_key *key, const answer_data *before,
                        const answer_data *after, poly_arena *arena)
{
    change_source source = {.kind = resource_timetable(key), .id = key->id};
    week_change *changes;
    size_t count;

    if (week_diff(&before->week, &after->week, resource_today(), arena, &changes, &count) != POLY_OK || count == 0)
        return;
    source.name = name_of(service, key, after, arena);
    count = change_log_add(service->changes, &source, changes, count, poly_time_unix());
    poly_counter_add(service->changes_noticed, count);
    poly_log(POLY_LOG_INFO, "timetable changed", poly_text_field("kind", timetable_kind_name(source.kind)),
             poly_int_field("id", source.id), poly_text_field("name", source.name), poly_int_field("changes", count));
}

void loading_replaced(void *context, const resource_key *key, const poly_blob *before, const poly_blob *after)
{
    poly_arena *arena;
    answer_data older, newer;

    if (!resource_is_week(key))
        return;
    arena = poly_arena_create(0);
    if (answer_read(key, before, arena, &older) == POLY_OK && answer_read(key, after, arena, &newer) == POLY_OK)
        log_changes(context, key, &older, &newer, arena);
    else
        poly_log(POLY_LOG_ERROR, "a cached week cannot be read",
                 poly_text_field("resource", resource_kind_name(key->kind)), poly_int_field("id", key->id));
    poly_arena_destroy(&arena);
}
