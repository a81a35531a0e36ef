/* SPDX-License-Identifier: MIT */
/* Who does a department's work: its staff list, make and delete them. Each has a user at sso-svc. */
#include "handlers.h"

#include <string.h>

#include "poly/write.h"

#include "caller.h"
#include "fields.h"
#include "listing.h"
#include "problems.h"
#include "service.h"
#include "store.h"

static void write_item(poly_json_writer *writer, const void *items, size_t index)
{
    executor_write(writer, NULL, &((const campus_executor *)items)[index]);
}

/* GET /api/executors/?search=&page=&page_size=: of one's own department. */
void get_executors(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    list_request listing = listing_read(request);
    executor_list list;
    poly_result result;

    if (poly_request_refused(request))
        return;
    result = store_list_executors(service->pg, poly_request_arena(request), caller_of(request)->department_id,
                                  listing.search, listing.window, &list);
    if (result == POLY_OK)
        listing_respond(request, &listing, list.items, list.count, list.total, write_item);
    else
        poly_fail_dependency(request, result, "postgresql");
}

/* --- POST /api/executors/ --- */

struct creation {
    const char *department_id;
    const char *name;
    poly_account account;
};

/* The department may have been deleted since the guard looked. */
static poly_result create_executor(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct creation *creation = context;
    campus_executor made = {.id = creation->account.entity_id,
                            .department_id = creation->department_id,
                            .name = creation->name,
                            .username = creation->account.user.username};
    poly_json_writer writer;
    campus_department department;
    poly_result result = store_lock_department(transaction, write->arena, made.department_id, false, &department);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_department_unknown;
    if (result == POLY_OK)
        result = store_insert_executor(transaction, write->arena, &made);
    if (result != POLY_OK)
        return result;
    write->status = 201;
    poly_json_writer_init(&writer, &write->body);
    executor_write(&writer, NULL, &made);
    return poly_audit_add(&write->audit, transaction, "executor_created", made.id,
                          (const poly_field[]){poly_text_field("name", made.name),
                                               poly_text_field("username", made.username),
                                               poly_text_field("department_id", made.department_id),
                                               {.kind = POLY_FIELD_END}});
}

/* POST /api/executors/ {name, username, password}. What the last two must be like is for sso-svc to say. */
void post_executor(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    const services_caller *caller = caller_of(request);
    struct creation creation = {.department_id = caller->department_id, .account.role = POLY_ROLE_EXECUTOR};
    const poly_json *body;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    creation.name = body_line(request, body, "name", NAME_MAX_CHARACTERS, true);
    creation.account.username = poly_body_text_required(request, body, "username", 128);
    creation.account.password = poly_body_secret_required(request, body, "password", 1024);
    if (poly_request_refused(request))
        return;
    creation.account.full_name = creation.name;
    poly_account_create(service->accounts, request, &(poly_write_options){.scope = caller->actor, .idempotent = true},
                        &creation.account, create_executor, &creation);
}

/* --- DELETE /api/executors/{id} --- */

struct removal {
    const services_caller *caller;
    const char *id;
};

/* Another department's is none of the caller's business. Open applications go back to the department. */
static poly_result remove_executor(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct removal *removal = context;
    const services_caller *caller = removal->caller;
    const history_actor actor = {caller->id, caller->name, caller_role(caller)};
    campus_executor found;
    poly_result result = store_lock_executor(transaction, write->arena, removal->id, &found);

    if (result == POLY_OK && strcmp(found.department_id, caller->department_id) != 0)
        result = POLY_NOT_FOUND;
    if (result == POLY_NOT_FOUND)
        write->problem = &problem_executor_unknown;
    if (result == POLY_OK)
        result = store_delete_executor(transaction, write->arena, found.id);
    if (result == POLY_OK)
        result = poly_account_remove(transaction, write->arena, found.id, found.id);
    if (result == POLY_OK)
        result = store_unassign(transaction, write->arena, &found.id, 1, &actor);
    if (result != POLY_OK)
        return result;
    write->status = 204;
    return poly_audit_add(&write->audit, transaction, "executor_deleted", found.id,
                          (const poly_field[]){poly_text_field("name", found.name), {.kind = POLY_FIELD_END}});
}

/* Also of one whose removal is under way: how far it has come is for its own department. False: it was answered. */
static bool is_of_department(poly_request *request, const struct removal *removal)
{
    const services_service *service = poly_request_context(request);
    const char *department_id;
    poly_result result =
        store_department_of_executor(service->pg, poly_request_arena(request), removal->id, &department_id);

    if (result == POLY_OK && strcmp(department_id, removal->caller->department_id) == 0)
        return true;
    if (result == POLY_OK || result == POLY_NOT_FOUND)
        poly_fail(request, &problem_executor_unknown);
    else
        poly_fail_dependency(request, result, "postgresql");
    return false;
}

void delete_executor(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    struct removal removal = {caller_of(request), path_id(request, &problem_executor_unknown)};

    if (removal.id && is_of_department(request, &removal))
        poly_account_delete(service->accounts, request, &(poly_write_options){.scope = removal.caller->actor},
                            removal.id, remove_executor, &removal);
}
