/* SPDX-License-Identifier: MIT */
/*
 * What the daemon is made of, and what every handler gets as the server's context. Made before the loops run, then
 * constant; the parts look after their own threads.
 */
#ifndef SERVICES_SERVICE_H
#define SERVICES_SERVICE_H

#include "poly/access.h"
#include "poly/account.h"
#include "poly/file_magic.h"
#include "poly/http.h"
#include "poly/pg.h"
#include "poly/sso_client.h"
#include "poly/token.h"

#include "application_events.h"
#include "config.h"
#include "due_date.h"
#include "metrics.h"
#include "storage.h"
#include "upload_turns.h"

/* `iss` of the students' sessions, which are meant for us alone. */
#define SERVICES_ISSUER   "services-svc"
#define SERVICES_AUDIENCE "services"

/* Whose tokens we take. */
#define SSO_ISSUER  "sso-svc"
#define MAIN_ISSUER "main-svc"

typedef struct services_service {
    const services_config *config;
    poly_runtime *runtime;
    poly_pg *pg;
    poly_key_directory *keys;
    poly_token_issuer issuer;
    poly_key_set *sso_keys;
    poly_key_set *main_keys;
    poly_token_verifier *access_verifier;  /* of sso-svc's */
    poly_token_verifier *launch_verifier;  /* of main-svc's */
    poly_token_verifier *session_verifier; /* of our own */
    poly_sso_client *sso;
    poly_accounts *accounts;
    storage *storage;
    upload_turns *uploads;
    poly_file_magic *magic;
    holidays *holidays;
    event_feed *events;
    services_metrics metrics;
} services_service;

/* These are poly_daemon's. */
void *service_start(poly_runtime *runtime, const void *config, poly_strbuf *fault);
void service_attach(void *context, poly_server *server);
void service_release(void *context);

#endif
