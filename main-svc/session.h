/* SPDX-License-Identifier: MIT */
/*
 * A student's session: the token that a login gives, whichever way it went.
 */
#ifndef MAIN_SESSION_H
#define MAIN_SESSION_H

#include "service.h"

/* Makes the token of a login, in the request's arena; NULL: it has been answered. `id` gets the session's. */
const char *session_token(poly_request *request, const student_profile *student, const char **id);

/* Answers a request that needs the kept passwords, which cannot be got at: 503. */
void session_store_fail(poly_request *request, poly_result result);

#endif
