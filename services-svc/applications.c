/* SPDX-License-Identifier: MIT */
/* Applications: a student makes one; lists and single ones for whoever has to do with them. */
#include "handlers.h"

#include <string.h>

#include "poly/random.h"
#include "poly/write.h"

#include "application_access.h"
#include "due_date.h"
#include "form.h"
#include "listing.h"
#include "problems.h"
#include "service.h"

#define APPLICATION_MAX ((size_t)4 << 20)
#define DETAIL_MAX      ((size_t)64 << 20)

#define JUDGED_ON_LOOP_MAX ((size_t)24 << 10)

/* --- GET /api/applications/?status=&search=&page=&page_size= --- */

static void write_item(poly_json_writer *writer, const void *items, size_t index)
{
    application_write(writer, NULL, &((const campus_application *)items)[index]);
}

void get_applications(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    list_request listing = listing_read(request);
    int state = poly_query_choice(request, "status", application_state_names);
    application_filter filter = {caller_of(request), state < 0 ? STATE_COUNT : (application_state)state,
                                 listing.search};
    application_list list;
    poly_result result;

    if (poly_request_refused(request))
        return;
    result = store_list_applications(service->pg, poly_request_arena(request), &filter, listing.window, &list);
    if (result == POLY_OK)
        listing_respond(request, &listing, list.items, list.count, list.total, write_item);
    else
        poly_fail_dependency(request, result, "postgresql");
}

/* --- GET /api/applications/{id} --- */

struct whole {
    campus_application application;
    message_list responses;
    attachment_list attachments;
    history_list history;
};

static poly_result read_whole(poly_request *request, struct whole *whole)
{
    const services_service *service = poly_request_context(request);
    poly_arena *arena = poly_request_arena(request);
    const char *id = whole->application.id;
    bool all = caller_of(request)->who != WHO_STUDENT;
    poly_result result = store_responses(service->pg, arena, id, &whole->responses);

    if (result == POLY_OK)
        result = store_attachments(service->pg, arena, id, all, &whole->attachments);
    if (result == POLY_OK)
        result = store_history(service->pg, arena, id, &whole->history);
    return result;
}

static void write_whole(poly_json_writer *writer, const struct whole *whole)
{
    poly_json_begin_object(writer, NULL);
    application_write_members(writer, &whole->application);
    attachments_write_own(writer, "attachments", &whole->attachments);
    poly_json_begin_array(writer, "responses");
    for (size_t i = 0; i < whole->responses.count; i++)
        response_write(writer, NULL, &whole->responses.items[i], &whole->attachments);
    poly_json_end_array(writer);
    history_write(writer, "history", &whole->history);
    poly_json_end_object(writer);
}

void get_application(poly_request *request)
{
    struct whole whole = {.responses.count = 0};
    poly_json_writer writer;
    poly_strbuf body;
    poly_result result;

    if (!application_require(request, &whole.application))
        return;
    result = read_whole(request, &whole);
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "postgresql");
        return;
    }
    poly_strbuf_init(&body, DETAIL_MAX);
    poly_json_writer_init(&writer, &body);
    write_whole(&writer, &whole);
    poly_respond_json(request, 200, &body);
}

/* --- POST /api/applications/: service_id, form_data, files* --- */

struct creation {
    poly_request *request;
    const services_caller *caller;
    const services_service *service;
    upload_form form;
    campus_service asked; /* as it was when the form was checked */
    const char *form_data;
    char id[POLY_UUID_SIZE];
    bool done; /* all of it but the commit */
};

static const poly_message bad_json = {"«form_data» — не JSON.", "\"form_data\" is no JSON."};
static const poly_message bad_id = {"«service_id» — идентификатор вида UUID.", "\"service_id\" is a UUID."};

