/* SPDX-License-Identifier: MIT */
/* Marks that the session's teacher makes, changes and removes by hand. Each is kept in a history with who and when. */
#include "handlers.h"

#include "poly/write.h"

#include "caller.h"
#include "own_session.h"
#include "problems.h"
#include "reading.h"
#include "service.h"
#include "store.h"

/* What one of the three requests asks for. */
struct correcting {
    const traffic_caller *caller;
    const char *session_id;
    const char *attendance_id; /* of one that is there */
    attendance_entry entry;    /* of one that is not; its status is the new one of one that is */
};

static poly_result lock(poly_pg_transaction *transaction, poly_write *write, const struct correcting *correcting,
                        lesson_session *session)
{
    return own_session_lock(transaction, write, correcting->session_id, correcting->caller->teacher->id, session);
}

static poly_result find(poly_pg_transaction *transaction, poly_write *write, const struct correcting *correcting,
                        attendance_entry *entry)
{
    poly_result result =
        store_find_attendance(transaction, write->arena, correcting->session_id, correcting->attendance_id, entry);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_attendance_unknown;
    return result;
}

/* NULL for a status that there was not, or is not any more. */
static int64_t weight(const attendance_status *status)
{
    return status && attendance_counts(*status);
}

static const char *name_of(const attendance_status *status)
{
    return status ? attendance_status_names[*status] : NULL;
}

static poly_result keep_history(poly_pg_transaction *transaction, poly_write *write,
                                const struct correcting *correcting, const attendance_entry *entry,
                                const attendance_status *from, const attendance_status *to)
{
    const attendance_correction correction = {
        .session_id = correcting->session_id,
        .attendance_id = entry->id,
        .student_external_id = entry->student_external_id,
        .student_name = entry->student_name,
        .changed_by = correcting->caller->actor,
        .changed_by_name = correcting->caller->teacher->full_name,
        .from_status = name_of(from),
        .to_status = name_of(to),
    };

    return store_insert_correction(transaction, write->arena, &correction);
}

/* The history, the audit trail, and the count if it is another one now, of which the kiosk hears. */
static poly_result finish(poly_pg_transaction *transaction, poly_write *write, const struct correcting *correcting,
                          const lesson_session *session, const attendance_entry *entry, const attendance_status *from,
                          const attendance_status *to)
{
    int64_t more = weight(to) - weight(from);
    poly_result result = keep_history(transaction, write, correcting, entry, from, to);

    if (result == POLY_OK && more)
        result = store_add_to_count(transaction, write->arena, session->id, more);
    if (result == POLY_OK && more && session->is_active)
        result = store_note_change(transaction, write->arena, session->tablet_id);
    if (result != POLY_OK)
        return result;
    return poly_audit_add(&write->audit, transaction, "attendance_corrected", session->id,
                          (const poly_field[]){poly_text_field("student", entry->student_external_id),
                                               poly_text_field("from", name_of(from)),
                                               poly_text_field("to", name_of(to)),
                                               {.kind = POLY_FIELD_END}});
}

/* As it is now, its history included. */
static poly_result answer(poly_pg_transaction *transaction, poly_write *write, const char *session_id, const char *id)
{
    attendance_entry entry;
    poly_json_writer writer;
    poly_result result = store_find_attendance(transaction, write->arena, session_id, id, &entry);

    if (result != POLY_OK)
        return result;
    poly_json_writer_init(&writer, &write->body);
    attendance_write(&writer, NULL, &entry);
    return POLY_OK;
}

static void respond(poly_request *request, bool idempotent, poly_write_body *body, struct correcting *correcting)
{
    const traffic_service *service = poly_request_context(request);
    poly_write_options options = {.scope = correcting->caller->actor, .idempotent = idempotent};

    if (poly_write_respond(request, service->pg, &options, body, correcting))
        change_feed_wake(service->feed);
}

/* False: it has been answered. */
static bool begin(poly_request *request, struct correcting *correcting, bool of_one)
{
    correcting->caller = caller_of(request);
    return read_path_id(request, "id", &problem_session_unknown, &correcting->session_id) &&
           (!of_one || read_path_id(request, "attendance_id", &problem_attendance_unknown, &correcting->attendance_id));
}

/* --- POST /api/sessions/{id}/attendees {student_external_id, student_name, status} --- */

static poly_result add(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct correcting *correcting = context;
    attendance_entry entry = correcting->entry;
    lesson_session session;
    poly_result result = lock(transaction, write, correcting, &session);

    if (result != POLY_OK)
        return result;
    result = store_insert_attendance(transaction, write->arena, session.id, &entry);
    if (result == POLY_CONFLICT)
        write->problem = &problem_student_listed;
    if (result == POLY_OK)
        result = finish(transaction, write, correcting, &session, &entry, NULL, &entry.status);
    if (result != POLY_OK)
        return result;
    return answer(transaction, write, session.id, entry.id);
}

void post_attendee(poly_request *request)
{
    struct correcting correcting = {0};
    const poly_json *body;
    int status;

    if (!begin(request, &correcting, false) || poly_request_json(request, &body) != POLY_OK)
        return;
    correcting.entry.student_external_id =
        poly_body_text_required(request, body, "student_external_id", STUDENT_ID_MAX);
    correcting.entry.student_name = poly_body_text_required(request, body, "student_name", STUDENT_NAME_MAX);
    status = poly_body_choice_required(request, body, "status", attendance_status_names);
    if (poly_request_refused(request))
        return;
    correcting.entry.status = (attendance_status)status;
    respond(request, true, add, &correcting);
}

/* --- PATCH /api/sessions/{id}/attendees/{attendance_id} {status} --- */

static poly_result change(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct correcting *correcting = context;
    attendance_status to = correcting->entry.status;
    attendance_entry entry = {0};
    lesson_session session;
    poly_result result = lock(transaction, write, correcting, &session);

    if (result == POLY_OK)
        result = find(transaction, write, correcting, &entry);
    if (result == POLY_OK && entry.status != to) {
        result = store_set_attendance_status(transaction, write->arena, session.id, entry.student_external_id, to);
        if (result == POLY_OK)
            result = finish(transaction, write, correcting, &session, &entry, &entry.status, &to);
    }
    return result == POLY_OK ? answer(transaction, write, session.id, entry.id) : result;
}

void patch_attendee(poly_request *request)
{
    struct correcting correcting = {0};
    const poly_json *body;
    int status;

    if (!begin(request, &correcting, true) || poly_request_json(request, &body) != POLY_OK)
        return;
    status = poly_body_choice_required(request, body, "status", attendance_status_names);
    if (poly_request_refused(request))
        return;
    correcting.entry.status = (attendance_status)status;
    respond(request, false, change, &correcting);
}

/* --- DELETE /api/sessions/{id}/attendees/{attendance_id} --- */

static poly_result take_away(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct correcting *correcting = context;
    attendance_entry entry;
    lesson_session session;
    poly_result result = lock(transaction, write, correcting, &session);

    if (result == POLY_OK)
        result = find(transaction, write, correcting, &entry);
    if (result == POLY_OK)
        result = store_delete_attendance(transaction, write->arena, session.id, entry.student_external_id);
    if (result != POLY_OK)
        return result;
    write->status = 204;
    return finish(transaction, write, correcting, &session, &entry, &entry.status, NULL);
}

void delete_attendee(poly_request *request)
{
    struct correcting correcting = {0};

    if (begin(request, &correcting, true))
        respond(request, false, take_away, &correcting);
}
