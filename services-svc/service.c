/* SPDX-License-Identifier: MIT */
#include "service.h"

#include <stdlib.h>

#include "file_kind.h"
#include "storage_directory.h"
#include "store.h"
#include "upload_sweeper.h"

static poly_token_verifier *make_verifier(poly_token_kind kind, const char *issuer, poly_key_set *keys)
{
    static const char *const audiences[] = {SERVICES_AUDIENCE, NULL};

    return poly_token_verifier_create(&(poly_token_verifier_options){
        .kind = kind,
        .issuer = issuer,
        .audiences = audiences,
        .keys = keys,
    });
}

/* What others sign. */
static void trust_issuers(services_service *service)
{
    service->sso_keys =
        poly_key_set_create(&(poly_key_set_options){.name = SSO_ISSUER, .base_url = service->config->sso_api_url});
    service->main_keys =
        poly_key_set_create(&(poly_key_set_options){.name = MAIN_ISSUER, .base_url = service->config->main_api_url});
    service->access_verifier = make_verifier(POLY_TOKEN_ACCESS, SSO_ISSUER, service->sso_keys);
    service->launch_verifier = make_verifier(POLY_TOKEN_LAUNCH, MAIN_ISSUER, service->main_keys);
}

/* What we sign ourselves. */
static bool open_keys(services_service *service, poly_strbuf *fault)
{
    if (poly_key_directory_open(service->config->signing_keys_dir, true, &service->keys, fault) != POLY_OK)
        return false;
    service->issuer = (poly_token_issuer){.keys = service->keys, .name = SERVICES_ISSUER};
    service->session_verifier =
        make_verifier(POLY_TOKEN_STUDENT_SESSION, SERVICES_ISSUER, poly_key_directory_keys(service->keys));
    return true;
}

static poly_pg *make_pool(const services_config *config)
{
    return poly_pg_create(&(poly_pg_options){
        .url = config->database_url,
        .application_name = "services-svc",
        .connections_per_loop = (unsigned)config->database_connections,
        .plans_once = true,
    });
}

static bool know_holidays(services_service *service, poly_strbuf *fault)
{
    const char *faulty;

    service->holidays = holidays_create(service->config->holidays, &faulty);
    if (!service->holidays)
        poly_strbuf_printf(fault, "HOLIDAYS: \"%s\" is neither YYYY-MM-DD nor MM-DD", faulty);
    return service->holidays != NULL;
}

static bool open_storage(services_service *service, poly_strbuf *fault)
{
    const char *unknown = file_kind_unknown(service->config->allowed_upload_extensions);

    if (unknown) {
        poly_strbuf_printf(fault, "ALLOWED_UPLOAD_EXTENSIONS: files that end with \"%s\" are not known", unknown);
        return false;
    }
    service->storage = storage_directory_create(service->config->upload_dir, fault);
    if (service->storage)
        service->magic = poly_file_magic_open(fault);
    return service->magic != NULL;
}

void *service_start(poly_runtime *runtime, const void *config, poly_strbuf *fault)
{
    services_service *service = poly_alloc_zero(1, sizeof(*service));

    service->config = config;
    service->runtime = runtime;
    metrics_init(&service->metrics);
    trust_issuers(service);
    service->pg = make_pool(service->config);
    service->uploads = upload_turns_create((unsigned)service->config->uploads_per_caller);
    service->sso = poly_sso_client_create(service->config->sso_api_url, service->config->sso_secret);
    if (open_keys(service, fault) && know_holidays(service, fault) && open_storage(service, fault))
        return service;
    service_release(service);
    return NULL;
}

static poly_accounts *start_accounts(services_service *service, poly_loop *loop)
{
    return poly_accounts_start(loop, &(poly_accounts_options){
                                         .pg = service->pg,
                                         .sso = service->sso,
                                         .app = POLY_APP_SERVICES,
                                         .alive = &store_account_alive,
                                         .list = &store_account_list,
                                     });
}

/* --- readiness: without the others' keys nobody new gets in, but whoever is known goes on --- */

static poly_result check_database(void *argument, poly_strbuf *detail)
{
    const services_service *service = argument;
    poly_result result = poly_pg_ping(service->pg);

    if (result != POLY_OK)
        poly_strbuf_append_text(detail, "the database does not answer");
    return result;
}

static poly_result check_keys(void *argument, poly_strbuf *detail)
{
    if (poly_key_set_is_ready(argument))
        return POLY_OK;
    poly_strbuf_append_text(detail, "its public keys have not been fetched yet");
    return POLY_UNAVAILABLE;
}

void service_attach(void *context, poly_server *server)
{
    services_service *service = context;
    poly_loop *loop = poly_runtime_loop(service->runtime, 0);

    poly_server_add_check(server, "database", true, check_database, service);
    poly_server_add_check(server, "sso_keys", false, check_keys, service->sso_keys);
    poly_server_add_check(server, "main_keys", false, check_keys, service->main_keys);
    poly_key_set_start(service->sso_keys, loop);
    poly_key_set_start(service->main_keys, loop);
    poly_key_directory_watch(service->keys, loop);
    service->accounts = start_accounts(service, loop);
    service->events = event_feed_start(service->runtime, service->pg, loop);
    store_sweep_start(service->pg, loop, service->config->audit_retention_days);
    upload_sweeper_start(service, loop);
}

void service_release(void *context)
{
    services_service *service = context;

    event_feed_stop(&service->events);
    poly_accounts_stop(&service->accounts);
    poly_sso_client_destroy(&service->sso);
    poly_pg_destroy(&service->pg);
    poly_token_verifier_destroy(&service->session_verifier);
    poly_token_verifier_destroy(&service->launch_verifier);
    poly_token_verifier_destroy(&service->access_verifier);
    poly_key_set_destroy(&service->main_keys);
    poly_key_set_destroy(&service->sso_keys);
    poly_key_directory_close(&service->keys);
    storage_destroy(&service->storage);
    upload_turns_destroy(&service->uploads);
    poly_file_magic_close(&service->magic);
    holidays_destroy(&service->holidays);
    free(service);
}
