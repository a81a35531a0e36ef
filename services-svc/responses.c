/* SPDX-License-Identifier: MIT */
/* What is said about an application: responses, which may change its status, and comments, which may be internal. */
#include "handlers.h"

#include <string.h>

#include "poly/random.h"

#include "application_access.h"
#include "application_events.h"
#include "fields.h"
#include "problems.h"
#include "service.h"

#define ANSWER_MAX ((size_t)4 << 20)

struct saying {
    const services_caller *caller;
    const char *application_id;
    upload_form form;
    campus_message said; /* without author and time */
    char id[POLY_UUID_SIZE];
    bool done; /* all of it but the commit */
};

static campus_message message_of(const struct saying *saying)
{
    const history_actor actor = application_actor(saying->caller);
    campus_message said = saying->said;

    said.id = saying->id;
    said.author_id = actor.id;
    said.author_name = actor.name;
    said.author_role = actor.role;
    return said;
}

static poly_result audit(poly_pg_transaction *transaction, poly_write *write, const char *event,
                         const struct saying *saying)
{
    return poly_audit_add(&write->audit, transaction, event, saying->application_id,
                          (const poly_field[]){poly_text_field("id", saying->id),
                                               poly_bool_field("internal", saying->said.internal),
                                               poly_int_field("files", (int64_t)saying->form.file_count),
                                               {.kind = POLY_FIELD_END}});
}

/* The application exists and is the caller's before anything is read; false: it has been answered. */
static bool read_form(poly_request *request, const char *const *fields, struct saying **out)
{
    struct saying *saying;
    campus_application about;

    if (!application_require(request, &about))
        return false;
    saying = poly_arena_alloc_zero(poly_request_arena(request), 1, sizeof(*saying));
    saying->caller = caller_of(request);
    saying->application_id = about.id;
    poly_uuid_make(saying->id);
    *out = saying;
    return upload_form_read(request, fields, &saying->form);
}

static void say(poly_request *request, struct saying *saying, poly_write_body *body)
{
    const services_service *service = poly_request_context(request);
    const poly_write_options options = {
        .scope = saying->caller->actor,
        .idempotent = true,
        .max_answer = ANSWER_MAX,
        .body_digest = saying->form.digest,
    };

    if (!upload_form_keep(&saying->form))
        return;
    if (!poly_write_respond(request, service->pg, &options, body, saying) && !saying->done)
        upload_form_drop(&saying->form);
}

static poly_result require_room(poly_result result, poly_write *write, const conversation_side *said, const char *text)
{
    if (result != POLY_OK || conversation_has_room(*said, text))
        return result;
    write->problem = &problem_conversation_full;
    return POLY_CONFLICT;
}

/* --- POST /api/applications/{id}/respond: message, new_status?, files* --- */

/* Only staff and administrators take up again what is over. */
static poly_result follow_status(poly_pg_transaction *transaction, poly_write *write, const struct saying *saying,
                                 campus_application *about)
{
    const history_actor actor = application_actor(saying->caller);
    application_state state = saying->said.new_status ? application_state_of(saying->said.new_status) : about->state;
    poly_result result;

    if (state == about->state)
        return store_touch_application(transaction, write->arena, about->id);
    result =
        application_check_step(saying->form.request, write, about->state, state, saying->caller->who != WHO_EXECUTOR);
    return result == POLY_OK ? store_set_state(transaction, write->arena, about, state, &actor) : result;
}

static poly_result tell(poly_pg_transaction *transaction, poly_write *write, const campus_application *about,
                        application_state old_state, const campus_message *response, const attachment_list *attachments)
{
    const history_actor actor = {response->author_id, response->author_name, response->author_role};
    poly_result result = POLY_OK;

    if (about->state != old_state)
        result = event_state_changed(transaction, write, about, old_state, &actor);
    return result == POLY_OK ? event_response(transaction, write, about, response, attachments) : result;
}

static poly_result respond(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    struct saying *saying = context;
    const history_actor actor = application_actor(saying->caller);
    campus_message response = message_of(saying);
    campus_attachment files[UPLOAD_FILES_MAX];
    const attachment_list attachments = {files, saying->form.file_count};
    campus_application about;
    application_state old_state;
    conversation_side said;
    poly_json_writer writer;
    poly_result result = application_lock(transaction, write, saying->application_id, saying->caller, &about);

    saying->done = false;
    if (result != POLY_OK)
        return result;
    old_state = about.state;
    result = follow_status(transaction, write, saying, &about);
    if (result == POLY_OK)
        result = require_room(store_side_of_responses(transaction, write->arena, about.id, &said), write, &said,
                              response.text);
    if (result == POLY_OK)
        result = store_insert_response(transaction, write->arena, about.id, &response);
    if (result == POLY_OK)
        result = application_attach(transaction, write, about.id, &saying->form,
                                    &(campus_attachment){.response_id = response.id}, files);
    if (result == POLY_OK)
        result = store_add_history(transaction, write->arena, about.id, &actor, "response", NULL, response.id);
    if (result == POLY_OK)
        result = tell(transaction, write, &about, old_state, &response, &attachments);
    if (result != POLY_OK)
        return result;
    poly_json_writer_init(&writer, &write->body);
    response_write(&writer, NULL, &response, &attachments);
    result = audit(transaction, write, "application_responded", saying);
    saying->done = result == POLY_OK;
    return result;
}

