/* SPDX-License-Identifier: MIT */
/* Buildings, rooms and their weeks, from schedule-svc: for whoever registers a kiosk. */
#include "handlers.h"

#include "problems.h"
#include "service.h"

#define ANSWER_MAX ((size_t)8 << 20)
#define RUZ_ID_MAX INT32_MAX

/* What schedule-svc refuses is what it does not know. */
static void fail(poly_request *request, poly_result result)
{
    if (result == POLY_NOT_FOUND || result == POLY_INVALID)
        poly_fail(request, &problem_room_unknown);
    else
        poly_fail_dependency(request, result, "schedule-svc");
}

static void begin(poly_json_writer *writer, poly_strbuf *body, const char *list)
{
    poly_strbuf_init(body, ANSWER_MAX);
    poly_json_writer_init(writer, body);
    poly_json_begin_object(writer, NULL);
    poly_json_begin_array(writer, list);
}

static void end(poly_request *request, poly_json_writer *writer, poly_strbuf *body)
{
    poly_json_end_array(writer);
    poly_json_end_object(writer);
    poly_respond_json(request, 200, body);
}

/* GET /api/schedule/buildings. */
void get_buildings(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    poly_building *buildings;
    poly_json_writer writer;
    poly_strbuf body;
    size_t count;
    poly_result result = poly_schedule_buildings(service->schedule, poly_request_arena(request), &buildings, &count);

    if (result != POLY_OK) {
        fail(request, result);
        return;
    }
    begin(&writer, &body, "buildings");
    for (size_t i = 0; i < count; i++)
        poly_building_write(&writer, &buildings[i]);
    end(request, &writer, &body);
}

/* GET /api/schedule/buildings/{building_id}/rooms. */
void get_rooms(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    int64_t building_id = poly_param_int(request, "building_id", 1, RUZ_ID_MAX);
    poly_json_writer writer;
    poly_strbuf body;
    poly_room *rooms;
    size_t count;
    poly_result result;

    if (poly_request_refused(request))
        return;
    result = poly_schedule_rooms(service->schedule, poly_request_arena(request), building_id, &rooms, &count);
    if (result != POLY_OK) {
        fail(request, result);
        return;
    }
    begin(&writer, &body, "rooms");
    for (size_t i = 0; i < count; i++)
        poly_room_write(&writer, &rooms[i]);
    end(request, &writer, &body);
}

/* GET /api/schedule/buildings/{building_id}/rooms/{room_id}/scheduler?date=: the room's week, as schedule-svc has it.
 */
void get_room_scheduler(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    int64_t building_id = poly_param_int(request, "building_id", 1, RUZ_ID_MAX);
    int64_t room_id = poly_param_int(request, "room_id", 1, RUZ_ID_MAX);
    poly_date date = poly_query_date(request, "date", poly_date_in_moscow(poly_time_unix()));
    poly_slice json;
    poly_blob *body;
    poly_result result;

    if (poly_request_refused(request))
        return;
    result =
        poly_schedule_room_week_json(service->schedule, poly_request_arena(request), building_id, room_id, date, &json);
    if (result != POLY_OK) {
        fail(request, result);
        return;
    }
    body = poly_blob_create(json.data, json.size);
    poly_respond_blob(request, 200, "application/json", body);
    poly_blob_unref(&body);
}
