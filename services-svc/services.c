/* SPDX-License-Identifier: MIT */
/* What departments offer: anyone may read it, the department's staff and administrators make, change and delete it. */
#include "handlers.h"

#include "poly/random.h"
#include "poly/write.h"

#include "caller.h"
#include "fields.h"
#include "form.h"
#include "listing.h"
#include "problems.h"
#include "service.h"
#include "store.h"

#define SERVICE_MAX ((size_t)4 << 20)

static void write_item(poly_json_writer *writer, const void *items, size_t index)
{
    service_write(writer, NULL, &((const campus_service *)items)[index]);
}

/* GET /api/services/?department_id=&search=&page=&page_size=: active ones. */
void get_services(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    const char *department_id = query_id(request, "department_id");
    list_request listing = listing_read(request);
    service_list list;
    poly_result result;

    if (poly_request_refused(request))
        return;
    result = store_list_services(service->pg, poly_request_arena(request), department_id, listing.search,
                                 listing.window, &list);
    if (result == POLY_OK)
        listing_respond(request, &listing, list.items, list.count, list.total, write_item);
    else
        poly_fail_dependency(request, result, "postgresql");
}

/* GET /api/services/{id}: active or not. */
void get_service(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    const char *id = path_id(request, &problem_service_unknown);
    poly_json_writer writer;
    campus_service found;
    poly_strbuf body;
    poly_result result;

    if (!id)
        return;
    result = store_find_service(service->pg, poly_request_arena(request), id, &found);
    if (result == POLY_NOT_FOUND) {
        poly_fail(request, &problem_service_unknown);
        return;
    }
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "postgresql");
        return;
    }
    poly_strbuf_init(&body, SERVICE_MAX);
    poly_json_writer_init(&writer, &body);
    service_write(&writer, NULL, &found);
    poly_respond_json(request, 200, &body);
}

/* --- what a request says of a service --- */

/* Which of them were given; what was not has the default, or stays. */
struct typed_service {
    const char *name;
    const char *description;
    const char *required_fields; /* NULL: not given */
    const poly_json *body;
    bool requires_attachment;
    bool is_active;
    int64_t due_working_days;
};

/* The definition as it is stored; NULL if absent or faulty. */
static const char *read_fields(poly_request *request, const poly_json *body)
{
    poly_arena *arena = poly_request_arena(request);
    form_faults *faults = poly_arena_alloc_zero(arena, 1, sizeof(*faults));
    const char *text = NULL;
    poly_json_writer writer;
    poly_strbuf definition;
    service_form form;

    if (!poly_body_has(body, "required_fields"))
        return NULL;
    faults->arena = arena;
    if (!form_read(poly_json_get(body, "required_fields"), &form, faults)) {
        form_note(request, faults);
        return NULL;
    }
    poly_strbuf_init(&definition, SERVICE_MAX);
    poly_json_writer_init(&writer, &definition);
    form_write(&writer, NULL, &form);
    text = poly_arena_strdup(arena, poly_strbuf_text(&definition));
    poly_strbuf_release(&definition);
    return text;
}

/* False: it has been answered. */
static bool read_service(poly_request *request, const poly_json *body, bool is_new, struct typed_service *typed)
{
    typed->body = body;
    typed->name = body_line(request, body, "name", NAME_MAX_CHARACTERS, is_new || poly_body_has(body, "name"));
    typed->description = body_prose(request, body, "description", DESCRIPTION_MAX_CHARACTERS);
    typed->required_fields = read_fields(request, body);
    typed->requires_attachment = poly_body_bool(request, body, "requires_attachment", false);
    typed->is_active = poly_body_bool(request, body, "is_active", true);
    /* 0 takes the promise back. */
    typed->due_working_days = poly_body_int(request, body, "due_working_days", 0, DUE_DAYS_MAX, 0);
    return !poly_request_refused(request);
}

static void apply(campus_service *service, const struct typed_service *typed)
{
    if (typed->name)
        service->name = typed->name;
    if (typed->description)
        service->description = typed->description;
    if (typed->required_fields)
        service->required_fields = typed->required_fields;
    if (poly_body_has(typed->body, "requires_attachment"))
        service->requires_attachment = typed->requires_attachment;
    if (poly_body_has(typed->body, "is_active"))
        service->is_active = typed->is_active;
    if (poly_body_has(typed->body, "due_working_days"))
        service->due_working_days = typed->due_working_days;
}

static void respond(poly_write *write, const campus_service *service)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, &write->body);
    service_write(&writer, NULL, service);
}

