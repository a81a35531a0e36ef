/* SPDX-License-Identifier: MIT */
#include "service.h"

#include <stdlib.h>

#include "session_ender.h"
#include "store.h"
#include "teacher_sync.h"

/* Of guesses; see PIN_ATTEMPTS_PER_ADDRESS for where they begin. */
#define FIRST_DELAY_MS 1000
#define MAX_DELAY_MS   900000
#define FORGET_MS      60000

/*
 * Whose state is read at the same time, when they connect. Far fewer wait than requests may be under way, so that a
 * crowd of kiosks keeps nobody else out.
 */
enum { KIOSKS_AT_ONCE = 32, KIOSKS_WAITING = 768 /* of each worker */ };

static poly_throttle *make_throttle(int64_t free_attempts)
{
    return poly_throttle_create(&(poly_throttle_options){
        .free_attempts = (unsigned)free_attempts,
        .first_delay_ms = FIRST_DELAY_MS,
        .max_delay_ms = MAX_DELAY_MS,
        .forget_ms = FORGET_MS,
    });
}

static poly_token_verifier *make_verifier(poly_token_kind kind, const char *issuer, poly_key_set *keys)
{
    static const char *const audiences[] = {TRAFFIC_AUDIENCE, NULL};

    return poly_token_verifier_create(&(poly_token_verifier_options){
        .kind = kind,
        .issuer = issuer,
        .audiences = audiences,
        .keys = keys,
    });
}

static void open_keys(traffic_service *service)
{
    const traffic_config *config = service->config;

    service->sso_keys =
        poly_key_set_create(&(poly_key_set_options){.name = TRAFFIC_ACCESS_ISSUER, .base_url = config->sso_api_url});
    service->main_keys =
        poly_key_set_create(&(poly_key_set_options){.name = TRAFFIC_LAUNCH_ISSUER, .base_url = config->main_api_url});
    service->access_verifier = make_verifier(POLY_TOKEN_ACCESS, TRAFFIC_ACCESS_ISSUER, service->sso_keys);
    service->launch_verifier = make_verifier(POLY_TOKEN_LAUNCH, TRAFFIC_LAUNCH_ISSUER, service->main_keys);
}

static poly_pg *make_pool(const traffic_config *config)
{
    return poly_pg_create(&(poly_pg_options){
        .url = config->database_url,
        .application_name = "traffic-svc",
        .connections_per_loop = (unsigned)config->database_connections,
        .plans_once = true,
    });
}

void *service_start(poly_runtime *runtime, const void *config, poly_strbuf *fault)
{
    traffic_service *service = poly_alloc_zero(1, sizeof(*service));

    (void)fault;
    service->config = config;
    service->runtime = runtime;
    metrics_init(&service->metrics);
    service->services[0] =
        (poly_service_caller){"sso", service->config->internal_secret, service->config->internal_previous_secret};
    service->pin_throttle = make_throttle(service->config->pin_attempts_per_address);
    service->kiosk_throttle = make_throttle(service->config->kiosks_per_address);
    service->pg = make_pool(service->config);
    service->sso = poly_sso_client_create(service->config->sso_api_url, service->config->sso_secret);
    service->schedule = poly_schedule_client_create(service->config->schedule_api_url);
    service->telegram_links = telegram_links_create();
    service->kiosk_gate = poly_gate_create(KIOSKS_AT_ONCE, KIOSKS_WAITING * poly_runtime_workers(runtime));
    service->presence = presence_create(service->pg, service->metrics.kiosks);
    service->feed = change_feed_create(runtime, service->pg, service->presence);
    service->session_keys = session_keys_create();
    open_keys(service);
    return service;
}

/* --- readiness --- */

static poly_result check_database(void *argument, poly_strbuf *detail)
{
    const traffic_service *service = argument;
    poly_result result = poly_pg_ping(service->pg);

    if (result != POLY_OK)
        poly_strbuf_append_text(detail, "the database does not answer");
    return result;
}

static poly_result check_keys(void *argument, poly_strbuf *detail)
{
    const poly_key_set *keys = argument;

    if (poly_key_set_is_ready(keys))
        return POLY_OK;
    poly_strbuf_append_text(detail, "its keys have not been fetched yet");
    return POLY_UNAVAILABLE;
}

static poly_accounts *start_accounts(const traffic_service *service, poly_loop *loop)
{
    return poly_accounts_start(loop, &(poly_accounts_options){
                                         .pg = service->pg,
                                         .sso = service->sso,
                                         .app = POLY_APP_TRAFFIC,
                                         .alive = &store_teacher_alive,
                                         .list = &store_teacher_entities,
                                     });
}

void service_attach(void *context, poly_server *server)
{
    traffic_service *service = context;
    poly_loop *loop = poly_runtime_loop(service->runtime, 0);

    poly_server_add_check(server, "database", true, check_database, service);
    /* Without sso-svc students can still be marked, and without main-svc teachers can still look. */
    poly_server_add_check(server, "sso_keys", false, check_keys, service->sso_keys);
    poly_server_add_check(server, "main_keys", false, check_keys, service->main_keys);
    poly_key_set_start(service->sso_keys, loop);
    poly_key_set_start(service->main_keys, loop);
    service->accounts = start_accounts(service, loop);
    teacher_sync_start(service, loop);
    presence_start(service->presence, loop);
    change_feed_start(service->feed);
    session_ender_start(service, loop);
    store_sweep_start(service->pg, loop, service->config->audit_retention_days,
                      service->config->unregistered_keep_hours);
}

void service_release(void *context)
{
    traffic_service *service = context;

    poly_accounts_stop(&service->accounts);
    telegram_links_destroy(&service->telegram_links);
    session_keys_destroy(&service->session_keys);
    change_feed_destroy(&service->feed);
    presence_destroy(&service->presence);
    poly_gate_destroy(&service->kiosk_gate);
    poly_schedule_client_destroy(&service->schedule);
    poly_sso_client_destroy(&service->sso);
    poly_pg_destroy(&service->pg);
    poly_token_verifier_destroy(&service->launch_verifier);
    poly_token_verifier_destroy(&service->access_verifier);
    poly_key_set_destroy(&service->main_keys);
    poly_key_set_destroy(&service->sso_keys);
    poly_throttle_destroy(&service->kiosk_throttle);
    poly_throttle_destroy(&service->pin_throttle);
    free(service);
}
