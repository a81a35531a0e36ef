/* SPDX-License-Identifier: MIT */
/*
 * The daemon's routes, and the handlers that their table names; each handler's comment says what it answers.
 */
#ifndef SCHEDULE_HANDLERS_H
#define SCHEDULE_HANDLERS_H

#include "poly/http.h"

extern const poly_route *const schedule_routes[];

/* groups.c */
void get_schedule(poly_request *request);
void get_group_resolved(poly_request *request);
void get_group(poly_request *request);
void get_group_week(poly_request *request);

/* dictionaries.c */
void get_faculties(poly_request *request);
void get_faculty_groups(poly_request *request);
void get_buildings(poly_request *request);
void get_building_rooms(poly_request *request);
void get_teachers(poly_request *request);

/* rooms.c */
void get_room_scheduler(poly_request *request);
void get_room_day(poly_request *request);

/* rooms_free.c */
void get_free_rooms(poly_request *request);

/* teachers.c */
void get_teacher_week(poly_request *request);

/* search.c */
void get_search(poly_request *request);

/* calendars.c */
void get_group_calendar(poly_request *request);
void get_teacher_calendar(poly_request *request);
void get_room_calendar(poly_request *request);

/* changes.c */
void get_changes(poly_request *request);

#endif
