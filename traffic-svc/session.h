/* SPDX-License-Identifier: MIT */
/*
 * A lesson session and those marked in it, as the answers see them. Strings live in the arena of whoever read them.
 */
#ifndef TRAFFIC_SESSION_H
#define TRAFFIC_SESSION_H

#include "poly/json.h"

enum {
    DISCIPLINE_MAX = 300, /* characters */
    STUDENT_ID_MAX = 128,
    STUDENT_NAME_MAX = 200,
};

typedef struct lesson_session {
    const char *id;
    const char *tablet_id;
    const char *teacher_id;
    const char *teacher_name;
    const char *building_name;
    const char *room_name;
    const char *discipline;
    const char *schedule_snapshot; /* JSON; NULL for none */
    int64_t rotate_seconds;
    int64_t attendance_count;
    bool is_active;
    const char *started_at; /* RFC 3339 */
    const char *ends_at;    /* at the latest */
    const char *ended_at;   /* NULL while it is active */
} lesson_session;

/* In the order of their names in the API. */
typedef enum attendance_status {
    ATTENDANCE_PRESENT,
    ATTENDANCE_LATE,
    ATTENDANCE_EXCUSED,
    ATTENDANCE_ABSENT,
} attendance_status;
extern const char *const attendance_status_names[]; /* NULL behind the last */

/* Whether it is counted in attendance_count. */
bool attendance_counts(attendance_status status);
attendance_status attendance_status_parse(const char *name); /* one of the names (asserted) */

typedef struct attendance_entry {
    const char *id;
    const char *student_external_id;
    const char *student_name;
    attendance_status status;
    const char *source;    /* "qr" or "manual" */
    const char *marked_at; /* RFC 3339 */
    const char *history;   /* JSON array: the last 50 changes by hand, oldest first */
} attendance_entry;

void session_write(poly_json_writer *writer, const char *name, const lesson_session *session);
/* The members alone, into an open object. */
void session_write_members(poly_json_writer *writer, const lesson_session *session);
void attendance_write(poly_json_writer *writer, const char *name, const attendance_entry *attendance);

#endif
