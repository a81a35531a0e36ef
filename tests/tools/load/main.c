/* SPDX-License-Identifier: MIT */
#include "load.h"

#include "../arguments.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const char usage_text[] =
    "usage: load [options] http://127.0.0.1:PORT\n"
    "Loads an HTTP server of this machine and prints one line of JSON.\n"
    "  -c, --connections N   connections at once (1; at most 20000)\n"
    "  -f, --fresh           a new connection for each request\n"
    "  -n, --requests N      requests in all\n"
    "  -d, --seconds S       give out requests for so long\n"
    "  -r, --rate R          requests a second by the clock (open loop); without it each connection\n"
    "                        sends its next request when the answer is there\n"
    "  -i, --spin            never sleep, so that the server is not charged for waking the load's processor\n"
    "  -p, --path PATH       may come often, and hold ranges: /groups/{1..500}/week ('/')\n"
    "  -P, --paths FILE      a path a line\n"
    "  -s, --shuffle         paths in pseudo-random order rather than in turn\n"
    "  -m, --method METHOD   (GET)\n"
    "  -H, --header 'N: V'   a header of every request\n"
    "  -L, --header-lines FILE  a header a line: each request has the next one\n"
    "  -b, --body FILE       a body for every request\n"
    "  -B, --bodies FILE     a body a line: each request has the next one\n"
    "  -F, --follow MEMBER   each connection begins with a line of --bodies of its own, and goes on with\n"
    "                        {\"MEMBER\":\"…\"} from the answer; the file then holds what would come next\n"
    "  -t, --timeout S       of one request (30)\n"
    "One of -n and -d is needed. Exit status: 0 when the load ran, whatever the answers; 2 on bad usage.\n";

static void add_header(struct load_options *options, const char *header)
{
    int wrote = snprintf(options->headers + options->headers_length, LOAD_MAX_HEADERS - options->headers_length,
                         "%s\r\n", header);

    if (wrote < 0 || (size_t)wrote >= LOAD_MAX_HEADERS - options->headers_length)
        refuse("too much header", header);
    options->headers_length += (size_t)wrote;
}

static void read_body(struct load_options *options, const char *name)
{
    enum { MAX_BODY = 64 << 20 };
    FILE *file = fopen(name, "rb");

    options->body = malloc(MAX_BODY);
    if (!file || !options->body)
        refuse("cannot read the body", name);
    options->body_length = fread(options->body, 1, MAX_BODY, file);
    if (ferror(file) || !feof(file))
        refuse("cannot read the body, or it is over 64 MiB", name);
    fclose(file);
}

static void read_lines(struct lines *lines, const char *name)
{
    if (!lines_read(lines, name))
        refuse("no file of lines, each shorter than 4096 bytes:", name);
}

static void add_path(struct load_options *options, const char *argument, bool is_file)
{
    const char *fault = NULL;
    bool right =
        is_file ? paths_add_file(&options->paths, argument, &fault) : paths_add(&options->paths, argument, &fault);

    if (!right)
        refuse(fault, argument);
}

static void set_port(struct load_options *options, int family, const char *port_text)
{
    in_port_t port = htons((in_port_t)parse_number("no port in", port_text, 1, 65535));
    struct sockaddr_in *four = (struct sockaddr_in *)&options->address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&options->address;

    options->address.ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        four->sin_port = port;
        four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        options->address_length = sizeof(*four);
    } else {
        six->sin6_port = port;
        six->sin6_addr = in6addr_loopback;
        options->address_length = sizeof(*six);
    }
}

/* Only this machine's own server: a load is no toy to point at others. */
static void set_server(struct load_options *options, const char *url)
{
    static const struct {
        const char *prefix;
        int family;
    } loopback[] = {
        {"http://127.0.0.1:", AF_INET},
        {"http://localhost:", AF_INET},
        {"http://[::1]:", AF_INET6},
    };
    char port[8];

    for (size_t i = 0; i < sizeof(loopback) / sizeof(loopback[0]); i++) {
        size_t length = strlen(loopback[i].prefix);

        if (strncmp(url, loopback[i].prefix, length) != 0)
            continue;
        snprintf(port, sizeof(port), "%s", url + length);
        port[strcspn(port, "/")] = '\0';
        set_port(options, loopback[i].family, port);
        snprintf(options->host, sizeof(options->host), "%.*s", (int)(strlen(url) - strlen("http://")),
                 url + strlen("http://"));
        options->host[strcspn(options->host, "/")] = '\0';
        return;
    }
    refuse("not http://127.0.0.1:PORT or http://[::1]:PORT:", url);
}

