/* SPDX-License-Identifier: MIT */
/*
 * Who calls, and what each may do. A route says which callers it serves; what a service may see and touch is in the
 * scope table (scopes in caller.c).
 */
#ifndef SSO_CALLER_H
#define SSO_CALLER_H

#include "poly/http.h"
#include "poly/token.h"

/* Bits of poly_route.who; none: anyone. */
enum sso_who {
    WHO_ANYONE = 0,
    WHO_BEARER = 1 << 0,    /* every user, by the access token alone */
    WHO_SSO_ADMIN = 1 << 1, /* whose account is looked up, too */
    WHO_SERVICES = 1 << 2,
    WHO_TRAFFIC = 1 << 3,
    WHO_BOT = 1 << 4,
    WHO_ANY_SERVICE = WHO_SERVICES | WHO_TRAFFIC | WHO_BOT,
};

typedef struct sso_caller {
    const poly_access_token *token; /* NULL for a service */
    unsigned service;               /* one of the services' bits; 0 for a user */
    poly_app app;                   /* of a service: the only one whose users it may see and touch */
    const char *actor;              /* for the audit trail: the user's id, or "service:traffic" */
} sso_caller;

/* poly_server_options.guard. */
bool caller_guard(poly_request *request, unsigned who);

/* Of a request whose route names who may call. */
const sso_caller *caller_of(poly_request *request);

/* Whether the caller may see and touch users of `app`. */
bool caller_may_touch(const sso_caller *caller, poly_app app);

#endif
