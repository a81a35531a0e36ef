/* SPDX-License-Identifier: MIT */
/*
 * Who calls. A route says which callers it serves.
 */
#ifndef TRAFFIC_CALLER_H
#define TRAFFIC_CALLER_H

#include "poly/http.h"
#include "poly/token.h"

#include "teacher.h"

/* Bits of poly_route.who; none: anyone. */
enum traffic_who {
    WHO_ANYONE = 0,
    WHO_ADMIN = 1 << 0,
    WHO_TEACHER = 1 << 1, /* who is looked up at each request: alive and active */
    WHO_SSO = 1 << 2,     /* sso-svc, by its secret */
};

typedef struct traffic_caller {
    const poly_access_token *token; /* NULL for sso-svc */
    const teacher *teacher;         /* NULL for others */
    const char *actor;              /* for the audit trail: the user's id, or "service:sso" */
} traffic_caller;

/* poly_server_options.guard. */
bool caller_guard(poly_request *request, unsigned who);

/* Of a request whose route names who may call. */
const traffic_caller *caller_of(poly_request *request);

#endif
