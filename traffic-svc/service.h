/* SPDX-License-Identifier: MIT */
/*
 * What the daemon is made of, and what every handler gets as the server's context. Made before the loops run, then
 * constant; the parts look after their own threads.
 */
#ifndef TRAFFIC_SERVICE_H
#define TRAFFIC_SERVICE_H

#include "poly/access.h"
#include "poly/account.h"
#include "poly/http.h"
#include "poly/pg.h"
#include "poly/schedule_client.h"
#include "poly/sso_client.h"
#include "poly/throttle.h"
#include "poly/token.h"

#include "change_feed.h"
#include "config.h"
#include "metrics.h"
#include "presence.h"
#include "session_keys.h"
#include "telegram_link.h"

/* `iss` of the tokens that we take, and `aud` of those that are for us. */
#define TRAFFIC_ACCESS_ISSUER "sso-svc"
#define TRAFFIC_LAUNCH_ISSUER "main-svc"
#define TRAFFIC_AUDIENCE      "traffic"

typedef struct traffic_service {
    const traffic_config *config;
    poly_runtime *runtime;
    poly_pg *pg;
    poly_key_set *sso_keys;
    poly_key_set *main_keys;
    poly_token_verifier *access_verifier;
    poly_token_verifier *launch_verifier;
    poly_service_caller services[1]; /* sso-svc */
    poly_sso_client *sso;
    poly_schedule_client *schedule;
    poly_accounts *accounts; /* from service_attach on */
    telegram_links *telegram_links;
    poly_throttle *pin_throttle;   /* wrong PINs, by address */
    poly_throttle *kiosk_throttle; /* new kiosks, by address */
    poly_gate *kiosk_gate;         /* of those that connect: they come in crowds, and marks go first */
    kiosk_presence *presence;
    change_feed *feed;
    session_keys *session_keys;
    traffic_metrics metrics;
} traffic_service;

/* These are poly_daemon's three. */
void *service_start(poly_runtime *runtime, const void *config, poly_strbuf *fault);
void service_attach(void *context, poly_server *server);
void service_release(void *context);

#endif
