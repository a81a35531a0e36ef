/* SPDX-License-Identifier: MIT */
/*
 * The other daemons' way to schedule-svc. Results are in the caller's arena. Errors: POLY_NOT_FOUND, POLY_INVALID
 * (schedule-svc refused the arguments), POLY_UNAVAILABLE, POLY_TIMEOUT, POLY_BAD_ANSWER, POLY_CANCELLED. Fiber only.
 */
#ifndef POLY_SCHEDULE_CLIENT_H
#define POLY_SCHEDULE_CLIENT_H

#include "poly/httpc.h"
#include "poly/timetable.h"

typedef struct poly_schedule_client poly_schedule_client;

/* `base_url` is SCHEDULE_API_URL, such as "http://127.0.0.1:8005". Kept by copy. */
poly_schedule_client *poly_schedule_client_create(const char *base_url);
void poly_schedule_client_destroy(poly_schedule_client **client);

poly_result poly_schedule_resolve_group(poly_schedule_client *client, poly_arena *arena, const char *faculty_abbr,
                                        const char *group_name, int64_t *faculty_id, int64_t *group_id) POLY_MUST_CHECK;
poly_result poly_schedule_group_week(poly_schedule_client *client, poly_arena *arena, int64_t group_id, poly_date date,
                                     poly_week *week) POLY_MUST_CHECK;
/* The JSON of the same answer, for a daemon that passes it on unread. */
poly_result poly_schedule_group_week_json(poly_schedule_client *client, poly_arena *arena, int64_t group_id,
                                          poly_date date, poly_slice *json) POLY_MUST_CHECK;
/* The same for a daemon that passes the whole answer on. */
typedef struct poly_schedule_answer {
    poly_slice json;
    bool stale;   /* X-Schedule-Stale: the timetable's source does not answer */
    unsigned age; /* seconds, of a stale answer */
} poly_schedule_answer;
poly_result poly_schedule_group_week_answer(poly_schedule_client *client, poly_arena *arena, int64_t group_id,
                                            poly_date date, poly_schedule_answer *answer) POLY_MUST_CHECK;
poly_result poly_schedule_room_week(poly_schedule_client *client, poly_arena *arena, int64_t building_id,
                                    int64_t room_id, poly_date date, poly_week *week) POLY_MUST_CHECK;
poly_result poly_schedule_room_week_json(poly_schedule_client *client, poly_arena *arena, int64_t building_id,
                                         int64_t room_id, poly_date date, poly_slice *json) POLY_MUST_CHECK;
poly_result poly_schedule_teachers(poly_schedule_client *client, poly_arena *arena, poly_teacher **teachers,
                                   size_t *count) POLY_MUST_CHECK;
poly_result poly_schedule_buildings(poly_schedule_client *client, poly_arena *arena, poly_building **buildings,
                                    size_t *count) POLY_MUST_CHECK;
poly_result poly_schedule_rooms(poly_schedule_client *client, poly_arena *arena, int64_t building_id, poly_room **rooms,
                                size_t *count) POLY_MUST_CHECK;

#endif
