/* SPDX-License-Identifier: MIT */
#include "daemon/serve.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/activation.h"
#include "daemon/notify.h"
#include "daemon/schema.h"
#include "daemon/stop_signal.h"
#include "poly/log.h"

#define FAULT_MAX 4096

/* A connection is a descriptor; the soft limit of 1,024 is for programs that use select. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        poly_log(POLY_LOG_WARNING, "cannot raise the limit on open files", poly_text_field("error", strerror(errno)));
}

static poly_server *open_server(const poly_daemon *daemon, poly_runtime *runtime, void *context, poly_strbuf *fault)
{
    const poly_common_config *common = daemon->config;
    const poly_server_options options = {
        .service = daemon->name,
        .listen = common->listen,
        .routes = daemon->routes,
        .context = context,
        .guard = daemon->guard,
        .cors_allow_origins = common->cors_allow_origins,
        .trusted_proxies = common->trusted_proxies,
        .openapi_json = daemon->openapi_json,
        .openapi_size = daemon->openapi_size,
        .max_connections = (unsigned)common->max_connections,
        /* 0 would be the default */
        .drain_ms = common->drain_seconds > 0 ? (unsigned)common->drain_seconds * 1000u : 1u,
    };

    return poly_server_create(runtime, &options, fault);
}

static void serve_until_signal(const poly_daemon *daemon, poly_runtime *runtime, poly_server *server, void *context)
{
    const poly_common_config *common = daemon->config;
    const char *signal;

    if (daemon->attach)
        daemon->attach(context, server);
    poly_runtime_start(runtime);
    poly_server_start(server);
    poly_log(POLY_LOG_INFO, "serving", poly_text_field("listen", common->listen),
             poly_int_field("port", poly_server_port(server)), poly_int_field("workers", common->workers),
             poly_text_field("version", POLY_VERSION), poly_int_field("pid", getpid()));
    daemon_notify("READY=1");

    signal = stop_signal_wait();
    poly_log(POLY_LOG_INFO, "stopping", poly_text_field("signal", signal));
    daemon_notify("STOPPING=1");
    poly_server_drain(server);
    if (daemon->stop)
        daemon->stop(context);
    poly_runtime_stop(runtime);
}

/* With the database as it should be. */
static bool run(const poly_daemon *daemon, poly_strbuf *fault)
{
    const poly_common_config *common = daemon->config;
    const poly_runtime_options options = {.workers = (unsigned)common->workers};
    poly_runtime *runtime = poly_runtime_create(&options);
    poly_server *server = NULL;
    void *context;
    bool started;

    context = daemon->start(runtime, daemon->config, fault);
    if (context)
        server = open_server(daemon, runtime, context, fault);
    if (server)
        serve_until_signal(daemon, runtime, server, context);

    started = server != NULL;
    poly_server_destroy(&server);
    if (context && daemon->release)
        daemon->release(context);
    poly_runtime_destroy(&runtime);
    return started;
}

static bool find_socket(const poly_daemon *daemon, poly_strbuf *fault)
{
    poly_common_config *common = daemon->config;

    common->listen = daemon_listen_on(common->listen, fault);
    return common->listen != NULL;
}

static bool check_and_run(const poly_daemon *daemon)
{
    poly_result checked = POLY_INVALID;
    poly_strbuf fault;
    bool served;

    poly_strbuf_init(&fault, FAULT_MAX);
    if (find_socket(daemon, &fault))
        checked = daemon_schema_check(daemon, &fault);
    served = checked == POLY_CANCELLED || (checked == POLY_OK && run(daemon, &fault));
    if (!served)
        poly_log(POLY_LOG_ERROR, "cannot start", poly_text_field("error", poly_strbuf_text(&fault)));
    poly_strbuf_release(&fault);
    return served;
}

bool daemon_serve(const poly_daemon *daemon)
{
    const poly_common_config *common = daemon->config;
    poly_log_level level = POLY_LOG_INFO;
    bool served;

    stop_signal_block();
    if (!poly_log_level_parse(common->log_level, &level))
        return false; /* the configuration's check allows no other name */
    poly_log_start(daemon->name, level, STDOUT_FILENO);
    if (strcmp(common->environment, "development") == 0)
        poly_log_plain(POLY_LOG_WARNING,
                       "DEVELOPMENT MODE: placeholder secrets are accepted, do not expose this to anyone");
    raise_descriptor_limit();
    served = check_and_run(daemon);
    poly_log_stop();
    return served;
}
