/* SPDX-License-Identifier: MIT */
/* RUZ as an upstream: which path answers which resource, and who reads the answer. */
#include "upstream.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "poly/log.h"

#include "ruz_read.h"

#define ANSWER_MAX     ((size_t)8 << 20)
#define OFF_LOOP_ABOVE ((size_t)64 << 10) /* reading as much takes about a millisecond */
#define PATH_SIZE      96
#define USER_AGENT     "User-Agent: poly-schedule-svc/" POLY_VERSION

typedef struct ruz_upstream {
    upstream upstream; /* first: what is handed out */
    poly_httpc *client;
    poly_gate *gate;
} ruz_upstream;

static const char *const request_headers[] = {"Accept: application/json", USER_AGENT, NULL};

static void path_of(const resource_key *key, char path[PATH_SIZE])
{
    char date[POLY_DATE_SIZE];

    poly_date_format(poly_date_from_days(key->monday), date);
    switch ((resource_kind)key->kind) {
    case RESOURCE_FACULTIES:
        snprintf(path, PATH_SIZE, "/faculties");
        break;
    case RESOURCE_FACULTY_GROUPS:
        snprintf(path, PATH_SIZE, "/faculties/%" PRIu32 "/groups", key->id);
        break;
    case RESOURCE_GROUP:
        snprintf(path, PATH_SIZE, "/scheduler/%" PRIu32, key->id);
        break;
    case RESOURCE_BUILDINGS:
        snprintf(path, PATH_SIZE, "/buildings");
        break;
    case RESOURCE_BUILDING_ROOMS:
        snprintf(path, PATH_SIZE, "/buildings/%" PRIu32 "/rooms", key->id);
        break;
    case RESOURCE_TEACHERS:
        snprintf(path, PATH_SIZE, "/teachers");
        break;
    case RESOURCE_GROUP_WEEK:
        snprintf(path, PATH_SIZE, "/scheduler/%" PRIu32 "?date=%s", key->id, date);
        break;
    case RESOURCE_TEACHER_WEEK:
        snprintf(path, PATH_SIZE, "/teachers/%" PRIu32 "/scheduler?date=%s", key->id, date);
        break;
    case RESOURCE_ROOM_WEEK:
        snprintf(path, PATH_SIZE, "/buildings/%" PRIu32 "/rooms/%" PRIu32 "/scheduler?date=%s", key->parent, key->id,
                 date);
        break;
    case RESOURCE_KIND_COUNT:
        assert(!"no resource");
    }
}

typedef struct ruz_reading {
    const resource_key *key;
    int status;
    poly_slice body;
    ruz_reader reader;
    answer_data *answer;
    poly_result result;
} ruz_reading;

static poly_result read_body(ruz_reading *reading, poly_date monday)
{
    ruz_reader *reader = &reading->reader;
    const resource_key *key = reading->key;
    answer_data *answer = reading->answer;
    poly_slice body = reading->body;

    switch ((resource_kind)key->kind) {
    case RESOURCE_FACULTIES:
        return ruz_read_faculties(reader, body, &answer->faculties, &answer->count);
    case RESOURCE_FACULTY_GROUPS:
        return ruz_read_faculty_groups(reader, body, key->id, &answer->faculty, &answer->groups, &answer->count);
    case RESOURCE_GROUP:
        return ruz_read_group(reader, body, key->id, &answer->group);
    case RESOURCE_BUILDINGS:
        return ruz_read_buildings(reader, body, &answer->buildings, &answer->count);
    case RESOURCE_BUILDING_ROOMS:
        return ruz_read_building_rooms(reader, body, key->id, &answer->building, &answer->rooms, &answer->count);
    case RESOURCE_TEACHERS:
        return ruz_read_teachers(reader, body, &answer->teachers, &answer->count);
    case RESOURCE_GROUP_WEEK:
        return ruz_read_group_week(reader, body, key->id, monday, &answer->group, &answer->week);
    case RESOURCE_TEACHER_WEEK:
        return ruz_read_teacher_week(reader, body, key->id, monday, &answer->teacher, &answer->week);
    case RESOURCE_ROOM_WEEK:
        return ruz_read_room_week(reader, body, key->parent, key->id, monday, &answer->room, &answer->week);
    case RESOURCE_KIND_COUNT:
        break;
    }
    return POLY_BAD_ANSWER;
}

