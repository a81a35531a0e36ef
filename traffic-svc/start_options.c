/* SPDX-License-Identifier: MIT */
/* What a teacher who stands before a kiosk may start. */
#include "handlers.h"

#include <stdio.h>

#include "caller.h"
#include "lesson_choice.h"
#include "pin_lookup.h"
#include "problems.h"
#include "reading.h"
#include "service.h"

#define ANSWER_MAX ((size_t)1 << 20)

static void put_clock(poly_json_writer *writer, const char *name, int minutes)
{
    char text[16];

    snprintf(text, sizeof(text), "%02d:%02d", minutes / 60, minutes % 60);
    poly_json_put_text(writer, name, text);
}

static void write_lesson(poly_json_writer *writer, const poly_lesson *lesson)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "subject", lesson->subject);
    put_clock(writer, "time_start", lesson->time_start);
    put_clock(writer, "time_end", lesson->time_end);
    poly_json_put_text(writer, "type_abbr", lesson->type_abbr);
    poly_json_begin_array(writer, "groups");
    for (size_t i = 0; i < lesson->group_count; i++) {
        poly_json_begin_object(writer, NULL);
        poly_json_put_int(writer, "id", lesson->groups[i].id);
        poly_json_put_text(writer, "name", lesson->groups[i].name);
        poly_json_end_object(writer);
    }
    poly_json_end_array(writer);
    poly_json_end_object(writer);
}

static void respond_options(poly_request *request, const tablet_info *tablet, const poly_lesson *const *lessons,
                            size_t count)
{
    poly_json_writer writer;
    poly_strbuf body;

    poly_strbuf_init(&body, ANSWER_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_object(&writer, "tablet");
    poly_json_put_text(&writer, "tablet_id", tablet->id);
    poly_json_put_text(&writer, "building_name", tablet->building_name);
    poly_json_put_text(&writer, "room_name", tablet->room_name);
    poly_json_end_object(&writer);
    poly_json_begin_array(&writer, "lessons");
    for (size_t i = 0; i < count; i++)
        write_lesson(&writer, lessons[i]);
    poly_json_end_array(&writer);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

/* GET /api/sessions/start-options?pin=: the kiosk, and today's lessons in its room that are this teacher's. */
void get_start_options(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    int64_t ruz_teacher_id = caller_of(request)->teacher->ruz_teacher_id;
    poly_date today = poly_date_in_moscow(poly_time_unix());
    poly_arena *arena = poly_request_arena(request);
    const char *pin = read_pin(request);
    const poly_lesson *const *lessons;
    tablet_info tablet;
    poly_result result;
    poly_week week;
    size_t count;

    if (poly_request_refused(request) || !pin_lookup(request, "display", pin, &tablet))
        return;
    if (!tablet.is_registered || !ruz_teacher_id) {
        poly_fail(request, tablet.is_registered ? &problem_no_ruz_id : &problem_tablet_unregistered);
        return;
    }
    result = poly_schedule_room_week(service->schedule, arena, tablet.building_id, tablet.room_id, today, &week);
    if (result != POLY_OK && result != POLY_NOT_FOUND) {
        poly_fail_dependency(request, result, "schedule-svc");
        return;
    }
    /* A room that the timetable does not know has no lessons. */
    lessons = lesson_choice(result == POLY_OK ? poly_week_day(&week, today) : NULL, ruz_teacher_id, arena, &count);
    respond_options(request, &tablet, lessons, count);
}
