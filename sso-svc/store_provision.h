/* SPDX-License-Identifier: MIT */
/*
 * Provisioning's statements, each over all items at once. In a transaction that holds store_lock_usernames. Fiber only.
 */
#ifndef SSO_STORE_PROVISION_H
#define SSO_STORE_PROVISION_H

#include "provisioning.h"
#include "store.h"

/* Whom each item means; `matches` has as many places as there are items. */
poly_result store_match_users(poly_pg_transaction *transaction, poly_arena *arena, poly_app app,
                              const provision_item *items, size_t count, provision_match *matches);

/* The usernames that begin with one of the stems and go on with digits only. */
poly_result store_usernames_like(poly_pg_transaction *transaction, poly_arena *arena, const char *const *stems,
                                 size_t count, const char ***names, size_t *name_count);

/* Writes the items whose outcome is that they were created or updated, and ends the sessions that end. */
poly_result store_write_users(poly_pg_transaction *transaction, poly_arena *arena, provision_item *items, size_t count);

/* An audit record for each user that was made or changed. */
poly_result store_audit_users(poly_pg_transaction *transaction, poly_arena *arena, const provision_item *items,
                              size_t count, const char *actor, const char *address, const char *request_id);

#endif