/* The service that is asked for; false: it has been answered. */
static bool find_service(poly_request *request, struct creation *creation)
{
    const char *id = upload_form_prose(&creation->form, "service_id", 64, true);
    poly_result result;

    if (id && !poly_uuid_is_valid(id))
        poly_request_fault(request, "service_id", "uuid", bad_id);
    if (poly_request_refused(request))
        return false;
    result = store_find_service(creation->service->pg, poly_request_arena(request), id, &creation->asked);
    if (result == POLY_NOT_FOUND)
        poly_fail(request, &problem_service_unknown);
    else if (result != POLY_OK)
        poly_fail_dependency(request, result, "postgresql");
    else if (!creation->asked.is_active)
        poly_fail(request, &problem_service_inactive);
    else
        return true;
    return false;
}

/* What was filled in, held against the service's form. */
struct judging {
    const char *text;
    const service_form *form;
    form_faults *faults;
    bool is_json;
    const char *normal; /* NULL: it is faulty */
};

static const char *normal_form_data(poly_arena *arena, const service_form *form, const poly_json *data)
{
    poly_json_writer writer;
    poly_strbuf text;
    const char *copy;

    poly_strbuf_init(&text, APPLICATION_MAX);
    poly_json_writer_init(&writer, &text);
    form_write_data(&writer, NULL, form, data);
    copy = poly_arena_strdup(arena, poly_strbuf_text(&text));
    poly_strbuf_release(&text);
    return copy;
}

static void judge(void *argument)
{
    struct judging *judging = argument;
    poly_json *data = NULL;

    judging->is_json = poly_json_parse(judging->text, strlen(judging->text), NULL, &data, NULL) == POLY_OK;
    if (judging->is_json && form_check(judging->form, data, judging->faults))
        judging->normal = normal_form_data(judging->faults->arena, judging->form, data);
    poly_json_destroy(&data);
}

/* A large one would hold up the loop. False: it has been answered. */
static bool judge_somewhere(poly_request *request, struct judging *judging)
{
    poly_result result = POLY_OK;

    if (strlen(judging->text) > JUDGED_ON_LOOP_MAX)
        result = poly_offload(judge, judging);
    else
        judge(judging);
    if (result != POLY_OK)
        poly_fail_dependency(request, result, "off-loop work");
    return result == POLY_OK;
}

/* False: it has been answered. */
static bool check_form(poly_request *request, struct creation *creation)
{
    const char *text = upload_form_text(&creation->form, "form_data");
    poly_arena *arena = poly_request_arena(request);
    form_faults *faults = poly_arena_alloc_zero(arena, 1, sizeof(*faults));
    service_form form;
    struct judging judging = {.text = text, .form = &form, .faults = faults};

    faults->arena = arena;
    if (!text || text[strspn(text, " \t\r\n")] == '\0')
        judging.text = "{}";
    if (!form_read_stored(creation->asked.required_fields, arena, &form)) {
        poly_fail_dependency(request, POLY_BAD_ANSWER, "postgresql");
        return false;
    }
    if (!judge_somewhere(request, &judging))
        return false;
    if (!judging.is_json)
        poly_request_fault(request, "form_data", "json", bad_json);
    form_note(request, faults);
    creation->form_data = judging.normal;
    return !poly_request_refused(request);
}

static bool check(poly_request *request, struct creation *creation)
{
    if (!find_service(request, creation) || !check_form(request, creation))
        return false;
    if (!creation->asked.requires_attachment || creation->form.file_count > 0)
        return true;
    poly_fail(request, &problem_attachment_required);
    return false;
}

/* Whether it is still what the form was checked against. */
static poly_result hold_service(poly_pg_transaction *transaction, poly_write *write, const struct creation *creation,
                                campus_service *held)
{
    poly_result result = store_lock_service(transaction, write->arena, creation->asked.id, false, held);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_service_unknown;
    if (result != POLY_OK)
        return result;
    if (!held->is_active)
        write->problem = &problem_service_inactive;
    else if (strcmp(held->required_fields, creation->asked.required_fields) != 0 ||
             (held->requires_attachment && creation->form.file_count == 0))
        write->problem = &problem_service_changed;
    return write->problem ? POLY_CONFLICT : POLY_OK;
}

