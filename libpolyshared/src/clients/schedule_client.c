/* SPDX-License-Identifier: MIT */
#include "poly/schedule_client.h"

#include <stdlib.h>

#include "clients/answer.h"

enum { MAX_PATH_SIZE = 4096 };

struct poly_schedule_client {
    poly_httpc *upstream;
};

poly_schedule_client *poly_schedule_client_create(const char *base_url)
{
    poly_schedule_client *client = poly_alloc_zero(1, sizeof(*client));

    client->upstream = poly_httpc_create(&(poly_httpc_options){
        .name = "schedule-svc",
        .base_url = base_url,
        .deadline_ms = 10000,
        .max_body = ANSWER_MAX,
        .max_retries = 2,
    });
    return client;
}

void poly_schedule_client_destroy(poly_schedule_client **client)
{
    if (!*client)
        return;
    poly_httpc_destroy(&(*client)->upstream);
    free(*client);
    *client = NULL;
}

/* --- answers --- */

static poly_result judge(const poly_httpc_response *response)
{
    if (response->status == 200)
        return answer_is_json(response) ? POLY_OK : POLY_BAD_ANSWER;
    if (!answer_is_problem(response))
        return POLY_BAD_ANSWER;
    switch (response->status) {
    case 404:
        return POLY_NOT_FOUND;
    case 400:
    case 422:
        return POLY_INVALID;
    case 429:
        return POLY_UNAVAILABLE;
    default:
        return POLY_BAD_ANSWER;
    }
}

static poly_result get_answer(poly_schedule_client *client, poly_arena *arena, const char *path,
                              poly_schedule_answer *answer)
{
    poly_httpc_request request = {.method = POLY_GET, .path = path};
    poly_httpc_response response;
    poly_result result = poly_httpc_call(client->upstream, &request, arena, &response);
    const char *stale, *age;

    if (result == POLY_OK)
        result = judge(&response);
    if (result != POLY_OK)
        return result;
    stale = poly_httpc_header(&response, "X-Schedule-Stale", 0);
    age = poly_httpc_header(&response, "Age", 0);
    *answer = (poly_schedule_answer){
        .json = response.body,
        .stale = stale && strcmp(stale, "true") == 0,
        .age = age ? (unsigned)strtoul(age, NULL, 10) : 0,
    };
    return POLY_OK;
}

static poly_result get_text(poly_schedule_client *client, poly_arena *arena, const char *path, poly_slice *json)
{
    poly_schedule_answer answer;
    poly_result result = get_answer(client, arena, path, &answer);

    if (result == POLY_OK)
        *json = answer.json;
    return result;
}

/* Asks, and has `read` put what it finds into `out`. */
static poly_result get(poly_schedule_client *client, poly_arena *arena, const char *path, answer_reader *read,
                       void *out)
{
    poly_slice json;
    poly_result result = get_text(client, arena, path, &json);

    return result == POLY_OK ? answer_read(json, read, arena, out) : result;
}

/* --- paths --- */

static const char *group_week_path(poly_arena *arena, int64_t group_id, poly_date date)
{
    char day[POLY_DATE_SIZE];

    poly_date_format(date, day);
    return poly_arena_printf(arena, "/api/schedule/groups/%lld/week?date=%s", (long long)group_id, day);
}

static const char *room_week_path(poly_arena *arena, int64_t building_id, int64_t room_id, poly_date date)
{
    char day[POLY_DATE_SIZE];

    poly_date_format(date, day);
    return poly_arena_printf(arena, "/api/schedule/buildings/%lld/rooms/%lld/scheduler?date=%s", (long long)building_id,
                             (long long)room_id, day);
}

/* NULL when the names are too long to be any group's. */
static const char *resolve_path(poly_arena *arena, const char *faculty_abbr, const char *group_name)
{
    const char *path = NULL;
    poly_strbuf text;

    poly_strbuf_init(&text, MAX_PATH_SIZE);
    poly_strbuf_append_text(&text, "/api/schedule/groups/resolve?faculty_abbr=");
    poly_url_encode(faculty_abbr, &text);
    poly_strbuf_append_text(&text, "&group_name=");
    poly_url_encode(group_name, &text);
    if (!text.overflowed)
        path = poly_arena_strdup(arena, poly_strbuf_text(&text));
    poly_strbuf_release(&text);
    return path;
}

/* --- weeks --- */

static poly_result read_week(const poly_json *document, poly_arena *arena, void *out)
{
    return poly_week_read(document, arena, out);
}

poly_result poly_schedule_group_week(poly_schedule_client *client, poly_arena *arena, int64_t group_id, poly_date date,
                                     poly_week *week)
{
    return get(client, arena, group_week_path(arena, group_id, date), read_week, week);
}

