/* SPDX-License-Identifier: MIT */
#include "answer.h"

#define MEMBER_MAX ((size_t)64 << 10)
#define ANSWER_MAX ((size_t)16 << 20)
#define DEPTH_MAX  16
#define ITEMS_MAX  100000

/* --- writing --- */

/* A person, a place or a faculty as a member: the library writes them as bare objects. */
typedef void write_object(poly_json_writer *writer, const answer_data *answer);

static void write_faculty(poly_json_writer *writer, const answer_data *answer)
{
    poly_faculty_write(writer, &answer->faculty);
}

static void write_building(poly_json_writer *writer, const answer_data *answer)
{
    poly_building_write(writer, &answer->building);
}

static void write_teacher(poly_json_writer *writer, const answer_data *answer)
{
    poly_teacher_write(writer, &answer->teacher);
}

static void write_room(poly_json_writer *writer, const answer_data *answer)
{
    poly_room_write(writer, &answer->room);
}

static void put_object(poly_json_writer *writer, const char *name, write_object *write, const answer_data *answer)
{
    poly_json_writer inner;
    poly_strbuf text;

    poly_strbuf_init(&text, MEMBER_MAX);
    poly_json_writer_init(&inner, &text);
    write(&inner, answer);
    /* The reader of the upstream's answers bounds every string far below this. */
    if (text.overflowed)
        writer->out->overflowed = true;
    else
        poly_json_put_raw(writer, name, (poly_slice){text.data, text.size});
    poly_strbuf_release(&text);
}

static void write_faculties(poly_json_writer *writer, const answer_data *answer)
{
    poly_json_begin_array(writer, "faculties");
    for (size_t i = 0; i < answer->count; i++)
        poly_faculty_write(writer, &answer->faculties[i]);
    poly_json_end_array(writer);
}

/* What the groups have in common is said once. */
static void write_faculty_groups(poly_json_writer *writer, const answer_data *answer)
{
    put_object(writer, "faculty", write_faculty, answer);
    poly_json_begin_array(writer, "groups");
    for (size_t i = 0; i < answer->count; i++) {
        poly_group group = answer->groups[i];

        group.faculty_id = 0;
        poly_group_write(writer, &group);
    }
    poly_json_end_array(writer);
}

static void write_buildings(poly_json_writer *writer, const answer_data *answer)
{
    poly_json_begin_array(writer, "buildings");
    for (size_t i = 0; i < answer->count; i++)
        poly_building_write(writer, &answer->buildings[i]);
    poly_json_end_array(writer);
}

static void write_building_rooms(poly_json_writer *writer, const answer_data *answer)
{
    put_object(writer, "building", write_building, answer);
    poly_json_begin_array(writer, "rooms");
    for (size_t i = 0; i < answer->count; i++) {
        poly_room room = answer->rooms[i];

        room.building_id = 0;
        poly_room_write(writer, &room);
    }
    poly_json_end_array(writer);
}

static void write_teachers(poly_json_writer *writer, const answer_data *answer)
{
    poly_json_begin_array(writer, "teachers");
    for (size_t i = 0; i < answer->count; i++)
        poly_teacher_write(writer, &answer->teachers[i]);
    poly_json_end_array(writer);
}

static void write_members(poly_json_writer *writer, const resource_key *key, const answer_data *answer)
{
    switch ((resource_kind)key->kind) {
    case RESOURCE_FACULTIES:
        write_faculties(writer, answer);
        break;
    case RESOURCE_FACULTY_GROUPS:
        write_faculty_groups(writer, answer);
        break;
    case RESOURCE_BUILDINGS:
        write_buildings(writer, answer);
        break;
    case RESOURCE_BUILDING_ROOMS:
        write_building_rooms(writer, answer);
        break;
    case RESOURCE_TEACHERS:
        write_teachers(writer, answer);
        break;
    case RESOURCE_GROUP_WEEK:
        poly_json_put_int(writer, "group_id", key->id);
        poly_week_write(writer, &answer->week, POLY_TIMETABLE_PLAIN);
        break;
    case RESOURCE_TEACHER_WEEK:
        poly_json_put_int(writer, "teacher_id", key->id);
        put_object(writer, "teacher", write_teacher, answer);
        poly_week_write(writer, &answer->week, POLY_TIMETABLE_PLAIN_WITH_GROUPS);
        break;
    case RESOURCE_ROOM_WEEK:
        poly_week_write(writer, &answer->week, POLY_TIMETABLE_RUZ);
        put_object(writer, "room", write_room, answer);
        break;
    case RESOURCE_GROUP:
    case RESOURCE_KIND_COUNT:
        break;
    }
}

void answer_write(const resource_key *key, const answer_data *answer, poly_strbuf *json)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, json);
    if (key->kind == RESOURCE_GROUP) {
        poly_group_write(&writer, &answer->group);
        return;
    }
    poly_json_begin_object(&writer, NULL);
    write_members(&writer, key, answer);
    poly_json_end_object(&writer);
}

