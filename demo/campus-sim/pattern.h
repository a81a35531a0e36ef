/* SPDX-License-Identifier: MIT */
/*
 * A term's timetable before dates: what is taught in which weekly slot and in which weeks, and the session's exams by
 * their day. A group's, a teacher's and a room's week are views of the same lessons. Immutable once created.
 */
#ifndef CAMPUS_PATTERN_H
#define CAMPUS_PATTERN_H

#include "campus.h"

#define CAMPUS_MAX_ROOMS 3

typedef enum campus_lesson_type {
    CAMPUS_LECTURE,
    CAMPUS_PRACTICE,
    CAMPUS_LAB,
    CAMPUS_CONSULTATION,
    CAMPUS_CREDIT,
    CAMPUS_EXAM,
    CAMPUS_COMMISSION_CREDIT,
    CAMPUS_COMMISSION_EXAM,
    CAMPUS_LESSON_TYPES,
} campus_lesson_type;

enum campus_weeks { CAMPUS_ODD_WEEKS = 1, CAMPUS_EVEN_WEEKS = 2, CAMPUS_ALL_WEEKS = 3 };

typedef struct campus_lesson {
    uint16_t subject;
    uint16_t teacher;                 /* CAMPUS_NONE: nobody is named */
    uint16_t spare_teacher;           /* stands in now and then; CAMPUS_NONE for none */
    uint16_t rooms[CAMPUS_MAX_ROOMS]; /* more than one: RUZ repeats the lesson, a room each */
    uint16_t spare_room;              /* where it is moved now and then; CAMPUS_NONE for none */
    uint16_t first_group;
    uint16_t start, end; /* minutes since midnight */
    uint16_t course;     /* in the learning management system; 0 for none */
    uint8_t group_count;
    uint8_t room_count;
    uint8_t type;
    uint8_t day; /* 0 Monday to 5 Saturday; of a dated lesson: the session's day */
    uint8_t weeks;
    uint8_t from_week, to_week;
    bool dated;
    bool gives_credit;     /* its last occurrences are the credit */
    bool repeats_by_group; /* in a room's timetable RUZ repeats it, a group each */
} campus_lesson;

/* For each entity, where its lessons are listed; one entry more than entities. */
typedef struct campus_index {
    uint32_t *starts;
    uint32_t *lessons;
} campus_index;

typedef enum campus_view { CAMPUS_BY_GROUP, CAMPUS_BY_TEACHER, CAMPUS_BY_ROOM } campus_view;
#define CAMPUS_VIEWS 3

typedef struct campus_pattern {
    campus_lesson *lessons; /* by day, start, end */
    uint32_t count;
    campus_index views[CAMPUS_VIEWS]; /* a spare teacher's and room's lists have the lesson too */
} campus_pattern;

campus_pattern *campus_pattern_create(const struct campus *campus, campus_term term) __attribute__((returns_nonnull));
void campus_pattern_destroy(campus_pattern **pattern);

#endif
