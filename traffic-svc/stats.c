/* SPDX-License-Identifier: MIT */
/* Attendance counted, for teachers and administrators. */
#include "handlers.h"

#include "caller.h"
#include "reading.h"
#include "service.h"
#include "session.h"
#include "store_stats.h"

#define ANSWER_MAX      ((size_t)8 << 20)
#define USUALLY_SECONDS (INT64_C(365) * 86400)
#define AHEAD_SECONDS   86400

static void write_counts(poly_json_writer *writer, const mark_counts *marks)
{
    poly_json_put_int(writer, "present", marks->present);
    poly_json_put_int(writer, "late", marks->late);
    poly_json_put_int(writer, "excused", marks->excused);
    poly_json_put_int(writer, "absent", marks->absent);
}

static void write_session(poly_json_writer *writer, const session_stats *session)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "session_id", session->id);
    poly_json_put_text(writer, "discipline", session->discipline);
    poly_json_put_text(writer, "teacher_id", session->teacher_id);
    poly_json_put_text(writer, "teacher_name", session->teacher_name);
    poly_json_put_text(writer, "building_name", session->building_name);
    poly_json_put_text(writer, "room_name", session->room_name);
    poly_json_put_text(writer, "started_at", session->started_at);
    poly_json_put_int(writer, "attended", session->marks.present + session->marks.late);
    write_counts(writer, &session->marks);
    poly_json_end_object(writer);
}

static void write_student(poly_json_writer *writer, const student_stats *student)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "student_external_id", student->id);
    poly_json_put_text(writer, "student_name", student->name);
    poly_json_put_int(writer, "attended", student->marks.present + student->marks.late);
    write_counts(writer, &student->marks);
    poly_json_end_object(writer);
}

static void write_stats(poly_json_writer *writer, const stats_filter *filter, const attendance_stats *stats)
{
    char from[POLY_RFC3339_SIZE], to[POLY_RFC3339_SIZE];

    poly_time_format_rfc3339(filter->from, from);
    poly_time_format_rfc3339(filter->to, to);
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "from", from);
    poly_json_put_text(writer, "to", to);
    poly_json_put_text(writer, "discipline", filter->discipline);
    poly_json_put_bool(writer, "truncated", stats->is_cut);
    poly_json_begin_array(writer, "sessions");
    for (size_t i = 0; i < stats->session_count; i++)
        write_session(writer, &stats->sessions[i]);
    poly_json_end_array(writer);
    poly_json_begin_array(writer, "students");
    for (size_t i = 0; i < stats->student_count; i++)
        write_student(writer, &stats->students[i]);
    poly_json_end_array(writer);
    poly_json_end_object(writer);
}

/* Without bounds: the last year. */
static void read_filter(poly_request *request, stats_filter *filter)
{
    const traffic_caller *caller = caller_of(request);

    filter->teacher_id = caller->teacher ? caller->teacher->id : NULL;
    filter->discipline = poly_query_text(request, "discipline", DISCIPLINE_MAX);
    if (!poly_query_time(request, "to", &filter->to))
        filter->to = poly_time_unix() + AHEAD_SECONDS;
    if (!poly_query_time(request, "from", &filter->from))
        filter->from = filter->to - USUALLY_SECONDS;
    if (filter->from > filter->to)
        poly_request_fault(request, "from", "after_to",
                           (poly_message){"«from» позже, чем «to».", "\"from\" is later than \"to\"."});
}

/* GET /api/stats/attendance?discipline=&from=&to=: a teacher's own sessions, an administrator's all. */
void get_attendance_stats(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    stats_filter filter = {0};
    attendance_stats stats;
    poly_json_writer writer;
    poly_strbuf body;

    read_filter(request, &filter);
    if (poly_request_refused(request) ||
        !answer_failure(request, store_attendance_stats(service->pg, poly_request_arena(request), &filter, &stats),
                        NULL))
        return;
    poly_strbuf_init(&body, ANSWER_MAX);
    poly_json_writer_init(&writer, &body);
    write_stats(&writer, &filter, &stats);
    poly_respond_json(request, 200, &body);
}
