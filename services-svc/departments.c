/* SPDX-License-Identifier: MIT */
/* Departments: anyone may read them, administrators make, change and delete them. */
#include "handlers.h"

#include <string.h>

#include "poly/random.h"
#include "poly/write.h"

#include "caller.h"
#include "fields.h"
#include "listing.h"
#include "problems.h"
#include "service.h"
#include "store.h"

#define ONE_MAX ((size_t)16 << 20)

static void write_item(poly_json_writer *writer, const void *items, size_t index)
{
    department_write(writer, NULL, &((const campus_department *)items)[index]);
}

/* GET /api/departments/?search=&page=&page_size=. */
void get_departments(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    list_request listing = listing_read(request);
    department_list list;
    poly_result result;

    if (poly_request_refused(request))
        return;
    result = store_list_departments(service->pg, poly_request_arena(request), listing.search, listing.window, &list);
    if (result == POLY_OK)
        listing_respond(request, &listing, list.items, list.count, list.total, write_item);
    else
        poly_fail_dependency(request, result, "postgresql");
}

/* GET /api/departments/{id}: with its services, also those that are not active. */
void get_department(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    const char *id = path_id(request, &problem_department_unknown);
    poly_arena *arena = poly_request_arena(request);
    service_list services = {0};
    poly_json_writer writer;
    campus_department department;
    poly_strbuf body;
    poly_result result;

    if (!id)
        return;
    result = store_find_department(service->pg, arena, id, &department);
    if (result == POLY_NOT_FOUND) {
        poly_fail(request, &problem_department_unknown);
        return;
    }
    if (result == POLY_OK)
        result = store_services_of_department(service->pg, arena, department.id, &services);
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "postgresql");
        return;
    }
    poly_strbuf_init(&body, ONE_MAX);
    poly_json_writer_init(&writer, &body);
    department_write_whole(&writer, &department, services.items, services.count);
    poly_respond_json(request, 200, &body);
}

static void write_department(poly_write *write, const campus_department *department)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, &write->body);
    department_write(&writer, NULL, department);
}

/* --- POST /api/departments/ --- */

struct creation {
    campus_department department;
    poly_account account;
};

static poly_result create_department(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    struct creation *creation = context;
    campus_department *made = &creation->department;
    poly_result result;

    if (made->has_account)
        made->id = creation->account.entity_id;
    result = store_insert_department(transaction, write->arena, made);
    if (result != POLY_OK)
        return result;
    write->status = 201;
    write_department(write, made);
    return poly_audit_add(&write->audit, transaction, "department_created", made->id,
                          (const poly_field[]){poly_text_field("name", made->name),
                                               poly_bool_field("has_account", made->has_account),
                                               {.kind = POLY_FIELD_END}});
}

static void fault_half(poly_request *request, const char *name)
{
    poly_request_fault(request, name, "required",
                       (poly_message){"Для учётной записи подразделения нужны и «username», и «password».",
                                      "A department's account takes both \"username\" and \"password\"."});
}

/* A form that was left empty sends empty texts. */
static bool is_left_out(const poly_json *body, const char *name)
{
    const poly_json *value = poly_json_get(body, name);
    const char *text = poly_json_text(value, NULL);

    return text ? text[strspn(text, " ")] == '\0' : !poly_body_has(body, name);
}

/* Both, or neither. What they must be like is for sso-svc to say. */
static void read_account(poly_request *request, const poly_json *body, struct creation *creation)
{
    bool named = !is_left_out(body, "username");
    bool secured = !is_left_out(body, "password");

    creation->account.role = POLY_ROLE_STAFF;
    if (named)
        creation->account.username = poly_body_text(request, body, "username", 128);
    else if (secured)
        fault_half(request, "username");
    if (secured)
        creation->account.password = poly_body_secret_required(request, body, "password", 1024);
    else if (named)
        fault_half(request, "password");
    creation->department.has_account = named && secured;
}

