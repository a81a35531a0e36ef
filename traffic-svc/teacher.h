/* SPDX-License-Identifier: MIT */
/*
 * A teacher as the rules and the answers see one. Strings live in the arena of the request that read them.
 */
#ifndef TRAFFIC_TEACHER_H
#define TRAFFIC_TEACHER_H

#include "poly/base.h"

typedef struct teacher {
    const char *id;
    const char *full_name;
    const char *username;   /* NULL for none */
    int64_t ruz_teacher_id; /* 0 for none */
    bool is_active;
    bool is_synced;            /* known by the timetable; else made by hand */
    const char *missing_since; /* RFC 3339; NULL while the timetable lists the teacher */
    const char *created_at;    /* RFC 3339 */
} teacher;

#endif
