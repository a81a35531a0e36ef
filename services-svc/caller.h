/* SPDX-License-Identifier: MIT */
/*
 * Who calls. A route says whom it serves; whose departments and applications each may see and touch is for the
 * handlers.
 */
#ifndef SERVICES_CALLER_H
#define SERVICES_CALLER_H

#include "poly/http.h"
#include "poly/token.h"

/* Bits of poly_route.who; none: anyone. */
enum services_who {
    WHO_ANYONE = 0,
    WHO_STUDENT = 1 << 0,  /* by X-Student-Token */
    WHO_STAFF = 1 << 1,    /* of a department that is there */
    WHO_EXECUTOR = 1 << 2, /* who is there, as is the department */
    WHO_ADMIN = 1 << 3,
};

typedef struct services_caller {
    unsigned who;              /* one of the bits */
    const char *id;            /* the student's, or the user's at sso-svc */
    const char *name;          /* for people; may be "" */
    const char *email;         /* a student's; else "" */
    const char *department_id; /* staff's and executor's; else NULL */
    const char *executor_id;   /* an executor's; else NULL */
    const char *actor;         /* for the audit trail and idempotency: the user's id, or "student:ID" */
} services_caller;

/* poly_server_options.guard. */
bool caller_guard(poly_request *request, unsigned who);

/* Of a request whose route names who may call. */
const services_caller *caller_of(poly_request *request);

/* "student", "staff", "executor" or "admin". */
const char *caller_role(const services_caller *caller);

/* An administrator may touch every department, staff their own. The id is in lower case. */
bool caller_may_touch(const services_caller *caller, const char *department_id);

#endif