/* Behind the insert, this one included. */
static poly_result check_open(poly_pg_transaction *transaction, poly_write *write, const struct creation *creation)
{
    long long most = creation->service->config->open_applications_per_student;
    int64_t open;
    poly_result result = store_count_open(transaction, write->arena, creation->caller->id, &open);

    if (result != POLY_OK || open <= most)
        return result;
    write->problem = &problem_too_many_open;
    write->detail = poly_request_say(
        creation->request,
        (poly_message){
            poly_arena_printf(write->arena, "Открытых заявок может быть не больше %lld. Дождитесь ответа на них.",
                              most),
            poly_arena_printf(write->arena, "There may be at most %lld open applications. Wait for an answer.", most),
        });
    return POLY_CONFLICT;
}

static int64_t due_at(const struct creation *creation, const campus_service *held)
{
    if (held->due_working_days == 0)
        return 0;
    return due_date_of(poly_time_unix(), (unsigned)held->due_working_days, creation->service->holidays);
}

static void respond(poly_write *write, const campus_application *made, const attachment_list *attachments)
{
    poly_json_writer writer;

    write->status = 201;
    poly_json_writer_init(&writer, &write->body);
    poly_json_begin_object(&writer, NULL);
    application_write_members(&writer, made);
    attachments_write_own(&writer, "attachments", attachments);
    poly_json_end_object(&writer);
}

static poly_result create_application(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    struct creation *creation = context;
    const services_caller *caller = creation->caller;
    const history_actor actor = application_actor(caller);
    campus_attachment attachments[UPLOAD_FILES_MAX];
    campus_service held;
    campus_application made;
    poly_result result;

    creation->done = false;
    result = hold_service(transaction, write, creation, &held);
    if (result != POLY_OK)
        return result;
    made = (campus_application){
        .id = creation->id,
        .service_id = held.id,
        .service_name = held.name,
        .department_id = held.department_id,
        .student_id = caller->id,
        .student_name = caller->name,
        .student_email = caller->email,
        .form_data = creation->form_data,
    };
    result = store_insert_application(transaction, write->arena, &made, due_at(creation, &held));
    if (result == POLY_OK)
        result = check_open(transaction, write, creation);
    if (result == POLY_OK)
        result = application_attach(transaction, write, made.id, &creation->form,
                                    &(campus_attachment){.internal = false}, attachments);
    if (result == POLY_OK)
        result = store_add_history(transaction, write->arena, made.id, &actor, "created", NULL,
                                   application_state_names[made.state]);
    if (result != POLY_OK)
        return result;
    respond(write, &made, &(attachment_list){attachments, creation->form.file_count});
    result = poly_audit_add(&write->audit, transaction, "application_created", made.id,
                            (const poly_field[]){poly_text_field("service_id", made.service_id),
                                                 poly_int_field("files", (int64_t)creation->form.file_count),
                                                 {.kind = POLY_FIELD_END}});
    creation->done = result == POLY_OK;
    return result;
}

void post_application(poly_request *request)
{
    static const char *const fields[] = {"service_id", "form_data", NULL};
    const services_caller *caller = caller_of(request);
    struct creation *creation = poly_arena_alloc_zero(poly_request_arena(request), 1, sizeof(*creation));

    creation->request = request;
    creation->caller = caller;
    creation->service = poly_request_context(request);
    if (!upload_form_read(request, fields, &creation->form))
        return;
    poly_uuid_make(creation->id);
    if (!check(request, creation)) {
        upload_form_drop(&creation->form);
        return;
    }
    if (!upload_form_keep(&creation->form))
        return;
    if (!poly_write_respond(request, creation->service->pg,
                            &(poly_write_options){.scope = caller->actor,
                                                  .idempotent = true,
                                                  .max_answer = APPLICATION_MAX,
                                                  .body_digest = creation->form.digest},
                            create_application, creation) &&
        !creation->done)
        upload_form_drop(&creation->form);
}
