/* SPDX-License-Identifier: MIT */
#include "provision_run.h"

#include "store_provision.h"

/* What an earlier run of the transaction's body decided. */
static void forget_outcomes(const provision_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        provision_item *item = &run->items[i];

        if (item->fault)
            continue; /* of reading: it stays */
        item->outcome = PROVISION_UNCHANGED;
        item->problem = NULL;
        item->user = (sso_user){0};
    }
}

static poly_result decide(poly_pg_transaction *transaction, poly_arena *arena, const provision_run *run)
{
    provision_match *matches = poly_arena_alloc_zero(arena, run->count, sizeof(*matches));
    poly_result result = store_match_users(transaction, arena, run->app, run->items, run->count, matches);

    for (size_t i = 0; result == POLY_OK && i < run->count; i++)
        provision_decide(&run->items[i], &matches[i], run->app, run->role, arena);
    provision_refuse_twins(run->items, result == POLY_OK ? run->count : 0, arena);
    return result;
}

static poly_result name_new_users(poly_pg_transaction *transaction, poly_arena *arena, const provision_run *run)
{
    const char **stems = poly_arena_alloc(arena, (run->count + 1) * sizeof(*stems));
    const char **taken = NULL;
    size_t count = 0, taken_count = 0;
    poly_result result = POLY_OK;

    for (size_t i = 0; i < run->count; i++)
        if (run->items[i].outcome == PROVISION_CREATED && !run->items[i].username)
            stems[count++] = provision_stem(run->items[i].full_name, arena);
    if (count)
        result = store_usernames_like(transaction, arena, stems, count, &taken, &taken_count);
    if (result == POLY_OK)
        provision_name(run->items, run->count, taken, taken_count, arena);
    provision_refuse_own_names(run->items, result == POLY_OK ? run->count : 0);
    return result;
}

static poly_result audit(poly_pg_transaction *transaction, poly_write *write, const provision_run *run)
{
    size_t outcomes[PROVISION_OUTCOMES] = {0};
    poly_result result = store_audit_users(transaction, write->arena, run->items, run->count, run->caller->actor,
                                           poly_request_address(run->request), poly_request_id(run->request));

    for (size_t i = 0; i < run->count; i++)
        outcomes[run->items[i].outcome]++;
    poly_audit_note(&write->audit, "users_provisioned", run->count == 1 ? run->items[0].user.id : NULL,
                    (const poly_field[]){poly_text_field("app", poly_app_name(run->app)),
                                         poly_text_field("role", poly_role_name(run->role)),
                                         poly_int_field("created", outcomes[PROVISION_CREATED]),
                                         poly_int_field("updated", outcomes[PROVISION_UPDATED]),
                                         poly_int_field("unchanged", outcomes[PROVISION_UNCHANGED]),
                                         poly_int_field("refused", outcomes[PROVISION_REFUSED]),
                                         {.kind = POLY_FIELD_END}});
    return result;
}

poly_result provision_carry_out(poly_pg_transaction *transaction, poly_write *write, const provision_run *run)
{
    poly_arena *arena = write->arena;
    poly_result result = store_lock_usernames(transaction, arena);

    forget_outcomes(run);
    provision_refuse_duplicates(run->items, run->count, arena);
    if (result == POLY_OK)
        result = decide(transaction, arena, run);
    if (result == POLY_OK)
        result = name_new_users(transaction, arena, run);
    if (result == POLY_OK)
        result = store_write_users(transaction, arena, run->items, run->count);
    if (result == POLY_OK)
        result = audit(transaction, write, run);
    return result;
}

void provision_count(const provision_run *run)
{
    for (size_t i = 0; i < run->count; i++)
        poly_counter_add(run->service->metrics.provisions[run->items[i].outcome], 1);
}
