/* SPDX-License-Identifier: MIT */
#include "ruz_objects.h"

#include <errno.h>
#include <stdlib.h>

void ruz_put_faculty(poly_json_writer *writer, const char *name, uint16_t faculty)
{
    poly_json_begin_object(writer, name);
    poly_json_put_int(writer, "id", campus_faculties[faculty].id);
    poly_json_put_text(writer, "name", campus_faculties[faculty].name);
    poly_json_put_text(writer, "abbr", campus_faculties[faculty].abbr);
    poly_json_end_object(writer);
}

void ruz_put_group(poly_json_writer *writer, const char *name, const struct campus *campus, uint16_t group,
                   bool with_faculty)
{
    static const char *const types[] = {
        [CAMPUS_COMMON] = "common", [CAMPUS_EVENING] = "evening", [CAMPUS_DISTANCE] = "distance"};
    const campus_group *self = &campus->groups[group];

    poly_json_begin_object(writer, name);
    poly_json_put_int(writer, "id", self->id);
    poly_json_put_text(writer, "name", self->name);
    poly_json_put_int(writer, "level", self->level);
    poly_json_put_text(writer, "type", types[self->type]);
    poly_json_put_int(writer, "kind", self->kind);
    poly_json_put_text(writer, "spec", "");
    poly_json_put_int(writer, "year", CAMPUS_YEAR);
    if (with_faculty)
        ruz_put_faculty(writer, "faculty", self->faculty);
    poly_json_end_object(writer);
}

/* RUZ calls the surname first_name and the patronymic last_name. */
void ruz_put_teacher(poly_json_writer *writer, const char *name, const struct campus *campus, uint16_t teacher)
{
    const campus_teacher *self = &campus->teachers[teacher];

    poly_json_begin_object(writer, name);
    poly_json_put_int(writer, "id", self->id);
    poly_json_put_int(writer, "oid", self->oid);
    poly_json_put_text(writer, "full_name", self->full_name);
    poly_json_put_text(writer, "first_name", self->surname);
    poly_json_put_text(writer, "middle_name", self->given);
    poly_json_put_text(writer, "last_name", self->patronymic);
    poly_json_put_text(writer, "grade", self->grade);
    poly_json_put_text(writer, "chair", self->chair == CAMPUS_NONE ? NULL : campus_chairs[self->chair].name);
    poly_json_end_object(writer);
}

void ruz_put_building(poly_json_writer *writer, const char *name, uint16_t building)
{
    poly_json_begin_object(writer, name);
    poly_json_put_int(writer, "id", campus_buildings[building].id);
    poly_json_put_text(writer, "name", campus_buildings[building].name);
    poly_json_put_text(writer, "abbr", campus_buildings[building].abbr);
    poly_json_put_text(writer, "address", campus_buildings[building].address);
    poly_json_end_object(writer);
}

void ruz_put_room(poly_json_writer *writer, const char *name, const struct campus *campus, uint16_t room,
                  bool with_building)
{
    poly_json_begin_object(writer, name);
    poly_json_put_int(writer, "id", campus->rooms[room].id);
    poly_json_put_text(writer, "name", campus->rooms[room].name);
    if (with_building)
        ruz_put_building(writer, "building", campus->rooms[room].building);
    poly_json_end_object(writer);
}

/* -1, which is nobody's id, for what is no number. */
static int64_t parse_id(const char *text)
{
    char *end;
    long long id;

    if (*text < '0' || *text > '9')
        return -1;
    errno = 0;
    id = strtoll(text, &end, 10);
    return errno || *end ? -1 : id;
}

uint16_t ruz_find_faculty(const char *text)
{
    return campus_find_faculty(parse_id(text));
}

uint16_t ruz_find_building(const char *text)
{
    return campus_find_building(parse_id(text));
}

uint16_t ruz_find_group(const char *text)
{
    return campus_find_group(parse_id(text));
}

uint16_t ruz_find_teacher(const char *text)
{
    return campus_find_teacher(parse_id(text));
}

uint16_t ruz_find_room(const struct campus *campus, const char *text)
{
    return campus_find_room(campus, parse_id(text));
}
