/* SPDX-License-Identifier: MIT */
/* The dictionaries and the searches. */
#include "ruz.h"
#include "ruz_objects.h"

#include "poly/text.h"

#include <string.h>

#define MAX_QUERY 512
#define MAX_ERROR 1024

void ruz_error(poly_strbuf *out, const char *what, const char *whose, const char *verdict)
{
    poly_json_writer writer;
    poly_strbuf text;

    poly_strbuf_init(&text, MAX_ERROR);
    poly_strbuf_printf(&text, "%s: %.500s%s", what, whose, verdict);
    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_bool(&writer, "error", true);
    poly_json_put_text(&writer, "text", poly_strbuf_text(&text));
    poly_json_end_object(&writer);
    poly_strbuf_release(&text);
}

void ruz_not_found(const char *what, const char *id, poly_strbuf *out)
{
    ruz_error(out, what, id, " не найден");
}

void ruz_faculties(const struct campus *campus, poly_strbuf *out)
{
    poly_json_writer writer;

    (void)campus;
    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "faculties");
    for (uint16_t i = 0; i < CAMPUS_FACULTIES; i++)
        ruz_put_faculty(&writer, NULL, i);
    poly_json_end_array(&writer);
    poly_json_end_object(&writer);
}

void ruz_faculty(const struct campus *campus, const char *id, poly_strbuf *out)
{
    uint16_t faculty = ruz_find_faculty(id);
    poly_json_writer writer;

    (void)campus;
    if (faculty == CAMPUS_NONE) {
        ruz_not_found(RUZ_FACULTY, id, out);
        return;
    }
    poly_json_writer_init(&writer, out);
    ruz_put_faculty(&writer, NULL, faculty);
}

void ruz_faculty_groups(const struct campus *campus, const char *id, poly_strbuf *out)
{
    uint16_t faculty = ruz_find_faculty(id);
    poly_json_writer writer;
    campus_range range;

    if (faculty == CAMPUS_NONE) {
        ruz_not_found(RUZ_FACULTY, id, out);
        return;
    }
    range = campus->faculty_groups[faculty];
    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "groups");
    for (uint32_t i = 0; i < range.count; i++)
        ruz_put_group(&writer, NULL, campus, (uint16_t)(range.first + i), false);
    poly_json_end_array(&writer);
    ruz_put_faculty(&writer, "faculty", faculty);
    poly_json_end_object(&writer);
}

void ruz_teachers(const struct campus *campus, poly_strbuf *out)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "teachers");
    for (uint16_t i = 0; i < CAMPUS_TEACHERS; i++)
        if (campus->teachers[i].listed)
            ruz_put_teacher(&writer, NULL, campus, i);
    poly_json_end_array(&writer);
    poly_json_end_object(&writer);
}

void ruz_teacher(const struct campus *campus, const char *id, poly_strbuf *out)
{
    uint16_t teacher = ruz_find_teacher(id);
    poly_json_writer writer;

    if (teacher == CAMPUS_NONE) {
        ruz_not_found(RUZ_TEACHER, id, out);
        return;
    }
    poly_json_writer_init(&writer, out);
    ruz_put_teacher(&writer, NULL, campus, teacher);
}

void ruz_buildings(const struct campus *campus, poly_strbuf *out)
{
    poly_json_writer writer;

    (void)campus;
    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "buildings");
    for (uint16_t i = 0; i < CAMPUS_BUILDINGS; i++)
        ruz_put_building(&writer, NULL, i);
    poly_json_end_array(&writer);
    poly_json_end_object(&writer);
}

void ruz_building_rooms(const struct campus *campus, const char *id, poly_strbuf *out)
{
    uint16_t building = ruz_find_building(id);
    poly_json_writer writer;
    campus_range range;

    if (building == CAMPUS_NONE) {
        ruz_not_found(RUZ_BUILDING, id, out);
        return;
    }
    range = campus->building_rooms[building];
    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    ruz_put_building(&writer, "building", building);
    poly_json_begin_array(&writer, "rooms");
    for (uint32_t i = 0; i < range.count; i++)
        ruz_put_room(&writer, NULL, campus, (uint16_t)(range.first + i), false);
    poly_json_end_array(&writer);
    poly_json_end_object(&writer);
}

/* One kind of thing that can be searched for. */
struct searched {
    const char *name;
    uint16_t count;
    const char *(*folded)(const struct campus *campus, uint16_t index);
    void (*put)(poly_json_writer *writer, const struct campus *campus, uint16_t index);
};

static const char *folded_group(const struct campus *campus, uint16_t index)
{
    return campus->groups[index].folded;
}

static void put_group(poly_json_writer *writer, const struct campus *campus, uint16_t index)
{
    ruz_put_group(writer, NULL, campus, index, true);
}

static const char *folded_teacher(const struct campus *campus, uint16_t index)
{
    return campus->teachers[index].folded;
}

static void put_teacher(poly_json_writer *writer, const struct campus *campus, uint16_t index)
{
    ruz_put_teacher(writer, NULL, campus, index);
}

static const char *folded_room(const struct campus *campus, uint16_t index)
{
    return campus->rooms[index].folded;
}

static void put_room(poly_json_writer *writer, const struct campus *campus, uint16_t index)
{
    ruz_put_room(writer, NULL, campus, index, true);
}

/* The array begins with its first member: nothing found is null, not []. */
static void search(const struct campus *campus, const struct searched *searched, const char *query, poly_strbuf *out)
{
    poly_json_writer writer;
    poly_strbuf folded;
    bool found = false;

    poly_strbuf_init(&folded, MAX_QUERY);
    if (query)
        poly_text_fold(query, strlen(query), &folded);
    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    for (uint16_t i = 0; folded.size > 0 && !folded.overflowed && i < searched->count; i++) {
        if (!strstr(searched->folded(campus, i), poly_strbuf_text(&folded)))
            continue;
        if (!found)
            poly_json_begin_array(&writer, searched->name);
        found = true;
        searched->put(&writer, campus, i);
    }
    if (found)
        poly_json_end_array(&writer);
    else
        poly_json_put_null(&writer, searched->name);
    poly_json_end_object(&writer);
    poly_strbuf_release(&folded);
}

void ruz_search_groups(const struct campus *campus, const char *query, poly_strbuf *out)
{
    static const struct searched groups = {"groups", CAMPUS_GROUPS, folded_group, put_group};

    search(campus, &groups, query, out);
}

void ruz_search_teachers(const struct campus *campus, const char *query, poly_strbuf *out)
{
    static const struct searched teachers = {"teachers", CAMPUS_TEACHERS, folded_teacher, put_teacher};

    search(campus, &teachers, query, out);
}

void ruz_search_rooms(const struct campus *campus, const char *query, poly_strbuf *out)
{
    static const struct searched rooms = {"rooms", CAMPUS_ROOMS, folded_room, put_room};

    search(campus, &rooms, query, out);
}