poly_result poly_schedule_group_week_json(poly_schedule_client *client, poly_arena *arena, int64_t group_id,
                                          poly_date date, poly_slice *json)
{
    return get_text(client, arena, group_week_path(arena, group_id, date), json);
}

poly_result poly_schedule_group_week_answer(poly_schedule_client *client, poly_arena *arena, int64_t group_id,
                                            poly_date date, poly_schedule_answer *answer)
{
    return get_answer(client, arena, group_week_path(arena, group_id, date), answer);
}

poly_result poly_schedule_room_week(poly_schedule_client *client, poly_arena *arena, int64_t building_id,
                                    int64_t room_id, poly_date date, poly_week *week)
{
    return get(client, arena, room_week_path(arena, building_id, room_id, date), read_week, week);
}

poly_result poly_schedule_room_week_json(poly_schedule_client *client, poly_arena *arena, int64_t building_id,
                                         int64_t room_id, poly_date date, poly_slice *json)
{
    return get_text(client, arena, room_week_path(arena, building_id, room_id, date), json);
}

/* --- dictionaries --- */

struct resolution {
    int64_t faculty_id;
    int64_t group_id;
};

static poly_result read_resolution(const poly_json *document, poly_arena *arena, void *out)
{
    const int64_t max = (INT64_C(1) << 53) - 1;
    struct resolution *resolution = out;

    (void)arena;
    if (!poly_json_int(poly_json_get(document, "faculty_id"), 1, max, &resolution->faculty_id) ||
        !poly_json_int(poly_json_get(document, "group_id"), 1, max, &resolution->group_id))
        return POLY_BAD_ANSWER;
    return POLY_OK;
}

poly_result poly_schedule_resolve_group(poly_schedule_client *client, poly_arena *arena, const char *faculty_abbr,
                                        const char *group_name, int64_t *faculty_id, int64_t *group_id)
{
    const char *path = resolve_path(arena, faculty_abbr, group_name);
    struct resolution resolution;
    poly_result result;

    if (!path)
        return POLY_INVALID;
    result = get(client, arena, path, read_resolution, &resolution);
    if (result != POLY_OK)
        return result;
    *faculty_id = resolution.faculty_id;
    *group_id = resolution.group_id;
    return POLY_OK;
}

/* The array `name` of an answer, as an array in the arena of elements of `size` bytes. */
struct list {
    const char *name;
    size_t size;
    poly_result (*read_item)(const poly_json *object, poly_arena *arena, void *item);
    void *items;
    size_t count;
};

static poly_result read_teacher(const poly_json *object, poly_arena *arena, void *item)
{
    return poly_teacher_read(object, arena, item);
}

static poly_result read_building(const poly_json *object, poly_arena *arena, void *item)
{
    return poly_building_read(object, arena, item);
}

static poly_result read_room(const poly_json *object, poly_arena *arena, void *item)
{
    return poly_room_read(object, arena, item);
}

static poly_result read_list(const poly_json *document, poly_arena *arena, void *out)
{
    struct list *list = out;
    const poly_json *array = poly_json_get(document, list->name);
    poly_result result = POLY_OK;
    char *item;

    if (poly_json_type_of(array) != POLY_JSON_ARRAY)
        return POLY_BAD_ANSWER;
    list->count = poly_json_count(array);
    list->items = item = poly_arena_alloc_zero(arena, list->count, list->size);
    for (const poly_json *value = poly_json_first(array); value && result == POLY_OK; value = poly_json_next(value)) {
        result = list->read_item(value, arena, item);
        item += list->size;
    }
    return result;
}

poly_result poly_schedule_teachers(poly_schedule_client *client, poly_arena *arena, poly_teacher **teachers,
                                   size_t *count)
{
    struct list list = {.name = "teachers", .size = sizeof(**teachers), .read_item = read_teacher};
    poly_result result = get(client, arena, "/api/schedule/teachers", read_list, &list);

    *teachers = list.items;
    *count = list.count;
    return result;
}

poly_result poly_schedule_buildings(poly_schedule_client *client, poly_arena *arena, poly_building **buildings,
                                    size_t *count)
{
    struct list list = {.name = "buildings", .size = sizeof(**buildings), .read_item = read_building};
    poly_result result = get(client, arena, "/api/schedule/buildings", read_list, &list);

    *buildings = list.items;
    *count = list.count;
    return result;
}

poly_result poly_schedule_rooms(poly_schedule_client *client, poly_arena *arena, int64_t building_id, poly_room **rooms,
                                size_t *count)
{
    const char *path = poly_arena_printf(arena, "/api/schedule/buildings/%lld/rooms", (long long)building_id);
    struct list list = {.name = "rooms", .size = sizeof(**rooms), .read_item = read_room};
    poly_result result = get(client, arena, path, read_list, &list);

    *rooms = list.items;
    *count = list.count;
    return result;
}
