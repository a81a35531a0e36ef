/* SPDX-License-Identifier: MIT */
/* RUZ's paths. */
#include "exchange.h"
#include "ruz.h"

#include <string.h>

#define DEADLINE_MS (3600u * 1000u) /* a hanging or dripping answer ends when the client has had enough */

static const struct campus *campus_of(poly_request *request)
{
    const struct simulator *simulator = poly_request_context(request);

    return simulator->campus;
}

static ruz_options options_of(poly_request *request)
{
    const struct simulator *simulator = poly_request_context(request);

    return (ruz_options){.dotted_days = strcmp(simulator->config->day_dates, "dotted") == 0,
                         .today = simulator_today(simulator)};
}

static const char *id_of(poly_request *request)
{
    return poly_request_param(request, "id");
}

/* A thing that has an id in its path is missed by that id, a list by its path. */
static void deny(poly_request *request, const char *what, poly_strbuf *out)
{
    if (what)
        ruz_not_found(what, id_of(request), out);
    else
        ruz_not_found("Запрос", poly_request_path(request), out);
}

static void answer(poly_request *request, void (*generate)(poly_request *request, poly_strbuf *out), const char *what)
{
    const struct exchange exchange = {.generate = generate, .deny = deny, .what = what};

    exchange_answer(request, &exchange);
}

static void generate_faculties(poly_request *request, poly_strbuf *out)
{
    ruz_faculties(campus_of(request), out);
}

static void get_faculties(poly_request *request)
{
    answer(request, generate_faculties, NULL);
}

static void generate_faculty(poly_request *request, poly_strbuf *out)
{
    ruz_faculty(campus_of(request), id_of(request), out);
}

static void get_faculty(poly_request *request)
{
    answer(request, generate_faculty, RUZ_FACULTY);
}

static void generate_faculty_groups(poly_request *request, poly_strbuf *out)
{
    ruz_faculty_groups(campus_of(request), id_of(request), out);
}

static void get_faculty_groups(poly_request *request)
{
    answer(request, generate_faculty_groups, RUZ_FACULTY);
}

static void generate_search_groups(poly_request *request, poly_strbuf *out)
{
    ruz_search_groups(campus_of(request), poly_request_query(request, "q"), out);
}

static void get_search_groups(poly_request *request)
{
    answer(request, generate_search_groups, NULL);
}

static void generate_search_teachers(poly_request *request, poly_strbuf *out)
{
    ruz_search_teachers(campus_of(request), poly_request_query(request, "q"), out);
}

static void get_search_teachers(poly_request *request)
{
    answer(request, generate_search_teachers, NULL);
}

static void generate_search_rooms(poly_request *request, poly_strbuf *out)
{
    ruz_search_rooms(campus_of(request), poly_request_query(request, "q"), out);
}

static void get_search_rooms(poly_request *request)
{
    answer(request, generate_search_rooms, NULL);
}

static void generate_group_week(poly_request *request, poly_strbuf *out)
{
    ruz_options options = options_of(request);

    ruz_group_week(campus_of(request), &options, id_of(request), poly_request_query(request, "date"), out);
}

static void get_group_week(poly_request *request)
{
    answer(request, generate_group_week, RUZ_GROUP);
}

static void generate_teachers(poly_request *request, poly_strbuf *out)
{
    ruz_teachers(campus_of(request), out);
}

static void get_teachers(poly_request *request)
{
    answer(request, generate_teachers, NULL);
}

static void generate_teacher(poly_request *request, poly_strbuf *out)
{
    ruz_teacher(campus_of(request), id_of(request), out);
}

static void get_teacher(poly_request *request)
{
    answer(request, generate_teacher, RUZ_TEACHER);
}

static void generate_teacher_week(poly_request *request, poly_strbuf *out)
{
    ruz_options options = options_of(request);

    ruz_teacher_week(campus_of(request), &options, id_of(request), poly_request_query(request, "date"), out);
}

static void get_teacher_week(poly_request *request)
{
    answer(request, generate_teacher_week, RUZ_TEACHER);
}

static void generate_buildings(poly_request *request, poly_strbuf *out)
{
    ruz_buildings(campus_of(request), out);
}

static void get_buildings(poly_request *request)
{
    answer(request, generate_buildings, NULL);
}

static void generate_building_rooms(poly_request *request, poly_strbuf *out)
{
    ruz_building_rooms(campus_of(request), id_of(request), out);
}

static void get_building_rooms(poly_request *request)
{
    answer(request, generate_building_rooms, RUZ_BUILDING);
}

static void generate_room_week(poly_request *request, poly_strbuf *out)
{
    ruz_options options = options_of(request);

    ruz_room_week(campus_of(request), &options, poly_request_param(request, "building"), id_of(request),
                  poly_request_query(request, "date"), out);
}

static void get_room_week(poly_request *request)
{
    answer(request, generate_room_week, RUZ_ROOM);
}

const poly_route ruz_routes[] = {
    {POLY_GET, RUZ_BASE "/faculties", .handler = get_faculties, .deadline_ms = DEADLINE_MS},
    {POLY_GET, RUZ_BASE "/faculties/{id}", .handler = get_faculty, .deadline_ms = DEADLINE_MS},
    {POLY_GET, RUZ_BASE "/faculties/{id}/groups", .handler = get_faculty_groups, .deadline_ms = DEADLINE_MS},
    {POLY_GET, RUZ_BASE "/search/groups", .handler = get_search_groups, .deadline_ms = DEADLINE_MS},
    {POLY_GET, RUZ_BASE "/search/teachers", .handler = get_search_teachers, .deadline_ms = DEADLINE_MS},
    {POLY_GET, RUZ_BASE "/search/rooms", .handler = get_search_rooms, .deadline_ms = DEADLINE_MS},
    {POLY_GET, RUZ_BASE "/scheduler/{id}", .handler = get_group_week, .deadline_ms = DEADLINE_MS},
    {POLY_GET, RUZ_BASE "/teachers", .handler = get_teachers, .deadline_ms = DEADLINE_MS},
    {POLY_GET, RUZ_BASE "/teachers/{id}", .handler = get_teacher, .deadline_ms = DEADLINE_MS},
    {POLY_GET, RUZ_BASE "/teachers/{id}/scheduler", .handler = get_teacher_week, .deadline_ms = DEADLINE_MS},
    {POLY_GET, RUZ_BASE "/buildings", .handler = get_buildings, .deadline_ms = DEADLINE_MS},
    {POLY_GET, RUZ_BASE "/buildings/{id}/rooms", .handler = get_building_rooms, .deadline_ms = DEADLINE_MS},
    {POLY_GET, RUZ_BASE "/buildings/{building}/rooms/{id}/scheduler", .handler = get_room_week,
     .deadline_ms = DEADLINE_MS},
    {.path = NULL},
};
