/* SPDX-License-Identifier: MIT */
/*
 * A pattern in the making: what the makers of lectures, labs and exams share. One thread at a time.
 */
#ifndef CAMPUS_BUILDER_H
#define CAMPUS_BUILDER_H

#include "board.h"
#include "dice.h"

#define CAMPUS_MAX_COURSES 9

/* What a stream hears in a term. */
typedef struct campus_course {
    uint16_t subject;
    uint16_t lecturer;
    uint16_t number; /* in the learning management system */
    bool has_exam;
} campus_course;

typedef struct campus_builder {
    const struct campus *campus;
    campus_term term;
    campus_board board;
    uint32_t session_teachers[CAMPUS_TEACHERS]; /* a bit a day of the session */
    uint32_t session_rooms[CAMPUS_ROOMS];
    uint16_t pools[CAMPUS_AREAS][CAMPUS_TEACHERS]; /* who can teach what */
    uint16_t pool_sizes[CAMPUS_AREAS];
    campus_lesson *lessons;
    campus_slot *slots; /* a weekly lesson's, in the same order */
    uint32_t count, capacity;
} campus_builder;

/* What a lesson shall be; the builder finds when, where, and by whom it can be. */
typedef struct campus_wish {
    uint16_t subject;
    uint16_t teacher; /* CAMPUS_NONE: somebody of `area`, unless `nobody` */
    campus_area area;
    bool nobody;
    uint16_t first_group, group_count;
    campus_lesson_type type;
    campus_place place;
    uint8_t weeks;
    uint8_t from_week, to_week;
    uint8_t length;
    int8_t only_pair;
    uint8_t rooms;
    uint16_t course;
    bool gives_credit;
} campus_wish;

/* False when no slot or no teacher is left: the lesson is then not held. */
bool campus_builder_place(campus_builder *builder, const campus_wish *wish, uint64_t noise);

/* `slot` does not matter to a dated lesson. */
void campus_builder_add(campus_builder *builder, const campus_lesson *lesson, campus_slot slot);

/* When all lessons are placed: who stands in for whom, and where a lesson may move, without getting in the way. */
void campus_builder_choose_spares(campus_builder *builder);

/* One of the less busy teachers of an area; CAMPUS_NONE when it has none. */
uint16_t campus_builder_teacher(const campus_builder *builder, campus_area area, uint64_t noise);

/* The pseudo-room that stands for a place. */
uint16_t campus_builder_pseudo_room(const campus_builder *builder, campus_place place, uint64_t noise);

/* A room where the faculty's lessons may be, whether free or not. */
uint16_t campus_builder_any_room(const campus_builder *builder, uint16_t faculty, uint64_t noise);

/* Lays out a stream's weeks and answers what it hears (at most CAMPUS_MAX_COURSES). */
unsigned campus_curriculum_place(campus_builder *builder, uint16_t stream, campus_course courses[CAMPUS_MAX_COURSES]);

/* Its exams, and the practice after the summer's. */
void campus_session_place(campus_builder *builder, uint16_t stream, const campus_course *courses, unsigned count);

#endif
