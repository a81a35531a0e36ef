/* SPDX-License-Identifier: MIT */
#include "resource.h"

#include <assert.h>

static const char *const kind_names[RESOURCE_KIND_COUNT] = {
    [RESOURCE_FACULTIES] = "faculties",
    [RESOURCE_FACULTY_GROUPS] = "faculty_groups",
    [RESOURCE_GROUP] = "group",
    [RESOURCE_BUILDINGS] = "buildings",
    [RESOURCE_BUILDING_ROOMS] = "building_rooms",
    [RESOURCE_TEACHERS] = "teachers",
    [RESOURCE_GROUP_WEEK] = "group_week",
    [RESOURCE_TEACHER_WEEK] = "teacher_week",
    [RESOURCE_ROOM_WEEK] = "room_week",
};

static const resource_kind week_kinds[] = {
    [TIMETABLE_GROUP] = RESOURCE_GROUP_WEEK,
    [TIMETABLE_TEACHER] = RESOURCE_TEACHER_WEEK,
    [TIMETABLE_ROOM] = RESOURCE_ROOM_WEEK,
};

bool resource_id_is_valid(int64_t id)
{
    return id > 0 && id <= RESOURCE_ID_MAX;
}

resource_key resource_list(resource_kind kind)
{
    return (resource_key){.kind = kind};
}

resource_key resource_one(resource_kind kind, int64_t id)
{
    assert(resource_id_is_valid(id));
    return (resource_key){.kind = kind, .id = (uint32_t)id};
}

resource_key resource_week(timetable_kind kind, int64_t id, int64_t building_id, poly_date date)
{
    assert(resource_id_is_valid(id) && building_id >= 0 && building_id <= RESOURCE_ID_MAX);
    return (resource_key){.kind = week_kinds[kind],
                          .id = (uint32_t)id,
                          .parent = (uint32_t)building_id,
                          .monday = poly_date_to_days(poly_date_monday(date))};
}

bool resource_key_equal(const resource_key *a, const resource_key *b)
{
    return a->kind == b->kind && a->id == b->id && a->parent == b->parent && a->monday == b->monday;
}

bool resource_is_week(const resource_key *key)
{
    return key->kind >= RESOURCE_GROUP_WEEK && key->kind <= RESOURCE_ROOM_WEEK;
}

timetable_kind resource_timetable(const resource_key *key)
{
    assert(resource_is_week(key));
    return key->kind == RESOURCE_GROUP_WEEK     ? TIMETABLE_GROUP
           : key->kind == RESOURCE_TEACHER_WEEK ? TIMETABLE_TEACHER
                                                : TIMETABLE_ROOM;
}

const char *resource_kind_name(uint32_t kind)
{
    return kind < RESOURCE_KIND_COUNT ? kind_names[kind] : "unknown";
}

poly_date resource_today(void)
{
    return poly_date_in_moscow(poly_time_unix());
}
