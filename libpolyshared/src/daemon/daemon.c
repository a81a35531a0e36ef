/* SPDX-License-Identifier: MIT */
#include "poly/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/healthcheck.h"
#include "daemon/keys.h"
#include "daemon/schema.h"
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

static bool load_all(const poly_daemon *daemon)
{
    return load(daemon, daemon->variables, daemon->config);
}

/* --- the commands --- */

/* What was asked for. */
struct call {
    const poly_daemon *daemon;
    const char *argument; /* NULL for commands without */
};

static int run_serve(const struct call *call)
{
    if (!load_all(call->daemon))
        return EXIT_USAGE;
    return daemon_serve(call->daemon) ? EXIT_DONE : EXIT_FAILED;
}

/* Where there is no database this is no fault, so that a deployment may call it for every daemon. */
static int run_migrate(const struct call *call)
{
    if (!load_all(call->daemon))
        return EXIT_USAGE;
    if (call->daemon->migrations)
        return printed(daemon_schema_migrate(call->daemon) ? EXIT_DONE : EXIT_FAILED);
    printf("%s has no database: nothing to migrate\n", call->daemon->name);
    return printed(EXIT_DONE);
}

static int run_keys_list(const struct call *call)
{
    if (!load_all(call->daemon))
        return EXIT_USAGE;
    return printed(daemon_keys_list(call->daemon) ? EXIT_DONE : EXIT_FAILED);
}

static int run_keys_rotate(const struct call *call)
{
    if (!load_all(call->daemon))
        return EXIT_USAGE;
    return printed(daemon_keys_rotate(call->daemon) ? EXIT_DONE : EXIT_FAILED);
}

static int run_keys_retire(const struct call *call)
{
    if (!load_all(call->daemon))
        return EXIT_USAGE;
    return printed(daemon_keys_retire(call->daemon, call->argument) ? EXIT_DONE : EXIT_FAILED);
}

static int run_config(const struct call *call)
{
    const poly_daemon *daemon = call->daemon;
    poly_strbuf text;
    int status;

    poly_strbuf_init(&text, TEXT_MAX);
    poly_config_print(daemon->variables, daemon->default_listen, &text);
    fputs(poly_strbuf_text(&text), stdout);
    poly_strbuf_release(&text);
    status = printed(EXIT_DONE);
    return load_all(daemon) ? status : EXIT_USAGE;
}

/* Only the common variables are needed, so that it works without the daemon's secrets. */
static int run_healthcheck(const struct call *call)
{
    static const poly_config_variable none[] = {{.name = NULL}};
    poly_common_config common = {0};
    poly_strbuf fault;
    bool healthy;

    if (!load(call->daemon, none, &common))
        return EXIT_USAGE;
    poly_strbuf_init(&fault, 1024);
    healthy = daemon_is_healthy(common.listen, &fault);
    if (!healthy)
        fprintf(stderr, "%s at \"%s\" is not healthy: %s\n", call->daemon->name, common.listen,
                poly_strbuf_text(&fault));
    poly_strbuf_release(&fault);
    return healthy ? EXIT_DONE : EXIT_FAILED;
}

static int run_version(const struct call *call)
{
    printf("%s %s\n", call->daemon->name, POLY_VERSION);
    return printed(EXIT_DONE);
}

static int run_help(const struct call *call)
{
    return printed(print_usage(call->daemon, stdout, EXIT_DONE));
}

/* --- the table --- */

static bool has_database(const poly_daemon *daemon)
{
    return daemon->migrations != NULL;
}

static bool has_keys(const poly_daemon *daemon)
{
    return daemon->signing_keys_dir != NULL;
}

static const struct command {
    const char *name;     /* one word or two */
    const char *argument; /* what follows it; NULL: nothing */
    const char *help;
    int (*run)(const struct call *call);
    bool (*is_shown)(const poly_daemon *daemon); /* NULL: always */
} commands[] = {
    {"serve", NULL, "answer requests until SIGTERM or SIGINT", run_serve, NULL},
    {"migrate", NULL, "bring the database's schema up to this version", run_migrate, has_database},
    {"keys list", NULL, "print the signing keys, oldest first", run_keys_list, has_keys},
    {"keys rotate", NULL, "add a signing key, which signs as soon as everyone can know it", run_keys_rotate, has_keys},
    {"keys retire", "KID", "remove a signing key; tokens that it signed are refused", run_keys_retire, has_keys},
    {"config", NULL, "print every variable with its meaning, default and present value", run_config, NULL},
    {"healthcheck", NULL, "ask the daemon at LISTEN whether it lives; exit status 0 if so", run_healthcheck, NULL},
    {"version", NULL, "print the version", run_version, NULL},
    {"--help", NULL, "print this", run_help, NULL},
};

static bool is_shown(const struct command *command, const poly_daemon *daemon)
{
    return !command->is_shown || command->is_shown(daemon);
}

static int print_usage(const poly_daemon *daemon, FILE *out, int status)
{
    fprintf(out, "%s: %s\n\nusage: %s COMMAND\n\n", daemon->name, daemon->summary, daemon->name);
    for (size_t i = 0; i < POLY_LENGTH(commands); i++) {
        char whole[32];

        if (!is_shown(&commands[i], daemon))
            continue;
        snprintf(whole, sizeof(whole), "%s %s", commands[i].name, commands[i].argument ? commands[i].argument : "");
        fprintf(out, "  %-16s %s\n", whole, commands[i].help);
    }
    fputs("\nIt is configured by environment variables; the command config lists them.\n", out);
    return status;
}

/* How many of the words are the command's name; 0: it is another one. */
static int match(const struct command *command, int count, char **words)
{
    const char *space = strchr(command->name, ' ');
    size_t first_size = space ? (size_t)(space - command->name) : strlen(command->name);

    if (count < 1 || strlen(words[0]) != first_size || memcmp(words[0], command->name, first_size) != 0)
        return 0;
    if (!space)
        return 1;
    return count > 1 && strcmp(words[1], space + 1) == 0 ? 2 : 0;
}

static int run_with_rest(const poly_daemon *daemon, const struct command *command, int count, char **rest)
{
    if (count == (command->argument ? 1 : 0))
        return command->run(&(struct call){daemon, count ? rest[0] : NULL});
    if (command->argument)
        fprintf(stderr, "\"%s\" takes one argument, %s\n\n", command->name, command->argument);
    else
        fprintf(stderr, "\"%s\" takes no arguments\n\n", command->name);
    return print_usage(daemon, stderr, EXIT_USAGE);
}

/* `keys` of a daemon that has none is a mistake, where `migrate` is only in vain. */
static bool is_known(const struct command *command, const poly_daemon *daemon)
{
    return is_shown(command, daemon) || command->run == run_migrate;
}

int poly_daemon_main(const poly_daemon *daemon, int argc, char **argv)
{
    /* A peer that has gone shows as EPIPE. */
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < POLY_LENGTH(commands); i++) {
        int taken = match(&commands[i], argc - 1, argv + 1);

        if (taken && is_known(&commands[i], daemon))
            return run_with_rest(daemon, &commands[i], argc - 1 - taken, argv + 1 + taken);
    }
    if (argc > 1)
        fprintf(stderr, "unknown command \"%s%s%s\"\n\n", argv[1], argc > 2 ? " " : "", argc > 2 ? argv[2] : "");
    return print_usage(daemon, stderr, EXIT_USAGE);
}
