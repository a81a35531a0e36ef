/* SPDX-License-Identifier: MIT */
/*
 * What the handlers of applications begin with: the application of the path, if the caller may see it, and the caller
 * as whoever reads the history sees them.
 */
#ifndef SERVICES_APPLICATION_ACCESS_H
#define SERVICES_APPLICATION_ACCESS_H

#include "poly/http.h"
#include "poly/write.h"

#include "store_applications.h"
#include "upload_form.h"

/* False: it has been answered. What is not for the caller to see is unknown to them. */
bool application_require(poly_request *request, campus_application *out);
/* The same in a transaction, locked: it may have been changed or taken from the caller meanwhile. */
poly_result application_lock(poly_pg_transaction *transaction, poly_write *write, const char *id,
                             const services_caller *caller, campus_application *out);

/* POLY_CONFLICT, and who asked is told where it may go, unless `to` may follow the application's state. */
poly_result application_check_step(poly_request *request, poly_write *write, application_state from,
                                   application_state to, bool may_reopen);

history_actor application_actor(const services_caller *caller);

/* Inserts what came with the form: each with the other members of `like`. `out` has room for all of them. */
poly_result application_attach(poly_pg_transaction *transaction, poly_write *write, const char *application_id,
                               const upload_form *form, const campus_attachment *like, campus_attachment *out);

#endif
