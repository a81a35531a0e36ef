/* SPDX-License-Identifier: MIT */
/* Weeks and lessons for the tests of what works on them. Everything lives in the test's arena. */
#ifndef TESTS_WEEK_FIXTURE_H
#define TESTS_WEEK_FIXTURE_H

#include "poly/timetable.h"

#define CLOCK(hour, minute) ((hour)*60 + (minute))
#define DATE(y, m, d)       ((poly_date){.year = (y), .month = (m), .day = (d)})

/* A practice of the subject, without people and places. */
static inline poly_lesson lesson_of(const char *subject, int time_start, int time_end)
{
    return (poly_lesson){.time_start = time_start,
                         .time_end = time_end,
                         .subject = subject,
                         .subject_short = subject,
                         .type_id = 27,
                         .type_abbr = "Пр",
                         .type_name = "Практика",
                         .additional_info = "",
                         .webinar_url = "",
                         .lms_url = ""};
}

static inline void add_room(poly_arena *arena, poly_lesson *lesson, int64_t id, const char *name, const char *building)
{
    poly_room *rooms = poly_arena_alloc_zero(arena, lesson->room_count + 1, sizeof *rooms);

    for (size_t i = 0; i < lesson->room_count; i++)
        rooms[i] = lesson->rooms[i];
    rooms[lesson->room_count++] = (poly_room){id, name, *building ? 11 : 0, building, ""};
    lesson->rooms = rooms;
}

static inline void add_teacher(poly_arena *arena, poly_lesson *lesson, int64_t id, const char *full_name)
{
    poly_teacher *teachers = poly_arena_alloc_zero(arena, lesson->teacher_count + 1, sizeof *teachers);

    for (size_t i = 0; i < lesson->teacher_count; i++)
        teachers[i] = lesson->teachers[i];
    teachers[lesson->teacher_count++] = (poly_teacher){id, 0, full_name, "", "", "", "", ""};
    lesson->teachers = teachers;
}

static inline void add_group(poly_arena *arena, poly_lesson *lesson, int64_t id, const char *name)
{
    poly_group *groups = poly_arena_alloc_zero(arena, lesson->group_count + 1, sizeof *groups);

    for (size_t i = 0; i < lesson->group_count; i++)
        groups[i] = lesson->groups[i];
    groups[lesson->group_count++] =
        (poly_group){.id = id, .name = name, .type = "common", .spec = "", .faculty_name = "", .faculty_abbr = ""};
    lesson->groups = groups;
}

/* An empty week from the Monday on. */
static inline poly_week week_from(poly_arena *arena, poly_date monday)
{
    return (poly_week){.date_start = monday,
                       .date_end = poly_date_add_days(monday, 6),
                       .days = poly_arena_alloc_zero(arena, 7, sizeof(poly_day))};
}

/* Days and a day's lessons come in order. The lesson is copied. */
static inline void add_lesson(poly_arena *arena, poly_week *week, poly_date date, poly_lesson lesson)
{
    poly_day *day = week->day_count ? &week->days[week->day_count - 1] : NULL;
    poly_lesson *lessons;

    if (!day || poly_date_compare(day->date, date) != 0) {
        day = &week->days[week->day_count++];
        *day = (poly_day){.weekday = poly_date_weekday(date), .date = date};
    }
    lessons = poly_arena_alloc_zero(arena, day->lesson_count + 1, sizeof *lessons);
    for (size_t i = 0; i < day->lesson_count; i++)
        lessons[i] = day->lessons[i];
    lessons[day->lesson_count++] = lesson;
    day->lessons = lessons;
}

#endif
