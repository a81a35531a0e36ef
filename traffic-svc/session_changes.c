/* SPDX-License-Identifier: MIT */
/* Sessions started and ended. */
#include "handlers.h"

#include <string.h>

#include "poly/random.h"
#include "poly/write.h"

#include "caller.h"
#include "own_session.h"
#include "problems.h"
#include "qr_code.h"
#include "reading.h"
#include "service.h"
#include "store.h"

#define SNAPSHOT_MAX ((size_t)64 * 1024)

/* --- POST /api/sessions/ --- */

struct start {
    poly_request *request;
    lesson_session session;
    char id[POLY_UUID_SIZE];
    char qr_secret[QR_SECRET_SIZE];
    int64_t max_minutes;
};

/* Of two teachers at one kiosk the second waits here, and then ends what the first has begun. */
static poly_result lock_registered_tablet(poly_pg_transaction *transaction, poly_write *write, lesson_session *session)
{
    tablet_info tablet;
    poly_result result = store_lock_tablet(transaction, write->arena, session->tablet_id, &tablet);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_tablet_unknown;
    if (result != POLY_OK)
        return result;
    if (!tablet.is_registered) {
        write->problem = &problem_tablet_unregistered;
        return POLY_REJECTED;
    }
    session->building_name = tablet.building_name;
    session->room_name = tablet.room_name;
    return POLY_OK;
}

static const poly_message snapshot_too_long = {"Запись расписания больше 64 КиБ.",
                                               "The timetable's entry is over 64 KiB."};

/* The database writes numbers out, 1e308 with all its digits: what it stores may be larger than what was sent. */
static poly_result check_stored(poly_write *write, const struct start *start, const lesson_session *stored)
{
    if (!stored->schedule_snapshot || strlen(stored->schedule_snapshot) <= SNAPSHOT_MAX)
        return POLY_OK;
    poly_request_fault(start->request, "schedule_snapshot", "too_long", snapshot_too_long);
    write->problem = &poly_problem_invalid;
    write->detail = poly_request_say(start->request, snapshot_too_long);
    return POLY_INVALID;
}

static poly_result start_session(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct start *start = context;
    lesson_session session = start->session;
    poly_json_writer writer;
    poly_result result = lock_registered_tablet(transaction, write, &session);

    if (result == POLY_OK)
        result = store_end_sessions_of_tablet(transaction, write->arena, session.tablet_id);
    if (result == POLY_OK)
        result = store_insert_session(transaction, write->arena, &session, start->qr_secret, start->max_minutes);
    if (result == POLY_OK)
        result = check_stored(write, start, &session);
    if (result == POLY_OK)
        result = store_note_change(transaction, write->arena, session.tablet_id);
    if (result != POLY_OK)
        return result;
    poly_json_writer_init(&writer, &write->body);
    session_write(&writer, NULL, &session);
    return poly_audit_add(&write->audit, transaction, "session_started", session.id,
                          (const poly_field[]){poly_text_field("tablet_id", session.tablet_id),
                                               poly_text_field("discipline", session.discipline),
                                               {.kind = POLY_FIELD_END}});
}

/* What the teacher chose from the timetable, kept as it was then. */
static const char *read_snapshot(poly_request *request, const poly_json *body)
{
    const poly_json *value = poly_json_get(body, "schedule_snapshot");
    const char *copy = NULL;
    poly_json_writer writer;
    poly_strbuf json;

    if (!poly_body_has(body, "schedule_snapshot"))
        return NULL;
    if (poly_json_type_of(value) != POLY_JSON_OBJECT) {
        poly_request_fault(
            request, "schedule_snapshot", "invalid",
            (poly_message){"Запись расписания должна быть объектом.", "The timetable's entry must be an object."});
        return NULL;
    }
    poly_strbuf_init(&json, SNAPSHOT_MAX);
    poly_json_writer_init(&writer, &json);
    poly_json_put_value(&writer, NULL, value);
    if (json.overflowed)
        poly_request_fault(request, "schedule_snapshot", "too_long", snapshot_too_long);
    else
        copy = poly_arena_strdup(poly_request_arena(request), poly_strbuf_text(&json));
    poly_strbuf_release(&json);
    return copy;
}

static bool read_start(poly_request *request, struct start *start)
{
    const traffic_service *service = poly_request_context(request);
    const teacher *who = caller_of(request)->teacher;
    const poly_json *body;

    if (poly_request_json(request, &body) != POLY_OK)
        return false;
    start->session = (lesson_session){
        .id = start->id,
        .teacher_id = who->id,
        .teacher_name = who->full_name,
        .tablet_id = read_body_uuid(request, body, "tablet_id"),
        .discipline = poly_body_text_required(request, body, "discipline", DISCIPLINE_MAX),
        .schedule_snapshot = read_snapshot(request, body),
        .rotate_seconds = service->config->qr_rotate_seconds,
    };
    start->max_minutes = service->config->session_max_minutes;
    return !poly_request_refused(request);
}

/* POST /api/sessions/ {tablet_id, discipline, schedule_snapshot?}. */
void post_session(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    struct start start = {.request = request};

    if (!read_start(request, &start))
        return;
    poly_uuid_make(start.id);
    qr_secret_make(start.qr_secret);
    if (poly_write_respond(request, service->pg,
                           &(poly_write_options){.scope = caller_of(request)->actor, .idempotent = true}, start_session,
                           &start)) {
        poly_counter_add(service->metrics.sessions_started, 1);
        change_feed_wake(service->feed);
    }
}

/* --- DELETE /api/sessions/{id} --- */

struct ending {
    const char *id;
    const char *teacher_id;
};

/* One that is over already is as it should be. */
static poly_result end_session(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct ending *ending = context;
    lesson_session session;
    poly_result result = own_session_lock(transaction, write, ending->id, ending->teacher_id, &session);

    if (result != POLY_OK)
        return result;
    write->status = 204;
    if (!session.is_active)
        return POLY_OK;
    result = store_end_session(transaction, write->arena, session.id);
    if (result == POLY_OK)
        result = store_note_change(transaction, write->arena, session.tablet_id);
    return result == POLY_OK ? poly_audit_add(&write->audit, transaction, "session_ended", session.id, NULL) : result;
}

void delete_session(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    struct ending ending = {.teacher_id = caller_of(request)->teacher->id};

    if (read_path_id(request, "id", &problem_session_unknown, &ending.id) &&
        poly_write_respond(request, service->pg, &(poly_write_options){.scope = caller_of(request)->actor}, end_session,
                           &ending))
        change_feed_wake(service->feed);
}
