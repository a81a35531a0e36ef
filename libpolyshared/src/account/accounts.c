/* SPDX-License-Identifier: MIT */
/* The outbox's messages about users: each asks for a state, so each may come twice. */
#include "account/accounts.h"

#include <stdlib.h>
#include <string.h>

#include "poly/log.h"

#define DEFAULT_RECONCILE_SECONDS 600
#define RUZ_ID_MAX                INT32_MAX

poly_result account_is_alive(const poly_accounts *accounts, const char *entity_id, poly_arena *arena, bool *alive)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(accounts->options.pg, accounts->options.alive,
                                       POLY_PG_VALUES(poly_pg_uuid(entity_id)), arena, &rows);

    *alive = result == POLY_OK && rows.count > 0;
    return result;
}

poly_result account_provision(const poly_accounts *accounts, poly_sso_call *call, poly_role role,
                              const poly_sso_provision *provision, poly_sso_user *user)
{
    poly_sso_client *sso = accounts->options.sso;

    switch (role) {
    case POLY_ROLE_STAFF:
        return poly_sso_provision_staff(sso, call, provision, user);
    case POLY_ROLE_EXECUTOR:
        return poly_sso_provision_executor(sso, call, provision, user);
    case POLY_ROLE_TEACHER:
        return poly_sso_provision_teacher(sso, call, provision, user);
    default:
        return POLY_INVALID;
    }
}

/* --- delivering --- */

struct delivery {
    poly_accounts *accounts;
    poly_arena *arena;
    const poly_outbox_message *message;
    const poly_json *payload;
};

static poly_result remove_user(const struct delivery *delivery, const char *entity_id)
{
    const poly_accounts_options *options = &delivery->accounts->options;
    poly_sso_call call = {.arena = delivery->arena};

    return poly_sso_delete_by_entity(options->sso, &call, options->app, entity_id);
}

static poly_result undo(const struct delivery *delivery)
{
    bool alive;
    poly_result result = account_is_alive(delivery->accounts, delivery->message->key, delivery->arena, &alive);

    if (result != POLY_OK || alive)
        return result;
    return remove_user(delivery, delivery->message->key);
}

static poly_result remove_of_payload(const struct delivery *delivery)
{
    const char *entity_id = poly_json_text(poly_json_get(delivery->payload, "entity"), NULL);

    return entity_id ? remove_user(delivery, entity_id) : POLY_INVALID;
}

static poly_result provision(const struct delivery *delivery)
{
    poly_sso_call call = {.arena = delivery->arena};
    poly_sso_provision wanted = {
        .entity_id = poly_json_text(poly_json_get(delivery->payload, "entity"), NULL),
        .full_name = poly_json_text(poly_json_get(delivery->payload, "full_name"), NULL),
    };
    poly_role role;

    if (!wanted.entity_id || !wanted.full_name ||
        !poly_role_parse(poly_json_text(poly_json_get(delivery->payload, "role"), NULL), &role))
        return POLY_INVALID;
    if (!poly_json_int(poly_json_get(delivery->payload, "ruz_teacher_id"), 1, RUZ_ID_MAX, &wanted.ruz_teacher_id))
        wanted.ruz_teacher_id = 0;
    return account_provision(delivery->accounts, &call, role, &wanted, NULL);
}

/* The entity may be deleted while its user is made, and that user's removal may have come first: so it is looked for
 * again afterwards, and an earlier delivery that ended in between is made up for. */
static poly_result provision_if_alive(const struct delivery *delivery)
{
    const char *entity_id = poly_json_text(poly_json_get(delivery->payload, "entity"), NULL);
    bool alive = false;
    poly_result result;

    if (!entity_id)
        return POLY_INVALID;
    result = account_is_alive(delivery->accounts, entity_id, delivery->arena, &alive);
    if (result == POLY_OK && alive)
        result = provision(delivery);
    if (result == POLY_OK && alive)
        result = account_is_alive(delivery->accounts, entity_id, delivery->arena, &alive);
    if (result == POLY_OK && !alive)
        result = remove_user(delivery, entity_id);
    return result;
}

static const struct topic {
    const char *name;
    poly_result (*deliver)(const struct delivery *delivery);
} topics[] = {
    {ACCOUNT_UNDO, undo},
    {ACCOUNT_REMOVE, remove_of_payload},
    {ACCOUNT_PROVISION, provision_if_alive},
};

static poly_result deliver_own(const struct topic *topic, struct delivery *delivery)
{
    const poly_outbox_message *message = delivery->message;
    poly_json *payload;
    poly_result result = poly_json_parse(message->payload, strlen(message->payload), NULL, &payload, NULL);

    if (result != POLY_OK)
        return POLY_INVALID;
    delivery->payload = payload;
    result = topic->deliver(delivery);
    poly_json_destroy(&payload);
    if (result == POLY_OK && message->attempt > 1)
        atomic_store(&delivery->accounts->sso_came_back, true);
    return result;
}

static poly_result deliver(const poly_outbox_message *message, poly_arena *arena, void *context)
{
    struct delivery delivery = {.accounts = context, .arena = arena, .message = message};
    const poly_accounts_options *options = &delivery.accounts->options;

    for (size_t i = 0; i < POLY_LENGTH(topics); i++)
        if (strcmp(topics[i].name, message->topic) == 0)
            return deliver_own(&topics[i], &delivery);
    return options->others ? options->others(message, arena, options->context) : POLY_INVALID;
}

/* --- begin and end --- */

poly_accounts *poly_accounts_start(poly_loop *loop, const poly_accounts_options *options)
{
    poly_accounts *accounts = poly_alloc_zero(1, sizeof(*accounts));

    accounts->options = *options;
    if (!accounts->options.reconcile_seconds)
        accounts->options.reconcile_seconds = DEFAULT_RECONCILE_SECONDS;
    accounts->outbox =
        poly_outbox_start(options->pg, loop, &(poly_outbox_options){.handler = deliver, .context = accounts});
    accounts->reconciler = poly_service_fiber_start(loop, "reconciler", account_reconcile, accounts);
    return accounts;
}

void poly_accounts_stop(poly_accounts **accounts)
{
    if (!*accounts)
        return;
    poly_service_fiber_stop(&(*accounts)->reconciler);
    poly_outbox_stop(&(*accounts)->outbox);
    free(*accounts);
    *accounts = NULL;
}