static poly_result audit(poly_pg_transaction *transaction, poly_write *write, const char *event,
                         const campus_service *service)
{
    return poly_audit_add(&write->audit, transaction, event, service->id,
                          (const poly_field[]){poly_text_field("name", service->name),
                                               poly_text_field("department_id", service->department_id),
                                               poly_bool_field("is_active", service->is_active),
                                               {.kind = POLY_FIELD_END}});
}

/* --- POST /api/services/ --- */

static poly_result create_service(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    campus_service *made = context;
    campus_department department;
    poly_result result = store_lock_department(transaction, write->arena, made->department_id, false, &department);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_department_unknown;
    if (result != POLY_OK)
        return result;
    made->department_id = department.id;
    result = store_insert_service(transaction, write->arena, made);
    if (result != POLY_OK)
        return result;
    write->status = 201;
    respond(write, made);
    return audit(transaction, write, "service_created", made);
}

/* The department: staff need not name theirs, and must not name another. NULL: it has been answered. */
static const char *read_department(poly_request *request, const poly_json *body)
{
    const services_caller *caller = caller_of(request);
    const char *typed = body_id(request, body, "department_id");

    if (!typed && caller->who == WHO_ADMIN && !poly_body_has(body, "department_id"))
        poly_request_fault(
            request, "department_id", "required",
            (poly_message){"Поле «department_id» обязательно.", "The field \"department_id\" is required."});
    if (poly_request_refused(request))
        return NULL;
    if (!typed)
        return caller->department_id;
    if (caller_may_touch(caller, typed))
        return typed;
    poly_fail(request, &problem_department_forbidden);
    return NULL;
}

/* POST /api/services/ {department_id?, name, description?, required_fields?, requires_attachment?, is_active?,
 * due_working_days?}. */
void post_service(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    campus_service made = {.description = "", .required_fields = "[]", .is_active = true};
    struct typed_service typed;
    char id[POLY_UUID_SIZE];
    const poly_json *body;

    if (poly_request_json(request, &body) != POLY_OK || !read_service(request, body, true, &typed))
        return;
    made.department_id = read_department(request, body);
    if (!made.department_id)
        return;
    apply(&made, &typed);
    poly_uuid_make(id);
    made.id = id;
    poly_write_respond(
        request, service->pg,
        &(poly_write_options){.scope = caller_of(request)->actor, .idempotent = true, .max_answer = SERVICE_MAX},
        create_service, &made);
}

/* --- PUT and DELETE /api/services/{id} --- */

struct change {
    const services_caller *caller;
    const char *id;
    const struct typed_service *typed; /* NULL: it is deleted */
};

static poly_result lock_service(poly_pg_transaction *transaction, poly_write *write, const struct change *change,
                                campus_service *out)
{
    poly_result result = store_lock_service(transaction, write->arena, change->id, true, out);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_service_unknown;
    if (result != POLY_OK || caller_may_touch(change->caller, out->department_id))
        return result;
    write->problem = &problem_department_forbidden;
    return POLY_CONFLICT;
}

static poly_result change_service(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct change *change = context;
    campus_service changed;
    poly_result result = lock_service(transaction, write, change, &changed);

    if (result != POLY_OK)
        return result;
    apply(&changed, change->typed);
    result = store_change_service(transaction, write->arena, &changed);
    if (result != POLY_OK)
        return result;
    respond(write, &changed);
    return audit(transaction, write, "service_changed", &changed);
}

/* PUT /api/services/{id}: what is left out stays, and so does the department. */
void put_service(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    struct typed_service typed;
    struct change change = {caller_of(request), path_id(request, &problem_service_unknown), &typed};
    const poly_json *body;

    if (change.id && poly_request_json(request, &body) == POLY_OK && read_service(request, body, false, &typed))
        poly_write_respond(request, service->pg,
                           &(poly_write_options){.scope = change.caller->actor, .max_answer = SERVICE_MAX},
                           change_service, &change);
}

static poly_result remove_service(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    campus_service found;
    poly_result result = lock_service(transaction, write, context, &found);

    if (result != POLY_OK)
        return result;
    result = store_delete_service(transaction, write->arena, found.id);
    if (result == POLY_CONFLICT)
        write->problem = &problem_service_in_use;
    if (result != POLY_OK)
        return result;
    write->status = 204;
    return audit(transaction, write, "service_deleted", &found);
}

void delete_service(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    struct change change = {.caller = caller_of(request), .id = path_id(request, &problem_service_unknown)};

    if (change.id)
        poly_write_respond(request, service->pg, &(poly_write_options){.scope = change.caller->actor}, remove_service,
                           &change);
}
