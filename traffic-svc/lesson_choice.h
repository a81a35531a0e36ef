/* SPDX-License-Identifier: MIT */
/*
 * Which of a room's lessons a teacher may start a session for.
 */
#ifndef TRAFFIC_LESSON_CHOICE_H
#define TRAFFIC_LESSON_CHOICE_H

#include "poly/timetable.h"

/*
 * Those of the day that are this teacher's, in their order, in the arena; `*count` says how many. By the RUZ id alone:
 * there are namesakes. `day` may be NULL.
 */
const poly_lesson *const *lesson_choice(const poly_day *day, int64_t ruz_teacher_id, poly_arena *arena, size_t *count);

#endif
