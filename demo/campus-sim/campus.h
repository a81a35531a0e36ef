/* SPDX-License-Identifier: MIT */
/*
 * The campus of a seed: groups, teachers, rooms, and the timetable's patterns. Ids and the groups' names follow from
 * the structure, people's names and the timetable from the seed. Immutable once created: any thread may read it.
 */
#ifndef CAMPUS_CAMPUS_H
#define CAMPUS_CAMPUS_H

#include "calendar.h"
#include "structure.h"

#include "poly/arena.h"

#define CAMPUS_NONE        UINT16_MAX
#define CAMPUS_TEACHERS    4600
#define CAMPUS_YEAR        2025 /* the academic year of the groups' levels */
#define CAMPUS_MAX_STREAMS 1000

typedef enum campus_type { CAMPUS_COMMON, CAMPUS_EVENING, CAMPUS_DISTANCE } campus_type;

typedef struct campus_group {
    int id;
    const char *name;
    const char *folded; /* for searches */
    uint16_t faculty;   /* indexes, here and below */
    uint16_t stream;
    uint8_t level;
    uint8_t kind;
    uint8_t type;
} campus_group;

/* Groups of one faculty, field, level and type, which hear their lectures together; neighbours in `groups`. */
typedef struct campus_stream {
    uint16_t first_group;
    uint16_t group_count;
    uint16_t faculty;
    uint8_t level;
    uint8_t kind;
    uint8_t type;
    uint8_t field; /* in the faculty's fields */
} campus_stream;

typedef struct campus_teacher {
    int id;
    int oid;
    const char *full_name; /* with RUZ's stray spaces */
    const char *surname;   /* the parts may be NULL or "" */
    const char *given;
    const char *patronymic;
    const char *grade;
    const char *folded;
    uint16_t chair; /* CAMPUS_NONE for an entry that is no person */
    bool listed;    /* in /teachers; the search and the paths know all */
} campus_teacher;

typedef struct campus_room {
    int id;
    uint16_t building;
    const char *name;
    const char *folded;
} campus_room;

/* A run of items in an array. */
typedef struct campus_range {
    uint32_t first;
    uint32_t count;
} campus_range;

struct campus_pattern;

struct campus {
    poly_arena *arena;
    uint64_t seed;
    bool term_always;
    campus_group groups[CAMPUS_GROUPS];
    campus_stream streams[CAMPUS_MAX_STREAMS];
    uint32_t stream_count;
    campus_teacher teachers[CAMPUS_TEACHERS];
    campus_room rooms[CAMPUS_ROOMS];
    campus_range faculty_groups[CAMPUS_FACULTIES];
    campus_range building_rooms[CAMPUS_BUILDINGS];
    uint16_t demo_group, demo_teacher, demo_room;
    struct campus_pattern *patterns[CAMPUS_TERMS];
};

/* `term_always`: see campus_calendar_day. */
struct campus *campus_create(uint64_t seed, bool term_always) __attribute__((returns_nonnull));
void campus_destroy(struct campus **campus);

/* The index of what has this id, CAMPUS_NONE if nothing has. */
uint16_t campus_find_faculty(int64_t id);
uint16_t campus_find_building(int64_t id);
uint16_t campus_find_group(int64_t id);
uint16_t campus_find_teacher(int64_t id);
uint16_t campus_find_room(const struct campus *campus, int64_t id);

/* The parts of campus_create, in their order. */
void campus_make_groups(struct campus *campus);
void campus_make_rooms(struct campus *campus);
void campus_make_teachers(struct campus *campus);

/* What a search compares, in the campus's arena. */
const char *campus_fold(struct campus *campus, const char *text);

#endif