static void check_status(poly_request *request, struct saying *saying)
{
    static const poly_message unknown = {"«new_status» — одно из: pending, in_progress, completed, rejected.",
                                         "\"new_status\" is one of pending, in_progress, completed, rejected."};
    const char *status = upload_form_prose(&saying->form, "new_status", 32, false);

    if (status && application_state_of(status) == STATE_COUNT)
        poly_request_fault(request, "new_status", "choice", unknown);
    saying->said.new_status = status;
}

void post_response(poly_request *request)
{
    static const char *const fields[] = {"message", "new_status", NULL};
    struct saying *saying;

    if (!read_form(request, fields, &saying))
        return;
    saying->said.text = upload_form_prose(&saying->form, "message", MESSAGE_MAX_CHARACTERS, true);
    check_status(request, saying);
    if (poly_request_refused(request))
        upload_form_drop(&saying->form);
    else
        say(request, saying, respond);
}

/* --- POST /api/applications/{id}/comments: message, internal?, files* --- */

static poly_result comment(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    struct saying *saying = context;
    campus_message made = message_of(saying);
    campus_attachment files[UPLOAD_FILES_MAX];
    const attachment_list attachments = {files, saying->form.file_count};
    campus_application about;
    conversation_side said;
    poly_json_writer writer;
    poly_result result = application_lock(transaction, write, saying->application_id, saying->caller, &about);

    saying->done = false;
    if (result == POLY_OK)
        result = require_room(
            store_side_of_comments(transaction, write->arena, about.id, saying->caller->who == WHO_STUDENT, &said),
            write, &said, made.text);
    if (result == POLY_OK)
        result = store_insert_comment(transaction, write->arena, about.id, &made);
    if (result == POLY_OK)
        result = application_attach(transaction, write, about.id, &saying->form,
                                    &(campus_attachment){.comment_id = made.id, .internal = made.internal}, files);
    if (result == POLY_OK && !made.internal)
        result = store_touch_application(transaction, write->arena, about.id);
    if (result == POLY_OK)
        result = event_comment(transaction, write, &about, &made, &attachments);
    if (result != POLY_OK)
        return result;
    poly_json_writer_init(&writer, &write->body);
    comment_write(&writer, NULL, &made, &attachments);
    result = audit(transaction, write, "application_commented", saying);
    saying->done = result == POLY_OK;
    return result;
}

void post_comment(poly_request *request)
{
    static const char *const fields[] = {"message", "internal", NULL};
    struct saying *saying;
    bool refused;

    if (!read_form(request, fields, &saying))
        return;
    saying->said.text = upload_form_prose(&saying->form, "message", MESSAGE_MAX_CHARACTERS, true);
    saying->said.internal = upload_form_truth(&saying->form, "internal");
    refused = poly_request_refused(request);
    if (!refused && saying->said.internal && saying->caller->who == WHO_STUDENT) {
        poly_fail(request, &poly_problem_forbidden);
        refused = true;
    }
    if (refused)
        upload_form_drop(&saying->form);
    else
        say(request, saying, comment);
}

/* --- GET /api/applications/{id}/comments --- */

static void write_comments(poly_json_writer *writer, const message_list *comments, const attachment_list *attachments)
{
    poly_json_begin_array(writer, NULL);
    for (size_t i = 0; i < comments->count; i++)
        comment_write(writer, NULL, &comments->items[i], attachments);
    poly_json_end_array(writer);
}

void get_comments(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    poly_arena *arena = poly_request_arena(request);
    bool all = caller_of(request)->who != WHO_STUDENT;
    attachment_list attachments;
    message_list comments;
    poly_json_writer writer;
    campus_application about;
    poly_strbuf body;
    poly_result result;

    if (!application_require(request, &about))
        return;
    result = store_comments(service->pg, arena, about.id, all, &comments);
    if (result == POLY_OK)
        result = store_attachments(service->pg, arena, about.id, all, &attachments);
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "postgresql");
        return;
    }
    poly_strbuf_init(&body, (size_t)64 << 20);
    poly_json_writer_init(&writer, &body);
    write_comments(&writer, &comments, &attachments);
    poly_respond_json(request, 200, &body);
}
