/* SPDX-License-Identifier: MIT */
/* Thousands of teachers in one transaction, as their sync brings them. */
#include "handlers.h"

#include "provision_run.h"

enum { ITEMS_MAX = 5000 };

#define REQUEST_MAX ((size_t)4 << 20)
#define ANSWER_MAX  ((size_t)8 << 20)

static const field_fault password_in_batch = {"password",
                                              "password_in_batch",
                                              {"Пароль в пакете не принимается: задайте его отдельным запросом.",
                                               "A batch takes no passwords: set one by a request of its own."}};

static void read_item(const poly_json *json, poly_arena *arena, provision_item *item)
{
    const field_fault *faults[PROVISION_FAULTS_MAX];

    if (provision_read(json, arena, item, faults) == 0 && poly_body_has(json, "password")) {
        item->outcome = PROVISION_REFUSED;
        item->fault = &password_in_batch;
    }
}

/* False when it has been answered: the list itself is wrong, not one of its items. */
static bool read_items(provision_run *run, const poly_json *body)
{
    poly_arena *arena = poly_request_arena(run->request);
    const poly_json *list = poly_json_get(body, "items");
    size_t at = 0;

    run->count = poly_json_count(list);
    if (poly_json_type_of(list) != POLY_JSON_ARRAY || run->count > ITEMS_MAX)
        poly_request_fault(run->request, "items", "items",
                           (poly_message){"«items» — список, в котором не больше 5000 элементов.",
                                          "\"items\" is a list of at most 5000 items."});
    if (poly_request_refused(run->request))
        return false;
    run->items = poly_arena_alloc_zero(arena, run->count + 1, sizeof(*run->items));
    for (const poly_json *json = poly_json_first(list); json; json = poly_json_next(json))
        read_item(json, arena, &run->items[at++]);
    return true;
}

static void write_item(poly_request *request, poly_json_writer *writer, const provision_item *item)
{
    poly_json_begin_object(writer, NULL);
    if (item->outcome == PROVISION_REFUSED) {
        poly_json_put_text(writer, "status", "failed");
        poly_json_put_text(writer, "code", item->fault ? item->fault->code : item->problem->code);
        poly_json_put_text(writer, "detail",
                           poly_request_say(request, item->fault ? item->fault->message : item->problem->detail));
    } else {
        poly_json_put_text(writer, "status", provision_outcome_name(item->outcome));
        user_write(writer, "user", &item->user);
    }
    poly_json_end_object(writer);
}

static poly_result provision_all(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const provision_run *run = context;
    poly_json_writer writer;
    poly_result result = provision_carry_out(transaction, write, run);

    if (result != POLY_OK)
        return result;
    poly_json_writer_init(&writer, &write->body);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "items");
    for (size_t i = 0; i < run->count; i++)
        write_item(run->request, &writer, &run->items[i]);
    poly_json_end_array(&writer);
    poly_json_end_object(&writer);
    return POLY_OK;
}

/* POST /api/provision/traffic/teachers:batch {items}: an answer for each, in order. */
void post_provision_teachers(poly_request *request)
{
    provision_run run = {
        .request = request,
        .service = poly_request_context(request),
        .caller = caller_of(request),
        .app = POLY_APP_TRAFFIC,
        .role = POLY_ROLE_TEACHER,
    };
    const poly_json *body;

    if (poly_request_json_up_to(request, REQUEST_MAX, &body) != POLY_OK || !read_items(&run, body))
        return;
    if (poly_write_respond(
            request, run.service->pg,
            &(poly_write_options){.scope = run.caller->actor, .idempotent = true, .max_answer = ANSWER_MAX},
            provision_all, &run))
        provision_count(&run);
}
