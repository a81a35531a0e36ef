/* SPDX-License-Identifier: MIT */
/*
 * What the daemon is made of, and what every handler gets as the server's context. Made before the loops run, then
 * constant; the parts look after their own threads.
 */
#ifndef SSO_SERVICE_H
#define SSO_SERVICE_H

#include <stdatomic.h>

#include "poly/access.h"
#include "poly/http.h"
#include "poly/httpc.h"
#include "poly/pg.h"
#include "poly/throttle.h"
#include "poly/token.h"

#include "breached_passwords.h"
#include "config.h"
#include "metrics.h"
#include "password_hasher.h"

/* `iss` of the access tokens. */
#define SSO_ISSUER "sso-svc"

/* Whether there is an administrator: what the readiness check says. */
typedef enum admin_state { ADMIN_UNKNOWN, ADMIN_THERE, ADMIN_NOT_CONFIGURED, ADMIN_NAME_TAKEN } admin_state;

typedef struct sso_service {
    const sso_config *config;
    poly_runtime *runtime;
    poly_pg *pg;
    poly_key_directory *keys;
    poly_token_issuer issuer;
    poly_token_verifier *verifier; /* of our own access tokens, for every app */
    poly_service_caller services[3];
    password_hasher *hasher;
    breached_passwords *breached;
    poly_throttle *account_throttle; /* by account and address */
    poly_throttle *address_throttle;
    poly_httpc *traffic;
    sso_metrics metrics;
    atomic_int admin_state; /* an admin_state; written by one fiber */
} sso_service;

/* These are poly_daemon's four. */
void *service_start(poly_runtime *runtime, const void *config, poly_strbuf *fault);
void service_attach(void *context, poly_server *server);
void service_release(void *context);

#endif
