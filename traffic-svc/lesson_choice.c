/* SPDX-License-Identifier: MIT */
#include "lesson_choice.h"

static bool is_taught_by(const poly_lesson *lesson, int64_t ruz_teacher_id)
{
    for (size_t i = 0; i < lesson->teacher_count; i++)
        if (lesson->teachers[i].id == ruz_teacher_id)
            return true;
    return false;
}

const poly_lesson *const *lesson_choice(const poly_day *day, int64_t ruz_teacher_id, poly_arena *arena, size_t *count)
{
    size_t lessons = day ? day->lesson_count : 0;
    const poly_lesson **chosen = poly_arena_alloc(arena, (lessons + 1) * sizeof(const poly_lesson *));

    *count = 0;
    for (size_t i = 0; i < lessons; i++)
        if (is_taught_by(&day->lessons[i], ruz_teacher_id))
            chosen[(*count)++] = &day->lessons[i];
    return chosen;
}