static bool take_option(struct load_options *options, int letter)
{
    switch (letter) {
    case 'c':
        options->connections = (unsigned)parse_number("connections", optarg, 1, LOAD_MAX_CONNECTIONS);
        return true;
    case 'f':
        options->fresh = true;
        return true;
    case 'n':
        options->requests = (uint64_t)parse_number("requests", optarg, 1, 1e12);
        return true;
    case 'd':
        options->seconds = parse_number("seconds", optarg, 0.001, 86400);
        return true;
    case 'r':
        options->rate = parse_number("rate", optarg, 0.01, 1e7);
        return true;
    case 'p':
    case 'P':
        add_path(options, optarg, letter == 'P');
        return true;
    case 'i':
        options->spins = true;
        return true;
    case 's':
        options->shuffled = true;
        return true;
    case 'm':
        options->method = optarg;
        return true;
    case 'H':
        add_header(options, optarg);
        return true;
    case 'b':
        read_body(options, optarg);
        return true;
    case 'L':
        read_lines(&options->header_lines, optarg);
        return true;
    case 'B':
        options->bodies_name = optarg;
        read_lines(&options->bodies, optarg);
        return true;
    case 'F':
        options->follow = optarg;
        return true;
    case 't':
        options->timeout = parse_number("timeout", optarg, 0.01, 3600);
        return true;
    default:
        return false;
    }
}

static void parse_command_line(struct load_options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"connections", required_argument, NULL, 'c'},
        {"fresh", no_argument, NULL, 'f'},
        {"requests", required_argument, NULL, 'n'},
        {"seconds", required_argument, NULL, 'd'},
        {"rate", required_argument, NULL, 'r'},
        {"path", required_argument, NULL, 'p'},
        {"paths", required_argument, NULL, 'P'},
        {"spin", no_argument, NULL, 'i'},
        {"shuffle", no_argument, NULL, 's'},
        {"method", required_argument, NULL, 'm'},
        {"header", required_argument, NULL, 'H'},
        {"body", required_argument, NULL, 'b'},
        {"header-lines", required_argument, NULL, 'L'},
        {"bodies", required_argument, NULL, 'B'},
        {"follow", required_argument, NULL, 'F'},
        {"timeout", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int letter;

    while ((letter = getopt_long(argc, argv, "c:fn:d:r:ip:P:sm:H:b:L:B:F:t:h", long_options, NULL)) != -1) {
        if (!take_option(options, letter)) {
            fputs(usage_text, letter == 'h' ? stdout : stderr);
            exit(letter == 'h' ? 0 : 2);
        }
    }
    if (optind + 1 != argc || (options->requests == 0 && options->seconds <= 0)) {
        fputs(usage_text, stderr);
        exit(2);
    }
    if (options->follow && options->bodies.count < options->connections)
        refuse("--follow needs a line of --bodies for each connection; there are too few in", options->bodies_name);
    set_server(options, argv[optind]);
    if (options->paths.count == 0)
        add_path(options, "/", false);
}

static void raise_descriptor_limit(unsigned connections)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < connections + 16)
        fprintf(stderr, "load: only %llu descriptors for %u connections\n", (unsigned long long)limit.rlim_cur,
                connections);
}

int main(int argc, char **argv)
{
    static struct load_options options = {.method = "GET", .connections = 1, .timeout = 30};
    static struct load_figures figures;
    int status = 1;

    parse_command_line(&options, argc, argv);
    raise_descriptor_limit(options.connections);
    if (load_run(&options, &figures)) {
        load_report(&options, &figures);
        status = 0;
    }
    paths_release(&options.paths);
    lines_release(&options.header_lines);
    lines_release(&options.bodies);
    free(options.body);
    return status;
}
