/* SPDX-License-Identifier: MIT */
/* What creating, removing and comparing accounts share. */
#ifndef POLY_ACCOUNT_ACCOUNTS_H
#define POLY_ACCOUNT_ACCOUNTS_H

#include <stdatomic.h>

#include "pg/service_fiber.h"
#include "poly/account.h"

/* Topics of the outbox. */
#define ACCOUNT_UNDO      "account_undo"      /* key: the entity. Its user goes unless the entity has come about */
#define ACCOUNT_REMOVE    "account_remove"    /* key: what was deleted; {"entity"}: its user goes */
#define ACCOUNT_PROVISION "account_provision" /* {"entity","role","full_name","ruz_teacher_id"}: it gets a user */

struct poly_accounts {
    poly_accounts_options options;
    poly_outbox *outbox;
    poly_service_fiber *reconciler;
    atomic_bool sso_came_back; /* a delivery has succeeded after one had failed: what was missed is looked for soon */
};

poly_result account_is_alive(const poly_accounts *accounts, const char *entity_id, poly_arena *arena,
                             bool *alive) POLY_MUST_CHECK;
/* By the route of sso-svc that the role has. `user` may be NULL. */
poly_result account_provision(const poly_accounts *accounts, poly_sso_call *call, poly_role role,
                              const poly_sso_provision *provision, poly_sso_user *user) POLY_MUST_CHECK;

/* The body of the reconciler's fiber; `argument` is the poly_accounts. */
void account_reconcile(void *argument);

#endif
