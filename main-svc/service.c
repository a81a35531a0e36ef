/* SPDX-License-Identifier: MIT */
#include "service.h"

#include <stdlib.h>

#include "sweeper.h"

/* Of logins that failed; see LOGIN_ATTEMPTS_… for where they begin. */
#define FIRST_DELAY_MS 1000
#define MAX_DELAY_MS   900000
#define FORGET_MS      60000

static poly_throttle *make_throttle(int64_t free_attempts)
{
    return poly_throttle_create(&(poly_throttle_options){
        .free_attempts = (unsigned)free_attempts,
        .first_delay_ms = FIRST_DELAY_MS,
        .max_delay_ms = MAX_DELAY_MS,
        .forget_ms = FORGET_MS,
    });
}

static bool open_keys(main_service *service, poly_strbuf *fault)
{
    static const char *const audiences[] = {MAIN_AUDIENCE, NULL};

    if (poly_key_directory_open(service->config->signing_keys_dir, true, &service->keys, fault) != POLY_OK)
        return false;
    service->issuer = (poly_token_issuer){.keys = service->keys, .name = MAIN_ISSUER};
    service->verifier = poly_token_verifier_create(&(poly_token_verifier_options){
        .kind = POLY_TOKEN_STUDENT,
        .issuer = MAIN_ISSUER,
        .audiences = audiences,
        .keys = poly_key_directory_keys(service->keys),
    });
    return true;
}

static bool open_vault(main_service *service, poly_strbuf *fault)
{
    const main_config *config = service->config;

    service->vault = password_vault_create(
        &(password_vault_options){
            .capacity = (size_t)config->password_keep_max,
            .keep_seconds = (unsigned)config->password_keep_seconds,
            .directory = config->session_store_dir,
            .key = config->session_store_key,
        },
        fault);
    return service->vault != NULL;
}

static bool check_paths(const main_config *config, poly_strbuf *fault)
{
    if (*config->cas_validate_path == '/')
        return true;
    poly_strbuf_printf(fault, "CAS_VALIDATE_PATH is no path: \"%s\"", config->cas_validate_path);
    return false;
}

static bool load_miniapps(main_service *service, poly_strbuf *fault)
{
    const main_config *config = service->config;

    service->miniapps = miniapps_load(config->miniapps_file, config->services_url, config->traffic_url, fault);
    return service->miniapps != NULL;
}

void *service_start(poly_runtime *runtime, const void *config, poly_strbuf *fault)
{
    main_service *service = poly_alloc_zero(1, sizeof(*service));
    const main_config *settings = config;

    service->config = settings;
    service->runtime = runtime;
    metrics_init(&service->metrics);
    web_site_init(&service->cas.site, "cas", settings->cas_server, (unsigned)settings->cas_deadline_ms);
    service->cas.validate_path = settings->cas_validate_path;
    web_site_init(&service->record_book, "record-book", settings->record_book_url,
                  (unsigned)settings->record_book_deadline_ms);
    service->schedule = poly_schedule_client_create(settings->schedule_api_url);
    service->relay =
        relay_cache_create((unsigned)settings->schedule_cache_seconds, (size_t)settings->schedule_cache_max_bytes);
    service->account_throttle = make_throttle(settings->login_attempts_per_account);
    service->address_throttle = make_throttle(settings->login_attempts_per_address);
    if (check_paths(settings, fault) && load_miniapps(service, fault) && open_keys(service, fault) &&
        open_vault(service, fault))
        return service;
    service_release(service);
    return NULL;
}

/* --- readiness: tokens are checked and apps listed without any of them, so none is required --- */

static poly_result check_breaker(const poly_httpc *client, poly_strbuf *detail)
{
    switch (poly_httpc_breaker(client)) {
    case POLY_BREAKER_CLOSED:
        return POLY_OK;
    case POLY_BREAKER_HALF_OPEN:
        poly_strbuf_append_text(detail, "the circuit breaker lets a trial call through");
        return POLY_UNAVAILABLE;
    case POLY_BREAKER_OPEN:
        break;
    }
    poly_strbuf_append_text(detail, "the circuit breaker is open");
    return POLY_UNAVAILABLE;
}

static poly_result check_site(void *argument, poly_strbuf *detail)
{
    const web_site *site = argument;

    return check_breaker(site->client, detail);
}

void service_attach(void *context, poly_server *server)
{
    main_service *service = context;
    poly_loop *loop = poly_runtime_loop(service->runtime, 0);

    poly_server_add_check(server, "cas", false, check_site, &service->cas.site);
    poly_server_add_check(server, "record_book", false, check_site, &service->record_book);
    poly_key_directory_watch(service->keys, loop);
    sweeper_start(service, loop);
}

void service_release(void *context)
{
    main_service *service = context;

    password_vault_destroy(&service->vault);
    poly_token_verifier_destroy(&service->verifier);
    poly_key_directory_close(&service->keys);
    miniapps_destroy(&service->miniapps);
    poly_throttle_destroy(&service->address_throttle);
    poly_throttle_destroy(&service->account_throttle);
    relay_cache_destroy(&service->relay);
    poly_schedule_client_destroy(&service->schedule);
    web_site_release(&service->record_book);
    web_site_release(&service->cas.site);
    free(service);
}