/* --- reading --- */

/* An array for the elements of the member `name`; NULL when it is no array or too long. */
static const poly_json *open_list(const poly_json *document, const char *name, poly_arena *arena, size_t item_size,
                                  void **items)
{
    const poly_json *list = poly_json_get(document, name);
    size_t count = poly_json_count(list);

    if (poly_json_type_of(list) != POLY_JSON_ARRAY || count > ITEMS_MAX)
        return NULL;
    *items = poly_arena_alloc_zero(arena, count ? count : 1, item_size);
    return list;
}

/*
 * Reads each element of `list`; `read` is one of the library's poly_…_read. Ids become keys, and a snapshot may say
 * anything.
 */
#define READ_ITEMS(document, name, read, items)                                                                        \
    do {                                                                                                               \
        void *memory;                                                                                                  \
        const poly_json *list = open_list(document, name, arena, sizeof(*(items)), &memory);                           \
                                                                                                                       \
        if (!list)                                                                                                     \
            return POLY_BAD_ANSWER;                                                                                    \
        (items) = memory;                                                                                              \
        out->count = 0;                                                                                                \
        for (const poly_json *item = poly_json_first(list); item; item = poly_json_next(item))                         \
            if (read(item, arena, &(items)[out->count]) != POLY_OK || !resource_id_is_valid((items)[out->count++].id)) \
                return POLY_BAD_ANSWER;                                                                                \
    } while (0)

static poly_result read_faculty_groups(const poly_json *document, poly_arena *arena, answer_data *out)
{
    if (poly_faculty_read(poly_json_get(document, "faculty"), arena, &out->faculty) != POLY_OK ||
        !resource_id_is_valid(out->faculty.id))
        return POLY_BAD_ANSWER;
    READ_ITEMS(document, "groups", poly_group_read, out->groups);
    for (size_t i = 0; i < out->count; i++) {
        out->groups[i].faculty_id = out->faculty.id;
        out->groups[i].faculty_name = out->faculty.name;
        out->groups[i].faculty_abbr = out->faculty.abbr;
    }
    return POLY_OK;
}

static poly_result read_building_rooms(const poly_json *document, poly_arena *arena, answer_data *out)
{
    if (poly_building_read(poly_json_get(document, "building"), arena, &out->building) != POLY_OK ||
        !resource_id_is_valid(out->building.id))
        return POLY_BAD_ANSWER;
    READ_ITEMS(document, "rooms", poly_room_read, out->rooms);
    for (size_t i = 0; i < out->count; i++) {
        out->rooms[i].building_id = out->building.id;
        out->rooms[i].building_name = out->building.name;
        out->rooms[i].building_abbr = out->building.abbr;
    }
    return POLY_OK;
}

static poly_result read_list(const resource_key *key, const poly_json *document, poly_arena *arena, answer_data *out)
{
    switch ((resource_kind)key->kind) {
    case RESOURCE_FACULTIES:
        READ_ITEMS(document, "faculties", poly_faculty_read, out->faculties);
        return POLY_OK;
    case RESOURCE_BUILDINGS:
        READ_ITEMS(document, "buildings", poly_building_read, out->buildings);
        return POLY_OK;
    case RESOURCE_TEACHERS:
        READ_ITEMS(document, "teachers", poly_teacher_read, out->teachers);
        return POLY_OK;
    case RESOURCE_FACULTY_GROUPS:
        return read_faculty_groups(document, arena, out);
    case RESOURCE_BUILDING_ROOMS:
        return read_building_rooms(document, arena, out);
    default:
        return POLY_BAD_ANSWER;
    }
}

static poly_result read_document(const resource_key *key, const poly_json *document, poly_arena *arena,
                                 answer_data *out)
{
    poly_result result = POLY_OK;

    if (key->kind == RESOURCE_GROUP)
        return poly_group_read(document, arena, &out->group);
    if (!resource_is_week(key))
        return read_list(key, document, arena, out);
    if (key->kind == RESOURCE_TEACHER_WEEK)
        result = poly_teacher_read(poly_json_get(document, "teacher"), arena, &out->teacher);
    else if (key->kind == RESOURCE_ROOM_WEEK)
        result = poly_room_read(poly_json_get(document, "room"), arena, &out->room);
    return result == POLY_OK ? poly_week_read(document, arena, &out->week) : result;
}

poly_result answer_read(const resource_key *key, const poly_blob *json, poly_arena *arena, answer_data *out)
{
    static const poly_json_limits limits = {.max_size = ANSWER_MAX, .max_depth = DEPTH_MAX};
    poly_json *document;
    poly_result result;

    *out = (answer_data){0};
    if (poly_json_parse(json->data, json->size, &limits, &document, NULL) != POLY_OK)
        return POLY_BAD_ANSWER;
    result = read_document(key, document, arena, out);
    poly_json_destroy(&document);
    return result;
}
