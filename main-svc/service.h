/* SPDX-License-Identifier: MIT */
/*
 * What the daemon is made of, and what every handler gets as the server's context. Made before the loops run, then
 * constant; the parts look after their own threads.
 */
#ifndef MAIN_SERVICE_H
#define MAIN_SERVICE_H

#include "poly/http.h"
#include "poly/schedule_client.h"
#include "poly/throttle.h"
#include "poly/token.h"

#include "cas.h"
#include "config.h"
#include "metrics.h"
#include "miniapps.h"
#include "password_vault.h"
#include "relay_cache.h"

/* `iss` of our tokens, and `aud` of those that are for ourselves. */
#define MAIN_ISSUER   "main-svc"
#define MAIN_AUDIENCE "main"

typedef struct main_service {
    const main_config *config;
    poly_runtime *runtime;
    poly_key_directory *keys;
    poly_token_issuer issuer;
    poly_token_verifier *verifier; /* of our own student tokens */
    cas_site cas;
    web_site record_book;
    password_vault *vault;
    miniapps *miniapps;
    poly_schedule_client *schedule;
    relay_cache *relay;
    poly_throttle *account_throttle; /* by account and address */
    poly_throttle *address_throttle;
    main_metrics metrics;
} main_service;

/* These are poly_daemon's. */
void *service_start(poly_runtime *runtime, const void *config, poly_strbuf *fault);
void service_attach(void *context, poly_server *server);
void service_release(void *context);

#endif
