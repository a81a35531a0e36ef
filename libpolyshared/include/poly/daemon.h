/* SPDX-License-Identifier: MIT */
/*
 * The command line and the life of a daemon, the same for all of them: serve, migrate, keys, config, healthcheck,
 * version, --help. A daemon's main.c describes itself and hands over:
 *
 *     int main(int argc, char **argv) { return poly_daemon_main(&schedule_svc, argc, argv); }
 *
 * `serve` loads the configuration, starts the log, checks that the database has this version's schema, starts the
 * runtime, calls `start`, opens the server, and waits for SIGTERM or SIGINT; then it drains the server, calls `stop`,
 * and exits with 0. A second signal ends the process at once. SIGPIPE is ignored. It answers sd_notify's READY=1 and
 * STOPPING=1 when NOTIFY_SOCKET is set.
 */
#ifndef POLY_DAEMON_H
#define POLY_DAEMON_H

#include "poly/config.h"
#include "poly/http.h"
#include "poly/pg_migrate.h"

typedef struct poly_daemon {
    const char *name;    /* "schedule-svc" */
    const char *summary; /* one line for --help */
    const char *default_listen;
    const poly_config_variable *variables; /* the daemon's own, ended by a NULL name */
    void *config;                          /* its struct, beginning with poly_common_config */
    const poly_route *const *routes;
    bool (*guard)(poly_request *request, unsigned who); /* see poly_server_options; may be NULL */
    const char *openapi_json;
    size_t openapi_size;
    /* Makes what handlers need and answers it as the server's context; a fault's text and NULL stop the start. */
    void *(*start)(poly_runtime *runtime, const void *config, poly_strbuf *fault);
    /* Adds readiness checks and the like, before the first request. May be NULL. */
    void (*attach)(void *context, poly_server *server);
    /* After the last answer, while the loops still run: save, flush. Main thread. May be NULL. */
    void (*stop)(void *context);
    /* After the loops have ended. May be NULL. */
    void (*release)(void *context);
    /*
     * The schema of its database, such as the build's <daemon>_migrations, and the member of the configuration that
     * says where it is, a POLY_CONFIG_DATABASE. NULL, both: it has no database.
     */
    const poly_migrations *migrations;
    const char *const *database_url;
    /* The member of the configuration that names the directory of its signing keys; NULL: it signs nothing. */
    const char *const *signing_keys_dir;
} poly_daemon;

/* Exit status: 0 done, 1 failed, 2 bad usage or configuration. */
int poly_daemon_main(const poly_daemon *daemon, int argc, char **argv);

#endif
