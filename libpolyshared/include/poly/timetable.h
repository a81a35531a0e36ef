/* SPDX-License-Identifier: MIT */
/*
 * The timetable as the platform speaks of it: what schedule-svc writes and its clients read. Strings are never
 * NULL, "" when unknown. Everything lives in the arena it was made in. Any thread.
 */
#ifndef POLY_TIMETABLE_H
#define POLY_TIMETABLE_H

#include "poly/arena.h"
#include "poly/json.h"
#include "poly/time.h"

typedef struct poly_faculty {
    int64_t id;
    const char *name;
    const char *abbr;
} poly_faculty;

typedef struct poly_group {
    int64_t id;
    const char *name;
    int level;        /* course, 1 to 6; 0 unknown */
    const char *type; /* "common", "evening", "distance" or "" */
    int kind;         /* 0 bachelor, 1 master, 2 specialist, 3 postgraduate, 4 further education, 6 college */
    const char *spec;
    int year;           /* 0 unknown */
    int64_t faculty_id; /* 0 unknown */
    const char *faculty_name;
    const char *faculty_abbr;
} poly_group;

typedef struct poly_teacher {
    int64_t id;  /* what paths take */
    int64_t oid; /* RUZ's second identifier */
    const char *full_name;
    const char *surname;
    const char *given_name;
    const char *patronymic;
    const char *grade;
    const char *chair;
} poly_teacher;

typedef struct poly_building {
    int64_t id;
    const char *name;
    const char *abbr;
    const char *address;
} poly_building;

typedef struct poly_room {
    int64_t id;
    const char *name;
    int64_t building_id; /* 0 unknown */
    const char *building_name;
    const char *building_abbr;
} poly_room;

typedef struct poly_lesson {
    int time_start, time_end; /* minutes since midnight, Moscow time */
    const char *subject;
    const char *subject_short;
    int type_id; /* RUZ's typeObj.id; 0 unknown */
    const char *type_abbr;
    const char *type_name;
    const char *additional_info;
    poly_group *groups;
    size_t group_count;
    poly_teacher *teachers;
    size_t teacher_count;
    poly_room *rooms;
    size_t room_count;
    const char *webinar_url;
    const char *lms_url;
} poly_lesson;

typedef struct poly_day {
    int weekday; /* 1 Monday to 7 Sunday */
    poly_date date;
    poly_lesson *lessons; /* by time_start, time_end, subject */
    size_t lesson_count;
} poly_day;

typedef struct poly_week {
    poly_date date_start; /* a Monday */
    poly_date date_end;
    bool is_odd;
    poly_day *days; /* by date; days without lessons are left out */
    size_t day_count;
} poly_week;

/*
 * Two forms of a lesson list in JSON: the platform's own, and RUZ's field names, which a room's scheduler answers with
 * ("typeObj", "auditories[].building{…}", "groups[]", "teachers[].oid").
 */
typedef enum poly_timetable_form {
    POLY_TIMETABLE_PLAIN,             /* the group week's form: no groups per lesson */
    POLY_TIMETABLE_PLAIN_WITH_GROUPS, /* teachers' weeks and rooms' days add "groups":[{"id","name"}] */
    POLY_TIMETABLE_RUZ,
} poly_timetable_form;

/* Members "week" and "days" into the open object. */
void poly_week_write(poly_json_writer *writer, const poly_week *week, poly_timetable_form form);
/* Member `name` as an array of lessons. */
void poly_lessons_write(poly_json_writer *writer, const char *name, const poly_lesson *lessons, size_t count,
                        poly_timetable_form form);
/*
 * Reads what poly_week_write wrote (any form, told by its field names). POLY_BAD_ANSWER when it breaks the contract: a
 * needed member is absent, or one that is there has another type, or a value that cannot be. Unknown members are
 * passed over.
 */
poly_result poly_week_read(const poly_json *object, poly_arena *arena, poly_week *week) POLY_MUST_CHECK;

/*
 * An object each, as an array's element or a document; the fields of the structs under RUZ's names. `first_name` is the
 * surname, `middle_name` the given name, `last_name` the patronymic. The faculty of a group and the building of a room
 * are objects, left out when unknown.
 */
void poly_faculty_write(poly_json_writer *writer, const poly_faculty *faculty);
void poly_group_write(poly_json_writer *writer, const poly_group *group);
void poly_teacher_write(poly_json_writer *writer, const poly_teacher *teacher);
void poly_building_write(poly_json_writer *writer, const poly_building *building);
void poly_room_write(poly_json_writer *writer, const poly_room *room);
poly_result poly_faculty_read(const poly_json *object, poly_arena *arena, poly_faculty *faculty) POLY_MUST_CHECK;
poly_result poly_group_read(const poly_json *object, poly_arena *arena, poly_group *group) POLY_MUST_CHECK;
poly_result poly_teacher_read(const poly_json *object, poly_arena *arena, poly_teacher *teacher) POLY_MUST_CHECK;
poly_result poly_building_read(const poly_json *object, poly_arena *arena, poly_building *building) POLY_MUST_CHECK;
poly_result poly_room_read(const poly_json *object, poly_arena *arena, poly_room *room) POLY_MUST_CHECK;

/* The day of `week` on `date`, NULL when it has no lessons. */
const poly_day *poly_week_day(const poly_week *week, poly_date date);

#endif
