/* SPDX-License-Identifier: MIT */
/* The entity goes first, with a message for each user; the answer waits for the messages. */
#include "account/accounts.h"

#include <string.h>

static const poly_problem problem_removal_pending = {
    503,
    "removal_pending",
    {"Удаление не завершено", "Removal not finished"},
    {"Запись удалена, вход по ней закрывается: служба учётных записей не ответила. Удаление завершится само; "
     "повторите запрос, чтобы узнать итог.",
     "It is removed here, but the identity service did not answer. Its login will be removed as soon as it does; "
     "repeat the request to learn the outcome."},
    5,
};

poly_result poly_account_remove(poly_pg_transaction *transaction, poly_arena *arena, const char *root,
                                const char *entity_id)
{
    const char *payload = poly_arena_printf(arena, "{\"entity\":\"%s\"}", entity_id); /* a UUID */
    int64_t id;

    return poly_outbox_add(transaction, ACCOUNT_REMOVE, root, payload, arena, &id);
}

struct deletion {
    poly_accounts *accounts;
    const char *entity_id;
    poly_write_body *body;
    void *context;
};

/* POLY_NOT_FOUND: nothing waits. */
static poly_result deliver_now(poly_request *request, const struct deletion *deletion)
{
    return poly_outbox_flush(deletion->accounts->outbox, deletion->entity_id, poly_request_arena(request));
}

static poly_result delete_entity(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct deletion *deletion = context;

    return deletion->body(transaction, write, deletion->context);
}

/* Nothing waiting: it had no user, or others were faster. */
static bool users_are_gone(poly_request *request, void *context)
{
    poly_result result = deliver_now(request, context);

    if (result == POLY_OK || result == POLY_NOT_FOUND)
        return true;
    poly_fail(request, &problem_removal_pending);
    return false;
}

bool poly_account_delete(poly_accounts *accounts, poly_request *request, const poly_write_options *options,
                         const char *entity_id, poly_write_body *body, void *context)
{
    struct deletion deletion = {.accounts = accounts, .entity_id = entity_id, .body = body, .context = context};
    poly_write_options own = *options;
    poly_result result = deliver_now(request, &deletion);

    if (result == POLY_NOT_FOUND) {
        own.then = users_are_gone;
        return poly_write_respond(request, accounts->options.pg, &own, delete_entity, &deletion);
    }
    if (result == POLY_OK)
        poly_respond_empty(request, 204);
    else
        poly_fail(request, &problem_removal_pending);
    return false;
}
