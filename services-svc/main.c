/* SPDX-License-Identifier: MIT */
/*
 * services-svc: what students ask the university's departments for. Requests go past the guard (caller.c) to a handler
 * (routes.c), the handler to the rules (form, …) and to the store. Staff and executors have their logins at sso-svc;
 * students come from main-svc with a launch token.
 */
#include "poly/daemon.h"

#include "caller.h"
#include "handlers.h"
#include "service.h"

/* Made from openapi.yaml and migrations/. */
extern const char openapi_json[];
extern const size_t openapi_json_size;
extern const poly_migrations services_svc_migrations;

static services_config config;

int main(int argc, char **argv)
{
    const poly_daemon services_svc = {
        .name = "services-svc",
        .summary = "service requests: departments, services, applications, executors",
        .default_listen = SERVICES_DEFAULT_LISTEN,
        .variables = services_variables,
        .config = &config,
        .migrations = &services_svc_migrations,
        .database_url = &config.database_url,
        .signing_keys_dir = &config.signing_keys_dir,
        .routes = services_routes,
        .guard = caller_guard,
        .openapi_json = openapi_json,
        .openapi_size = openapi_json_size,
        .start = service_start,
        .attach = service_attach,
        .release = service_release,
    };

    poly_memory_economise();
    return poly_daemon_main(&services_svc, argc, argv);
}
