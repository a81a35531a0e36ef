/* SPDX-License-Identifier: MIT */
#include "poly/schedule_client.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The teachers' list is the largest answer: thousands of people at some 300 bytes. */
#define MAX_ANSWER ((size_t)8 * 1024 * 1024)

/* Reading takes some 40 µs per KiB; what is larger than this is read away from the event loop. */
#define MAX_READ_ON_LOOP ((size_t)24 * 1024)

/* An answer holds lists of lessons and people, nested a few levels. */
enum { MAX_DEPTH = 16, MAX_PATH_SIZE = 4096 };

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
        .max_body = MAX_ANSWER,
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

static bool has_type(const poly_httpc_response *response, const char *type)
{
    size_t size = strlen(type);

    if (strncasecmp(response->content_type, type, size) != 0)
        return false;
    return response->content_type[size] == '\0' || response->content_type[size] == ';' ||
           response->content_type[size] == ' ';
}

/* A refusal is schedule-svc's own only as a problem document: anything may stand behind a mistyped address. */
static poly_result judge(const poly_httpc_response *response)
{
    if (response->status == 200)
        return has_type(response, "application/json") ? POLY_OK : POLY_BAD_ANSWER;
    if (!has_type(response, "application/problem+json"))
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

static poly_result get_text(poly_schedule_client *client, poly_arena *arena, const char *path, poly_slice *json)
{
    poly_httpc_request request = {.method = POLY_GET, .path = path};
    poly_httpc_response response;
    poly_result result = poly_httpc_call(client->upstream, &request, arena, &response);

    if (result == POLY_OK)
        result = judge(&response);
    if (result == POLY_OK)
        *json = response.body;
    return result;
}

/* An answer on its way into structs in the arena. */
struct reading {
    poly_result (*read)(const poly_json *document, struct reading *reading);
    void *out;
    poly_arena *arena;
    poly_slice json;
    poly_result result;
};

static void read_answer(void *argument)
{
    const poly_json_limits limits = {.max_size = MAX_ANSWER, .max_depth = MAX_DEPTH};
    struct reading *reading = argument;
    poly_json *document;

    reading->result = POLY_BAD_ANSWER;
    if (poly_json_parse(reading->json.data, reading->json.size, &limits, &document, NULL) != POLY_OK)
        return;
    reading->result = reading->read(document, reading);
    poly_json_destroy(&document);
}

/* Asks, and has `read` put what it finds into `out`. */
static poly_result get(poly_schedule_client *client, poly_arena *arena, const char *path,
                       poly_result (*read)(const poly_json *document, struct reading *reading), void *out)
{
    struct reading reading = {.read = read, .out = out, .arena = arena};
    poly_result result = get_text(client, arena, path, &reading.json);

    if (result != POLY_OK)
        return result;
    if (reading.json.size > MAX_READ_ON_LOOP)
        result = poly_offload(read_answer, &reading);
    else
        read_answer(&reading);
    if (result != POLY_OK)
        return result == POLY_OVERLOADED ? POLY_UNAVAILABLE : result;
    return reading.result;
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

static poly_result read_week(const poly_json *document, struct reading *reading)
{
    return poly_week_read(document, reading->arena, reading->out);
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

static poly_result read_resolution(const poly_json *document, struct reading *reading)
{
    const int64_t max = (INT64_C(1) << 53) - 1;
    struct resolution *resolution = reading->out;

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

static poly_result read_list(const poly_json *document, struct reading *reading)
{
    struct list *list = reading->out;
    const poly_json *array = poly_json_get(document, list->name);
    poly_result result = POLY_OK;
    char *item;

    if (poly_json_type_of(array) != POLY_JSON_ARRAY)
        return POLY_BAD_ANSWER;
    list->count = poly_json_count(array);
    list->items = item = poly_arena_alloc_zero(reading->arena, list->count, list->size);
    for (const poly_json *value = poly_json_first(array); value && result == POLY_OK; value = poly_json_next(value)) {
        result = list->read_item(value, reading->arena, item);
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
