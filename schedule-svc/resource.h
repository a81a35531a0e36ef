/* SPDX-License-Identifier: MIT */
/*
 * What the daemon can be asked for and RUZ can answer: the cache's key, and the upstream's question. Any thread.
 */
#ifndef SCHEDULE_RESOURCE_H
#define SCHEDULE_RESOURCE_H

#include "poly/time.h"

#include "timetable_kind.h"

/* The numbers are in snapshots: add at the end, and raise the snapshot's version when one changes its meaning. */
typedef enum resource_kind {
    RESOURCE_FACULTIES,
    RESOURCE_FACULTY_GROUPS,
    RESOURCE_GROUP,
    RESOURCE_BUILDINGS,
    RESOURCE_BUILDING_ROOMS,
    RESOURCE_TEACHERS,
    RESOURCE_GROUP_WEEK,
    RESOURCE_TEACHER_WEEK,
    RESOURCE_ROOM_WEEK,
    RESOURCE_KIND_COUNT,
} resource_kind;

#define RESOURCE_ID_MAX INT32_MAX

/* No padding: keys are compared and hashed as bytes. */
typedef struct resource_key {
    uint32_t kind;
    uint32_t id;     /* 1 to RESOURCE_ID_MAX; 0 for a whole list */
    uint32_t parent; /* a room's building; else 0 */
    int32_t monday;  /* of a week: days since 1970-01-01; else 0 */
} resource_key;

/* Of what came from outside: the functions below assert it. */
bool resource_id_is_valid(int64_t id);

resource_key resource_list(resource_kind kind);
resource_key resource_one(resource_kind kind, int64_t id);
/* The week that `date` is in. `building_id` is a room's, else 0. */
resource_key resource_week(timetable_kind kind, int64_t id, int64_t building_id, poly_date date);

bool resource_key_equal(const resource_key *a, const resource_key *b);
bool resource_is_week(const resource_key *key);
timetable_kind resource_timetable(const resource_key *key); /* of a week */

/* "group_week" …; static, for logs and metrics. */
const char *resource_kind_name(uint32_t kind);

/* Today at the university. */
poly_date resource_today(void);

#endif
