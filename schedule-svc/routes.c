/* SPDX-License-Identifier: MIT */
#include "handlers.h"

#define API "/api/schedule"

/* Some answers are put together from many of RUZ's; they may take longer than one. */
#define SEVERAL_FETCHES_MS 25000

static const poly_route routes[] = {
    {.path = API, .handler = get_schedule},
    {.path = API "/resolve-group", .handler = get_group_resolved},
    {.path = API "/groups/resolve", .handler = get_group_resolved},
    {.path = API "/groups/{group_id}", .handler = get_group},
    {.path = API "/groups/{group_id}/week", .handler = get_group_week},
    {.path = API "/groups/{group_id}/calendar.ics", .handler = get_group_calendar, .deadline_ms = SEVERAL_FETCHES_MS},

    {.path = API "/faculties", .handler = get_faculties},
    {.path = API "/faculties/{faculty_id}/groups", .handler = get_faculty_groups},

    {.path = API "/buildings", .handler = get_buildings},
    {.path = API "/buildings/{building_id}/rooms", .handler = get_building_rooms},
    {.path = API "/buildings/{building_id}/rooms/{room_id}/scheduler", .handler = get_room_scheduler},
    {.path = API "/rooms/free", .handler = get_free_rooms, .deadline_ms = SEVERAL_FETCHES_MS},
    {.path = API "/rooms/{room_id}/day", .handler = get_room_day},
    {.path = API "/rooms/{room_id}/calendar.ics", .handler = get_room_calendar, .deadline_ms = SEVERAL_FETCHES_MS},

    {.path = API "/teachers", .handler = get_teachers},
    {.path = API "/teachers/{teacher_id}/week", .handler = get_teacher_week},
    {.path = API "/teachers/{teacher_id}/calendar.ics",
     .handler = get_teacher_calendar,
     .deadline_ms = SEVERAL_FETCHES_MS},

    {.path = API "/search", .handler = get_search},
    {.path = API "/changes", .handler = get_changes},
    {.path = NULL},
};

const poly_route *const schedule_routes[] = {routes, NULL};
