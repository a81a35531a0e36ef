/* SPDX-License-Identifier: MIT */
/* The lists that RUZ keeps, as the cache has them. */
#include "handlers.h"
#include "reply.h"

static void reply_list(poly_request *request, resource_kind kind, const poly_problem *unknown)
{
    resource_key key = resource_list(kind);

    reply_resource(request, &key, unknown);
}

static void reply_list_below(poly_request *request, resource_kind kind, const char *parameter,
                             const poly_problem *unknown)
{
    int64_t id = poly_param_int(request, parameter, 1, RESOURCE_ID_MAX);
    resource_key key;

    if (poly_request_refused(request))
        return;
    key = resource_one(kind, id);
    reply_resource(request, &key, unknown);
}

/* GET /faculties: {"faculties":[…]}. */
void get_faculties(poly_request *request)
{
    reply_list(request, RESOURCE_FACULTIES, &faculty_unknown);
}

/* GET /faculties/{faculty_id}/groups: {"faculty":{…},"groups":[…]}. */
void get_faculty_groups(poly_request *request)
{
    reply_list_below(request, RESOURCE_FACULTY_GROUPS, "faculty_id", &faculty_unknown);
}

/* GET /buildings: {"buildings":[…]}. */
void get_buildings(poly_request *request)
{
    reply_list(request, RESOURCE_BUILDINGS, &building_unknown);
}

/* GET /buildings/{building_id}/rooms: {"building":{…},"rooms":[…]}. */
void get_building_rooms(poly_request *request)
{
    reply_list_below(request, RESOURCE_BUILDING_ROOMS, "building_id", &building_unknown);
}

/* GET /teachers: {"teachers":[…]}. */
void get_teachers(poly_request *request)
{
    reply_list(request, RESOURCE_TEACHERS, &teacher_unknown);
}
