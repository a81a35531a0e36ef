/* SPDX-License-Identifier: MIT */
/*
 * Attendance counted: by session and by student. Fiber only.
 */
#ifndef TRAFFIC_STORE_STATS_H
#define TRAFFIC_STORE_STATS_H

#include "poly/pg.h"

/* No more are answered: the newest sessions, the first students by name. */
enum { STATS_SESSIONS_MAX = 500, STATS_STUDENTS_MAX = 5000 };

typedef struct stats_filter {
    const char *teacher_id; /* NULL: everybody's */
    const char *discipline; /* NULL: any */
    int64_t from, to;       /* s since 1970, `to` not included */
} stats_filter;

typedef struct mark_counts {
    int64_t present, late, excused, absent;
} mark_counts;

typedef struct session_stats {
    const char *id;
    const char *discipline;
    const char *teacher_id;
    const char *teacher_name;
    const char *building_name;
    const char *room_name;
    const char *started_at; /* RFC 3339 */
    mark_counts marks;
} session_stats;

typedef struct student_stats {
    const char *id;
    const char *name;
    mark_counts marks;
} student_stats;

typedef struct attendance_stats {
    session_stats *sessions; /* newest first */
    size_t session_count;
    student_stats *students; /* of these sessions, by name */
    size_t student_count;
    bool is_cut; /* there are more of either */
} attendance_stats;

poly_result store_attendance_stats(poly_pg *pg, poly_arena *arena, const stats_filter *filter,
                                   attendance_stats *out) POLY_MUST_CHECK;

#endif
