/* SPDX-License-Identifier: MIT */
/*
 * Which rooms have no lesson in a window of a day. Pure; any thread.
 *
 * The window is half-open: a lesson that ends when the window starts, or starts when it ends, does not collide.
 * Pseudo-rooms and the rooms of pseudo-buildings (distance learning, "not determined", practice bases, sport sections,
 * the military department) can never be free and are in no list.
 */
#ifndef SCHEDULE_FREE_ROOMS_H
#define SCHEDULE_FREE_ROOMS_H

#include "poly/timetable.h"

typedef struct free_rooms_candidate {
    const poly_room *room;
    const poly_week *week; /* the room's week around the window's date; NULL: not known */
} free_rooms_candidate;

typedef struct free_rooms_window {
    poly_date date;
    int time_start, time_end; /* minutes since midnight, 0 to 1440, start before end */
} free_rooms_window;

typedef struct free_room {
    const poly_room *room;
    int free_from;  /* the end of the lesson before the window; 0 when there is none that day */
    int free_until; /* the start of the next lesson; 1440 when there is none that day */
} free_room;

typedef struct busy_room {
    const poly_room *room;
    const poly_lesson *lesson; /* the first that collides; points into the week */
} busy_room;

/* Arrays in the arena, in the candidates' order. */
typedef struct free_rooms_answer {
    free_room *free;
    size_t free_count;
    busy_room *busy;
    size_t busy_count;
    const poly_room **unknown; /* no week, or one that does not cover the date */
    size_t unknown_count;
} free_rooms_answer;

/* POLY_INVALID when the window is out of range. */
poly_result free_rooms_find(const free_rooms_candidate *candidates, size_t count, free_rooms_window window,
                            poly_arena *arena, free_rooms_answer *answer) POLY_MUST_CHECK;

/* False for pseudo-rooms, by the names of the room and its building. */
bool room_is_bookable(const poly_room *room);
/* False for pseudo-buildings: no need to ask RUZ for their rooms. */
bool building_is_bookable(const poly_building *building);

#endif