/* POST /api/departments/ {name, description?, username?, password?}: with the last two its staff user, too. */
void post_department(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    const poly_write_options options = {.scope = caller_of(request)->actor, .idempotent = true};
    struct creation creation = {0};
    char id[POLY_UUID_SIZE];
    const poly_json *body;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    creation.department.name = body_line(request, body, "name", NAME_MAX_CHARACTERS, true);
    creation.department.description = body_prose(request, body, "description", DESCRIPTION_MAX_CHARACTERS);
    read_account(request, body, &creation);
    if (poly_request_refused(request))
        return;
    if (!creation.department.description)
        creation.department.description = "";
    creation.account.full_name = creation.department.name;
    if (creation.department.has_account) {
        poly_account_create(service->accounts, request, &options, &creation.account, create_department, &creation);
        return;
    }
    poly_uuid_make(id);
    creation.department.id = id;
    poly_write_respond(request, service->pg, &options, create_department, &creation);
}

/* --- PUT /api/departments/{id} --- */

struct change {
    const char *id;
    const char *name;
    const char *description;
};

static poly_result change_department(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct change *change = context;
    campus_department changed;
    poly_result result =
        store_change_department(transaction, write->arena, change->id, change->name, change->description, &changed);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_department_unknown;
    if (result != POLY_OK)
        return result;
    write_department(write, &changed);
    return poly_audit_add(&write->audit, transaction, "department_changed", changed.id,
                          (const poly_field[]){poly_bool_field("name", change->name != NULL),
                                               poly_bool_field("description", change->description != NULL),
                                               {.kind = POLY_FIELD_END}});
}

/* PUT /api/departments/{id} {name?, description?}: what is left out stays. */
void put_department(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    struct change change = {.id = path_id(request, &problem_department_unknown)};
    const poly_json *body;

    if (!change.id || poly_request_json(request, &body) != POLY_OK)
        return;
    change.name = body_line(request, body, "name", NAME_MAX_CHARACTERS, poly_body_has(body, "name"));
    change.description = body_prose(request, body, "description", DESCRIPTION_MAX_CHARACTERS);
    if (poly_request_refused(request))
        return;
    poly_write_respond(request, service->pg, &(poly_write_options){.scope = caller_of(request)->actor},
                       change_department, &change);
}

/* --- DELETE /api/departments/{id} --- */

struct removal {
    const services_caller *caller;
    const char *id;
};

/* Its user and its executors' go, too. One that never had an account has none to remove, which does no harm. */
static poly_result remove_accounts(poly_pg_transaction *transaction, poly_arena *arena, const char *department_id,
                                   const char *const *executors, size_t count)
{
    poly_result result = poly_account_remove(transaction, arena, department_id, department_id);

    for (size_t i = 0; result == POLY_OK && i < count; i++)
        result = poly_account_remove(transaction, arena, department_id, executors[i]);
    return result;
}

/* Its services are inactive from then on, its executors gone. Applications stay for their students. */
static poly_result remove_department(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct removal *removal = context;
    const services_caller *caller = removal->caller;
    const history_actor actor = {caller->id, caller->name, caller_role(caller)};
    const char *const *executors = NULL;
    size_t count = 0;
    campus_department found;
    poly_result result = store_lock_department(transaction, write->arena, removal->id, true, &found);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_department_unknown;
    if (result == POLY_OK)
        result = store_delete_department(transaction, write->arena, found.id, &executors, &count);
    if (result == POLY_OK)
        result = remove_accounts(transaction, write->arena, found.id, executors, count);
    if (result == POLY_OK)
        result = store_unassign(transaction, write->arena, executors, count, &actor);
    if (result != POLY_OK)
        return result;
    write->status = 204;
    return poly_audit_add(&write->audit, transaction, "department_deleted", found.id,
                          (const poly_field[]){poly_text_field("name", found.name),
                                               poly_int_field("executors", (int64_t)count),
                                               {.kind = POLY_FIELD_END}});
}

void delete_department(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    struct removal removal = {caller_of(request), path_id(request, &problem_department_unknown)};

    if (removal.id)
        poly_account_delete(service->accounts, request, &(poly_write_options){.scope = removal.caller->actor},
                            removal.id, remove_department, &removal);
}
