/* SPDX-License-Identifier: MIT */
/* Who works on an application, and how far it is. */
#include "handlers.h"

#include <string.h>

#include "poly/random.h"

#include "application_access.h"
#include "application_events.h"
#include "fields.h"
#include "problems.h"
#include "service.h"

struct change {
    poly_request *request;
    const services_caller *caller;
    const char *id;
    const char *executor_id; /* NULL: nobody */
    application_state state;
};

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void say_ok(poly_write *write)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, &write->body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_bool(&writer, "ok", true);
    poly_json_end_object(&writer);
}

/* --- PATCH /api/applications/{id}/assign {executor_id|null} --- */

/* The executor first, as whoever deletes one does. NULL for nobody. */
static poly_result lock_executor(poly_pg_transaction *transaction, poly_write *write, const struct change *change,
                                 campus_executor *out)
{
    poly_result result;

    if (!change->executor_id)
        return POLY_OK;
    result = store_lock_executor(transaction, write->arena, change->executor_id, out);
    if (result == POLY_OK && !caller_may_touch(change->caller, out->department_id))
        result = POLY_NOT_FOUND;
    if (result == POLY_NOT_FOUND)
        write->problem = &problem_executor_unknown;
    return result;
}

static poly_result assign(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct change *change = context;
    const history_actor actor = application_actor(change->caller);
    campus_executor executor;
    campus_application changed;
    poly_result result = lock_executor(transaction, write, change, &executor);

    if (result == POLY_OK)
        result = application_lock(transaction, write, change->id, change->caller, &changed);
    if (result != POLY_OK)
        return result;
    say_ok(write);
    if (is_same(changed.executor_id, change->executor_id))
        return POLY_OK;
    if (application_state_is_over(changed.state)) {
        write->problem = &problem_application_over;
        return POLY_CONFLICT;
    }
    result = store_assign(transaction, write->arena, &changed, change->executor_id ? &executor : NULL, &actor);
    if (result == POLY_OK)
        result = event_assigned(transaction, write, &changed);
    if (result != POLY_OK)
        return result;
    return poly_audit_add(
        &write->audit, transaction, "application_assigned", changed.id,
        (const poly_field[]){poly_text_field("executor_id", changed.executor_id), {.kind = POLY_FIELD_END}});
}

static void read_executor(poly_request *request, const poly_json *body, struct change *change)
{
    static const poly_message missing = {"Поле «executor_id» обязательно: идентификатор исполнителя или null.",
                                         "The field \"executor_id\" is required: an executor's id, or null."};

    change->executor_id = body_id(request, body, "executor_id");
    if (poly_json_type_of(poly_json_get(body, "executor_id")) == POLY_JSON_ABSENT)
        poly_request_fault(request, "executor_id", "required", missing);
}

void patch_application_assign(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    struct change change = {
        .request = request, .caller = caller_of(request), .id = path_id(request, &problem_application_unknown)};
    const poly_json *body;

    if (!change.id || poly_request_json(request, &body) != POLY_OK)
        return;
    read_executor(request, body, &change);
    if (poly_request_refused(request))
        return;
    poly_write_respond(request, service->pg, &(poly_write_options){.scope = change.caller->actor}, assign, &change);
}

/* --- PATCH /api/applications/{id}/status {status} --- */

static poly_result set_status(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct change *change = context;
    const history_actor actor = application_actor(change->caller);
    application_state old_state;
    campus_application changed;
    poly_json_writer writer;
    poly_result result = application_lock(transaction, write, change->id, change->caller, &changed);

    if (result != POLY_OK)
        return result;
    old_state = changed.state;
    result = application_check_step(change->request, write, old_state, change->state, true);
    if (result == POLY_OK)
        result = store_set_state(transaction, write->arena, &changed, change->state, &actor);
    if (result == POLY_OK)
        result = event_state_changed(transaction, write, &changed, old_state, &actor);
    if (result != POLY_OK)
        return result;
    poly_json_writer_init(&writer, &write->body);
    application_write(&writer, NULL, &changed);
    return poly_audit_add(&write->audit, transaction, "application_status_changed", changed.id,
                          (const poly_field[]){poly_text_field("from", application_state_names[old_state]),
                                               poly_text_field("to", application_state_names[changed.state]),
                                               {.kind = POLY_FIELD_END}});
}

void patch_application_status(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    struct change change = {
        .request = request, .caller = caller_of(request), .id = path_id(request, &problem_application_unknown)};
    const poly_json *body;
    int state;

    if (!change.id || poly_request_json(request, &body) != POLY_OK)
        return;
    state = poly_body_choice_required(request, body, "status", application_state_names);
    if (poly_request_refused(request))
        return;
    change.state = (application_state)state;
    poly_write_respond(request, service->pg,
                       &(poly_write_options){.scope = change.caller->actor, .max_answer = (size_t)4 << 20}, set_status,
                       &change);
}
