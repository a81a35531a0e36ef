/* SPDX-License-Identifier: MIT */
/*
 * A resource as structs, and as the JSON that the daemon answers and its cache keeps. Pure; any thread.
 */
#ifndef SCHEDULE_ANSWER_H
#define SCHEDULE_ANSWER_H

#include "poly/blob.h"
#include "poly/timetable.h"

#include "resource.h"

/* Of each kind of resource: the members that it fills. Everything lives in the arena it was made in. */
typedef struct answer_data {
    poly_faculty *faculties; /* RESOURCE_FACULTIES */
    poly_faculty faculty;    /* RESOURCE_FACULTY_GROUPS */
    poly_group *groups;      /* RESOURCE_FACULTY_GROUPS, each with its faculty */
    poly_group group;        /* RESOURCE_GROUP */
    poly_building *buildings;
    poly_building building; /* RESOURCE_BUILDING_ROOMS */
    poly_room *rooms;       /* RESOURCE_BUILDING_ROOMS, each with its building */
    poly_teacher *teachers;
    poly_teacher teacher; /* RESOURCE_TEACHER_WEEK */
    poly_room room;       /* RESOURCE_ROOM_WEEK */
    poly_week week;       /* of the three weeks */
    size_t count;         /* of the list that the resource is */
} answer_data;

void answer_write(const resource_key *key, const answer_data *answer, poly_strbuf *json);

/* The inverse. POLY_BAD_ANSWER when the text is not what answer_write makes of such a resource. */
poly_result answer_read(const resource_key *key, const poly_blob *json, poly_arena *arena,
                        answer_data *out) POLY_MUST_CHECK;

#endif
