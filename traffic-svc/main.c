/* SPDX-License-Identifier: MIT */
/*
 * traffic-svc: who was at which lesson. Kiosks show a code that changes, students scan it, teachers see who did.
 * Requests go past the guard (caller.c) to a handler (routes.c), the handler to the rules (qr_code, claim, pin,
 * lesson_choice) and to the store. What changes reaches the kiosks through the change feed (change_feed.c).
 */
#include "poly/daemon.h"

#include "caller.h"
#include "handlers.h"
#include "service.h"

/* Made from openapi.yaml and migrations/. */
extern const char openapi_json[];
extern const size_t openapi_json_size;
extern const poly_migrations traffic_svc_migrations;

static traffic_config config;

int main(int argc, char **argv)
{
    const poly_daemon traffic_svc = {
        .name = "traffic-svc",
        .summary = "attendance: kiosks, lesson sessions, marks, teachers",
        .default_listen = TRAFFIC_DEFAULT_LISTEN,
        .variables = traffic_variables,
        .config = &config,
        .migrations = &traffic_svc_migrations,
        .database_url = &config.database_url,
        .routes = traffic_routes,
        .guard = caller_guard,
        .openapi_json = openapi_json,
        .openapi_size = openapi_json_size,
        .start = service_start,
        .attach = service_attach,
        .release = service_release,
    };

    poly_memory_economise();
    return poly_daemon_main(&traffic_svc, argc, argv);
}
