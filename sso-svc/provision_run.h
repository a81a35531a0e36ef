/* SPDX-License-Identifier: MIT */
/*
 * Carries out what provisioning.h decides, in a transaction. Fiber only.
 */
#ifndef SSO_PROVISION_RUN_H
#define SSO_PROVISION_RUN_H

#include "poly/write.h"

#include "caller.h"
#include "provisioning.h"
#include "service.h"

typedef struct provision_run {
    poly_request *request;
    const sso_service *service;
    const sso_caller *caller;
    poly_app app;
    poly_role role;
    provision_item *items;
    size_t count;
} provision_run;

/* Each item's outcome is filled in; a refused one leaves the others as they are. */
poly_result provision_carry_out(poly_pg_transaction *transaction, poly_write *write, const provision_run *run);

/* After the commit: counts the outcomes. */
void provision_count(const provision_run *run);

#endif
