/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <assert.h>
#include <string.h>

const char *const attendance_status_names[] = {
    [ATTENDANCE_PRESENT] = "present",
    [ATTENDANCE_LATE] = "late",
    [ATTENDANCE_EXCUSED] = "excused",
    [ATTENDANCE_ABSENT] = "absent",
    NULL,
};

bool attendance_counts(attendance_status status)
{
    return status == ATTENDANCE_PRESENT || status == ATTENDANCE_LATE;
}

attendance_status attendance_status_parse(const char *name)
{
    int status = 0;

    while (attendance_status_names[status] && strcmp(attendance_status_names[status], name) != 0)
        status++;
    assert(attendance_status_names[status]);
    return (attendance_status)status;
}

static void put_json(poly_json_writer *writer, const char *name, const char *json)
{
    if (json)
        poly_json_put_raw(writer, name, poly_slice_of(json));
    else
        poly_json_put_null(writer, name);
}

void session_write_members(poly_json_writer *writer, const lesson_session *session)
{
    poly_json_put_text(writer, "id", session->id);
    poly_json_put_text(writer, "session_id", session->id);
    poly_json_put_bool(writer, "active", session->is_active);
    poly_json_put_text(writer, "tablet_id", session->tablet_id);
    poly_json_put_text(writer, "building_name", session->building_name);
    poly_json_put_text(writer, "room_name", session->room_name);
    poly_json_put_text(writer, "teacher_id", session->teacher_id);
    poly_json_put_text(writer, "teacher_name", session->teacher_name);
    poly_json_put_text(writer, "discipline", session->discipline);
    put_json(writer, "schedule_snapshot", session->schedule_snapshot);
    poly_json_put_int(writer, "rotate_seconds", session->rotate_seconds);
    poly_json_put_int(writer, "attendance_count", session->attendance_count);
    poly_json_put_text(writer, "started_at", session->started_at);
    poly_json_put_text(writer, "ends_at", session->ends_at);
    poly_json_put_text(writer, "ended_at", session->ended_at);
}

void session_write(poly_json_writer *writer, const char *name, const lesson_session *session)
{
    poly_json_begin_object(writer, name);
    session_write_members(writer, session);
    poly_json_end_object(writer);
}

void attendance_write(poly_json_writer *writer, const char *name, const attendance_entry *attendance)
{
    poly_json_begin_object(writer, name);
    poly_json_put_text(writer, "id", attendance->id);
    poly_json_put_text(writer, "student_external_id", attendance->student_external_id);
    poly_json_put_text(writer, "student_name", attendance->student_name);
    poly_json_put_text(writer, "status", attendance_status_names[attendance->status]);
    poly_json_put_text(writer, "source", attendance->source);
    poly_json_put_text(writer, "marked_at", attendance->marked_at);
    put_json(writer, "history", attendance->history);
    poly_json_end_object(writer);
}
