/* SPDX-License-Identifier: MIT */
/*
 * sso-svc: who the staff are. Requests go past the guard (caller.c) to a handler (routes.c), the handler to the rules
 * (username, password_policy, refresh_token, provisioning) and to the store. Passwords are hashed away from the loops.
 */
#include "poly/daemon.h"

#include "caller.h"
#include "handlers.h"
#include "service.h"

/* Made from openapi.yaml and migrations/. */
extern const char openapi_json[];
extern const size_t openapi_json_size;
extern const poly_migrations sso_svc_migrations;

static sso_config config;

int main(int argc, char **argv)
{
    const poly_daemon sso_svc = {
        .name = "sso-svc",
        .summary = "identity: users, logins, tokens, provisioning, audit",
        .default_listen = SSO_DEFAULT_LISTEN,
        .variables = sso_variables,
        .config = &config,
        .migrations = &sso_svc_migrations,
        .database_url = &config.database_url,
        .signing_keys_dir = &config.signing_keys_dir,
        .routes = sso_routes,
        .guard = caller_guard,
        .openapi_json = openapi_json,
        .openapi_size = openapi_json_size,
        .start = service_start,
        .attach = service_attach,
        .release = service_release,
    };

    poly_memory_economise();
    return poly_daemon_main(&sso_svc, argc, argv);
}
