/* SPDX-License-Identifier: MIT */
#include "slowloris.h"

#include "../arguments.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const char usage_text[] =
    "usage: slowloris [options] http://127.0.0.1:PORT\n"
    "Holds connections of an HTTP server of this machine open by being slow. Says \"ready\" when all have been open,\n"
    "and prints one line of JSON when the server has ended them.\n"
    "  -c, --connections N   at once (100; at most 20000)\n"
    "  -m, --mode MODE       head: drips a GET's head; body: drips a PUT's body; unread: reads no answer (head)\n"
    "  -p, --path PATH       ('/')\n"
    "  -d, --seconds S       open those again that the server ends, for so long (0)\n"
    "  -i, --interval S      between two bytes (1)\n"
    "  -t, --patience S      how long the server may then take to end the rest (30)\n"
    "Exit status: 0 when it ran, whatever the server did; 2 on bad usage.\n";

static enum slow_mode parse_mode(const char *text)
{
    static const char *const names[] = {[SLOW_HEAD] = "head", [SLOW_BODY] = "body", [SLOW_UNREAD] = "unread"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(text, names[i]) == 0)
            return (enum slow_mode)i;
    refuse("no mode", text);
    return SLOW_HEAD;
}

/* Only this machine's own server. */
static void set_server(struct slow_options *options, const char *url)
{
    static const char prefix[] = "http://127.0.0.1:";

    if (strncmp(url, prefix, sizeof(prefix) - 1) != 0)
        refuse("not http://127.0.0.1:PORT:", url);
    options->address.sin_family = AF_INET;
    options->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    options->address.sin_port = htons((in_port_t)parse_number("no port in", url + sizeof(prefix) - 1, 1, 65535));
}

static bool take_option(struct slow_options *options, int letter)
{
    switch (letter) {
    case 'c':
        options->connections = (unsigned)parse_number("connections", optarg, 1, SLOW_MAX_CONNECTIONS);
        return true;
    case 'm':
        options->mode = parse_mode(optarg);
        return true;
    case 'p':
        options->path = optarg;
        return true;
    case 'd':
        options->seconds = parse_number("seconds", optarg, 0, 3600);
        return true;
    case 'i':
        options->interval = parse_number("interval", optarg, 0.001, 3600);
        return true;
    case 't':
        options->patience = parse_number("patience", optarg, 0, 3600);
        return true;
    default:
        return false;
    }
}

static void parse_command_line(struct slow_options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"connections", required_argument, NULL, 'c'},
        {"mode", required_argument, NULL, 'm'},
        {"path", required_argument, NULL, 'p'},
        {"seconds", required_argument, NULL, 'd'},
        {"interval", required_argument, NULL, 'i'},
        {"patience", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int letter;

    while ((letter = getopt_long(argc, argv, "c:m:p:d:i:t:h", long_options, NULL)) != -1) {
        if (!take_option(options, letter)) {
            fputs(usage_text, letter == 'h' ? stdout : stderr);
            exit(letter == 'h' ? 0 : 2);
        }
    }
    if (optind + 1 != argc) {
        fputs(usage_text, stderr);
        exit(2);
    }
    set_server(options, argv[optind]);
}

static void raise_descriptor_limit(unsigned connections)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < connections + 16)
        fprintf(stderr, "slowloris: only %llu descriptors for %u connections\n", (unsigned long long)limit.rlim_cur,
                connections);
}

int main(int argc, char **argv)
{
    struct slow_options options = {.path = "/", .connections = 100, .interval = 1, .patience = 30};
    struct slow_figures figures = {0};

    parse_command_line(&options, argc, argv);
    raise_descriptor_limit(options.connections);
    if (!slow_run(&options, &figures))
        return 1;
    printf("{\"opened\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"ended\":%" PRIu64 ",\"held\":%u,\"shortest_ms\":%" PRIu64
           ",\"longest_ms\":%" PRIu64 "}\n",
           figures.opened, figures.refused, figures.ended, figures.held, figures.shortest_us / 1000,
           figures.longest_us / 1000);
    return 0;
}
