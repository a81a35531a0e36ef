/* SPDX-License-Identifier: MIT */
/* One user for one entity. */
#include "handlers.h"

#include "problems.h"
#include "provision_run.h"
#include "store.h"

/* --- the password: hashed before the transaction, and only when it is a new one --- */

static poly_result hash_if_new(const provision_run *run)
{
    poly_arena *arena = poly_request_arena(run->request);
    provision_item *item = run->items;
    user_credentials known = {0};
    const char *fresh;
    bool same = false;
    poly_result result =
        store_user_by_entity(run->service->pg, arena, run->app, item->entity_id, item->ruz_teacher_id, &known);

    if (result == POLY_OK && known.password_hash) {
        result = password_hasher_check(run->service->hasher, item->password, known.password_hash, arena, &same, &fresh);
        if (result != POLY_OK || same)
            return result;
    }
    if (result != POLY_OK && result != POLY_NOT_FOUND)
        return result;
    return password_hasher_hash(run->service->hasher, item->password, arena, &item->password_hash);
}

/* False when the failure has been answered. */
static bool prepare_password(const provision_run *run, poly_write_options *options)
{
    poly_result result = POLY_OK;

    if (run->items->password)
        result = hash_if_new(run);
    if (run->items->password && result == POLY_OK)
        result = password_hasher_digest(run->service->hasher, run->request, &options->body_digest);
    if (result == POLY_OVERLOADED)
        poly_fail(run->request, &problem_hashing_overloaded);
    else if (result != POLY_OK)
        poly_fail_dependency(run->request, result, "postgresql");
    return result == POLY_OK;
}

static bool read_item(const provision_run *run, const poly_json *body)
{
    const field_fault *faults[PROVISION_FAULTS_MAX];
    provision_item *item = run->items;
    size_t count;

    if (!rule_object(run->request, body))
        return false;
    count = provision_read(body, poly_request_arena(run->request), item, faults);
    for (size_t i = 0; i < count; i++)
        rule_note(run->request, faults[i]);
    rule_note(run->request,
              rule_password(poly_json_get(body, "password"), run->service->breached, item->username, &item->password));
    return !poly_request_refused(run->request);
}

static void refuse(const provision_run *run, poly_write *write)
{
    const provision_item *item = run->items;

    write->problem = item->problem;
    if (item->fault) {
        rule_note(run->request, item->fault);
        write->problem = &poly_problem_invalid;
        write->detail = poly_request_say(run->request, item->fault->message);
    }
}

static poly_result provision_one(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const provision_run *run = context;
    const provision_item *item = run->items;
    poly_json_writer writer;
    poly_result result = provision_carry_out(transaction, write, run);

    if (result != POLY_OK)
        return result;
    if (item->outcome == PROVISION_REFUSED) {
        refuse(run, write);
        return POLY_REJECTED;
    }
    write->status = item->outcome == PROVISION_CREATED ? 201 : 200;
    poly_json_writer_init(&writer, &write->body);
    user_write(&writer, NULL, &item->user);
    return POLY_OK;
}

static void provision(poly_request *request, poly_app app, poly_role role)
{
    provision_item item = {0};
    provision_run run = {
        .request = request,
        .service = poly_request_context(request),
        .caller = caller_of(request),
        .app = app,
        .role = role,
        .items = &item,
        .count = 1,
    };
    poly_write_options options = {.scope = run.caller->actor, .idempotent = true};
    const poly_json *body;

    if (poly_request_json(request, &body) != POLY_OK || !read_item(&run, body) || !prepare_password(&run, &options))
        return;
    if (poly_write_respond(request, run.service->pg, &options, provision_one, &run) ||
        item.outcome == PROVISION_REFUSED)
        provision_count(&run);
}

/* POST /api/provision/services/staff: the user of a department. */
void post_provision_staff(poly_request *request)
{
    provision(request, POLY_APP_SERVICES, POLY_ROLE_STAFF);
}

/* POST /api/provision/services/executor. */
void post_provision_executor(poly_request *request)
{
    provision(request, POLY_APP_SERVICES, POLY_ROLE_EXECUTOR);
}

/* POST /api/provision/traffic/teacher. */
void post_provision_teacher(poly_request *request)
{
    provision(request, POLY_APP_TRAFFIC, POLY_ROLE_TEACHER);
}