/* A university always has faculties, buildings and teachers: an empty list is RUZ's trouble, and no news. */
static bool is_impossibly_empty(const ruz_reading *reading)
{
    uint32_t kind = reading->key->kind;

    return reading->answer->count == 0 &&
           (kind == RESOURCE_FACULTIES || kind == RESOURCE_BUILDINGS || kind == RESOURCE_TEACHERS);
}

static void read_answer(void *argument)
{
    ruz_reading *reading = argument;

    if (reading->status != 200) {
        reading->result = ruz_read_error(&reading->reader, reading->body);
        return;
    }
    reading->result = read_body(reading, poly_date_from_days(reading->key->monday));
    if (reading->result == POLY_OK && is_impossibly_empty(reading)) {
        reading->reader.reason = "an empty list";
        reading->result = POLY_BAD_ANSWER;
    }
}

static void log_refusal(const ruz_reading *reading)
{
    poly_log(POLY_LOG_WARNING, "ruz gave no usable answer",
             poly_text_field("resource", resource_kind_name(reading->key->kind)),
             poly_int_field("id", reading->key->id), poly_text_field("result", poly_result_name(reading->result)),
             poly_int_field("status", reading->status), poly_text_field("reason", reading->reader.reason),
             poly_int_field("bytes", reading->body.size));
}

/* The gate is held for the request only: reading an answer costs RUZ nothing. */
static poly_result call(ruz_upstream *ruz, const char *path, poly_arena *arena, poly_httpc_response *response)
{
    poly_httpc_request request = {.method = POLY_GET, .path = path};
    poly_result result = poly_gate_enter(ruz->gate, poly_fiber_deadline());

    if (result != POLY_OK)
        return result;
    result = poly_httpc_call(ruz->client, &request, arena, response);
    poly_gate_leave(ruz->gate);
    return result;
}

static poly_result fetch(upstream *self, const resource_key *key, poly_arena *arena, answer_data *answer)
{
    char path[PATH_SIZE];
    poly_httpc_response response;
    ruz_reading reading = {.key = key, .reader = {.arena = arena, .reason = ""}, .answer = answer};
    poly_result result;

    path_of(key, path);
    result = call((ruz_upstream *)self, path, arena, &response);
    if (result != POLY_OK)
        return result;
    reading.status = response.status;
    reading.body = response.body;
    if (response.body.size > OFF_LOOP_ABOVE)
        result = poly_offload(read_answer, &reading);
    else
        read_answer(&reading);
    if (result != POLY_OK)
        return result;
    if (reading.result != POLY_OK && reading.result != POLY_NOT_FOUND)
        log_refusal(&reading);
    return reading.result;
}

static poly_breaker_state breaker(const upstream *self)
{
    return poly_httpc_breaker(((const ruz_upstream *)self)->client);
}

static void destroy(upstream *self)
{
    ruz_upstream *ruz = (ruz_upstream *)self;

    poly_httpc_destroy(&ruz->client);
    poly_gate_destroy(&ruz->gate);
    free(ruz);
}

upstream *ruz_create(const upstream_options *options)
{
    ruz_upstream *ruz = poly_alloc_zero(1, sizeof(*ruz));
    poly_httpc_options client = {
        .name = "ruz",
        .base_url = options->base_url,
        .deadline_ms = options->deadline_ms,
        .max_body = ANSWER_MAX,
        .max_retries = 1,
        .max_connections = options->max_in_flight,
        .headers = request_headers,
    };

    ruz->upstream = (upstream){.fetch = fetch, .breaker = breaker, .destroy = destroy};
    ruz->client = poly_httpc_create(&client);
    ruz->gate = poly_gate_create(options->max_in_flight, options->max_waiting);
    return &ruz->upstream;
}
