/* SPDX-License-Identifier: MIT */
#include "poly/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/healthcheck.h"
#include "daemon/serve.h"

#define FAULTS_MAX 65536
#define TEXT_MAX   (1u << 20)

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static int print_usage(const poly_daemon *daemon, FILE *out, int status);

/* What was written counts only once it is out: a full disk must not look like success. */
static int printed(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "cannot write to standard output: %s\n", strerror(errno));
    return EXIT_FAILED;
}

/* Every fault as a line on standard error. */
static bool load(const poly_daemon *daemon, const poly_config_variable *variables, void *config)
{
    poly_strbuf faults;
    bool loaded;

    poly_strbuf_init(&faults, FAULTS_MAX);
    loaded = poly_config_load(variables, daemon->default_listen, config, &faults);
    if (!loaded)
        fputs(poly_strbuf_text(&faults), stderr);
    poly_strbuf_release(&faults);
    return loaded;
}

static int run_serve(const poly_daemon *daemon)
{
    if (!load(daemon, daemon->variables, daemon->config))
        return EXIT_USAGE;
    return daemon_serve(daemon) ? EXIT_DONE : EXIT_FAILED;
}

static int run_migrate(const poly_daemon *daemon)
{
    if (!load(daemon, daemon->variables, daemon->config))
        return EXIT_USAGE;
    if (daemon->migrate)
        return daemon->migrate(daemon->config);
    printf("%s has no database: nothing to migrate\n", daemon->name);
    return printed(EXIT_DONE);
}

static int run_config(const poly_daemon *daemon)
{
    poly_strbuf text;
    int status;

    poly_strbuf_init(&text, TEXT_MAX);
    poly_config_print(daemon->variables, daemon->default_listen, &text);
    fputs(poly_strbuf_text(&text), stdout);
    poly_strbuf_release(&text);
    status = printed(EXIT_DONE);
    return load(daemon, daemon->variables, daemon->config) ? status : EXIT_USAGE;
}

/* Only the common variables are needed, so that it works without the daemon's secrets. */
static int run_healthcheck(const poly_daemon *daemon)
{
    static const poly_config_variable none[] = {{.name = NULL}};
    poly_common_config common = {0};
    poly_strbuf fault;
    bool healthy;

    if (!load(daemon, none, &common))
        return EXIT_USAGE;
    poly_strbuf_init(&fault, 1024);
    healthy = daemon_is_healthy(common.listen, &fault);
    if (!healthy)
        fprintf(stderr, "%s at \"%s\" is not healthy: %s\n", daemon->name, common.listen, poly_strbuf_text(&fault));
    poly_strbuf_release(&fault);
    return healthy ? EXIT_DONE : EXIT_FAILED;
}

static int run_version(const poly_daemon *daemon)
{
    printf("%s %s\n", daemon->name, POLY_VERSION);
    return printed(EXIT_DONE);
}

static int run_help(const poly_daemon *daemon)
{
    return printed(print_usage(daemon, stdout, EXIT_DONE));
}

static const struct command {
    const char *name;
    const char *help;
    int (*run)(const poly_daemon *daemon);
} commands[] = {
    {"serve", "answer requests until SIGTERM or SIGINT", run_serve},
    {"migrate", "bring the database's schema up to this version", run_migrate},
    {"config", "print every variable with its meaning, default and present value", run_config},
    {"healthcheck", "ask the daemon at LISTEN whether it lives; exit status 0 if so", run_healthcheck},
    {"version", "print the version", run_version},
    {"--help", "print this", run_help},
};

static int print_usage(const poly_daemon *daemon, FILE *out, int status)
{
    fprintf(out, "%s: %s\n\nusage: %s COMMAND\n\n", daemon->name, daemon->summary, daemon->name);
    for (size_t i = 0; i < POLY_LENGTH(commands); i++)
        fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].help);
    fputs("\nIt is configured by environment variables; the command config lists them.\n", out);
    return status;
}

int poly_daemon_main(const poly_daemon *daemon, int argc, char **argv)
{
    /* A peer that has gone shows as EPIPE. */
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; argc == 2 && i < POLY_LENGTH(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(daemon);
    }
    if (argc > 2)
        fprintf(stderr, "%s takes one command and no arguments\n\n", daemon->name);
    else if (argc == 2)
        fprintf(stderr, "unknown command \"%s\"\n\n", argv[1]);
    return print_usage(daemon, stderr, EXIT_USAGE);
}
