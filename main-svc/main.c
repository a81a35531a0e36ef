/* SPDX-License-Identifier: MIT */
/*
 * main-svc: the student portal. Requests go past the guard (caller.c) to a handler (routes.c). Students sign in at CAS
 * (cas.h), by its form or by a ticket; the record book (record_book.h) is fetched with the password that the vault
 * keeps (password_vault.h); the timetable is schedule-svc's (timetable.c).
 */
#include "poly/daemon.h"

#include "caller.h"
#include "handlers.h"
#include "service.h"

/* Made from openapi.yaml. */
extern const char openapi_json[];
extern const size_t openapi_json_size;

static main_config config;

int main(int argc, char **argv)
{
    const poly_daemon main_svc = {
        .name = "main-svc",
        .summary = "the student portal: login through CAS, mini-apps, record book, timetable",
        .default_listen = MAIN_DEFAULT_LISTEN,
        .variables = main_variables,
        .config = &config,
        .signing_keys_dir = &config.signing_keys_dir,
        .routes = main_routes,
        .guard = caller_guard,
        .openapi_json = openapi_json,
        .openapi_size = openapi_json_size,
        .start = service_start,
        .attach = service_attach,
        .release = service_release,
    };

    poly_memory_economise();
    return poly_daemon_main(&main_svc, argc, argv);
}
