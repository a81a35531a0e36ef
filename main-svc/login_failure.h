/* SPDX-License-Identifier: MIT */
/*
 * Logins that fail: counted, and told to the log with a reason. Never a name, a password or a ticket.
 */
#ifndef MAIN_LOGIN_FAILURE_H
#define MAIN_LOGIN_FAILURE_H

#include "poly/http.h"

#include "metrics.h"

/* What it is counted as when CAS, asked for a login, has answered this. Not POLY_OK. */
login_outcome login_failure_outcome(poly_result result);
/* Why, for the log: "cas_too_slow". `way` decides what CAS has refused. Static. */
const char *login_failure_reason(login_way way, poly_result result);

/* `reason` is a word. */
void login_failed(poly_request *request, login_way way, login_outcome outcome, const char *reason);

#endif
