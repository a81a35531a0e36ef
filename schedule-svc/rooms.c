/* SPDX-License-Identifier: MIT */
#include "handlers.h"
#include "reply.h"

#define DAY_MAX ((size_t)4 << 20)

/* GET /buildings/{building_id}/rooms/{room_id}/scheduler?date=: the room's week in RUZ's field names. */
void get_room_scheduler(poly_request *request)
{
    int64_t building_id = poly_param_int(request, "building_id", 1, RESOURCE_ID_MAX);
    int64_t room_id = poly_param_int(request, "room_id", 1, RESOURCE_ID_MAX);
    poly_date date = poly_query_date(request, "date", resource_today());
    resource_key key;

    if (poly_request_refused(request))
        return;
    key = resource_week(TIMETABLE_ROOM, room_id, building_id, date);
    reply_resource(request, &key, &room_unknown);
}

static void write_day(poly_strbuf *body, const poly_room *room, const poly_week *week, poly_date date)
{
    const poly_day *day = poly_week_day(week, date);
    char text[POLY_DATE_SIZE];
    poly_json_writer writer;

    poly_date_format(date, text);
    poly_json_writer_init(&writer, body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_int(&writer, "room_id", room->id);
    poly_json_put_text(&writer, "room_name", room->name);
    poly_json_put_int(&writer, "building_id", room->building_id);
    poly_json_put_text(&writer, "building_name", room->building_name);
    poly_json_put_text(&writer, "date", text);
    poly_json_put_int(&writer, "weekday", poly_date_weekday(date));
    poly_lessons_write(&writer, "lessons", day ? day->lessons : NULL, day ? day->lesson_count : 0,
                       POLY_TIMETABLE_PLAIN_WITH_GROUPS);
    poly_json_end_object(&writer);
}

/* GET /rooms/{room_id}/day?date=: the room, and its lessons of that day. */
void get_room_day(poly_request *request)
{
    int64_t room_id = poly_param_int(request, "room_id", 1, RESOURCE_ID_MAX);
    poly_date date = poly_query_date(request, "date", resource_today());
    provenance from = PROVENANCE_OF_NOTHING;
    poly_room room;
    resource_key key;
    answer_data answer;
    poly_strbuf body;
    poly_result result;

    if (poly_request_refused(request) || reply_find_room(request, room_id, &room, &from) != POLY_OK)
        return;
    key = resource_week(TIMETABLE_ROOM, room.id, room.building_id, date);
    result = reply_read(request, &key, &answer, &from);
    if (result != POLY_OK) {
        reply_failure(request, result, &room_unknown);
        return;
    }
    poly_strbuf_init(&body, DAY_MAX);
    write_day(&body, &room, &answer.week, date);
    reply_made(request, "application/json", &body, from);
}
