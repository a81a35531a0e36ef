/* SPDX-License-Identifier: MIT */
#include "service.h"

#include <stdlib.h>

#include "first_admin.h"
#include "store.h"

/* Of logins that failed; see LOGIN_ATTEMPTS_… for where they begin. */
#define FIRST_DELAY_MS 1000
#define MAX_DELAY_MS   900000
#define FORGET_MS      60000

/* An administrator waits for it. */
#define TRAFFIC_DEADLINE_MS 5000

static poly_throttle *make_throttle(int64_t free_attempts)
{
    return poly_throttle_create(&(poly_throttle_options){
        .free_attempts = (unsigned)free_attempts,
        .first_delay_ms = FIRST_DELAY_MS,
        .max_delay_ms = MAX_DELAY_MS,
        .forget_ms = FORGET_MS,
    });
}

static bool open_keys(sso_service *service, poly_strbuf *fault)
{
    static const char *const audiences[] = {"sso", "services", "traffic", NULL};

    if (poly_key_directory_open(service->config->signing_keys_dir, true, &service->keys, fault) != POLY_OK)
        return false;
    service->issuer = (poly_token_issuer){.keys = service->keys, .name = SSO_ISSUER};
    service->verifier = poly_token_verifier_create(&(poly_token_verifier_options){
        .kind = POLY_TOKEN_ACCESS,
        .issuer = SSO_ISSUER,
        .audiences = audiences,
        .keys = poly_key_directory_keys(service->keys),
    });
    return true;
}

static password_hasher *make_hasher(const sso_config *config)
{
    return password_hasher_create(&(password_hasher_options){
        .threads = (unsigned)config->hash_threads,
        .queue = (unsigned)config->hash_queue,
        .cost = {.memory_kib = (unsigned)config->hash_memory_kib, .passes = (unsigned)config->hash_passes},
    });
}

static void name_services(sso_service *service)
{
    const sso_config *config = service->config;

    service->services[0] = (poly_service_caller){"services", config->services_secret, config->services_previous_secret};
    service->services[1] = (poly_service_caller){"traffic", config->traffic_secret, config->traffic_previous_secret};
    service->services[2] = (poly_service_caller){"bot", config->bot_secret, config->bot_previous_secret};
}

static poly_pg *make_pool(const sso_config *config)
{
    return poly_pg_create(&(poly_pg_options){
        .url = config->database_url,
        .application_name = "sso-svc",
        .connections_per_loop = (unsigned)config->database_connections,
        .plans_once = true,
    });
}

static poly_httpc *make_traffic_client(const sso_config *config)
{
    return poly_httpc_create(&(poly_httpc_options){
        .name = "traffic-svc",
        .base_url = config->traffic_api_url,
        .deadline_ms = TRAFFIC_DEADLINE_MS,
    });
}

void *service_start(poly_runtime *runtime, const void *config, poly_strbuf *fault)
{
    sso_service *service = poly_alloc_zero(1, sizeof(*service));

    service->config = config;
    service->runtime = runtime;
    metrics_init(&service->metrics);
    name_services(service);
    service->account_throttle = make_throttle(service->config->login_attempts_per_account);
    service->address_throttle = make_throttle(service->config->login_attempts_per_address);
    service->pg = make_pool(service->config);
    service->traffic = make_traffic_client(service->config);
    service->hasher = make_hasher(service->config);
    service->breached = breached_passwords_load(service->config->breached_passwords_file, fault);
    if (service->breached && open_keys(service, fault))
        return service;
    service_release(service);
    return NULL;
}

/* --- readiness --- */

static poly_result check_database(void *argument, poly_strbuf *detail)
{
    const sso_service *service = argument;
    poly_result result = poly_pg_ping(service->pg);

    if (result != POLY_OK)
        poly_strbuf_append_text(detail, "the database does not answer");
    return result;
}

void service_attach(void *context, poly_server *server)
{
    sso_service *service = context;
    poly_loop *loop = poly_runtime_loop(service->runtime, 0);

    poly_server_add_check(server, "database", true, check_database, service);
    poly_key_directory_watch(service->keys, loop);
    first_admin_start(service, server, loop);
    store_sweep_start(service->pg, loop, service->config->audit_retention_days);
}

void service_release(void *context)
{
    sso_service *service = context;

    poly_httpc_destroy(&service->traffic);
    poly_pg_destroy(&service->pg);
    password_hasher_destroy(&service->hasher);
    breached_passwords_destroy(&service->breached);
    poly_token_verifier_destroy(&service->verifier);
    poly_key_directory_close(&service->keys);
    poly_throttle_destroy(&service->address_throttle);
    poly_throttle_destroy(&service->account_throttle);
    free(service);
}
