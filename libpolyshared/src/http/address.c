/* SPDX-License-Identifier: MIT */
#include "http/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "poly/log.h"

#define BACKLOG        4096
#define PEER_SILENT_MS 20000
#define INHERITED      "fd:"

static bool set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/*
 * Accepted sockets inherit these on Linux, which saves the calls per connection. A peer that has vanished is noticed
 * in 25 s: unacknowledged data by TCP_USER_TIMEOUT, silence by keepalive probes.
 */
static bool set_inherited_options(int fd)
{
    return set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1) && set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
           set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 10) && set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5) &&
           set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3) && set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, PEER_SILENT_MS);
}

static int open_listener(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, info->ai_protocol);

    if (fd < 0)
        return -1;
    if ((info->ai_family != AF_INET6 || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)) &&
        set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) && bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    close(fd);
    return -1;
}

static int listen_host(const char *listen_on, poly_strbuf *fault)
{
    const char *colon = strrchr(listen_on, ':');
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char *host;
    int failed;
    int fd = -1;

    if (!colon) {
        poly_strbuf_printf(fault, "LISTEN \"%s\" has no port\n", listen_on);
        return -1;
    }
    host = listen_on[0] == '[' && colon > listen_on + 1 ? poly_strndup(listen_on + 1, (size_t)(colon - listen_on) - 2)
                                                        : poly_strndup(listen_on, (size_t)(colon - listen_on));
    if (!*host)
        hints.ai_family = AF_INET6;
    failed = getaddrinfo(*host ? host : NULL, colon + 1, &hints, &found);
    if (failed)
        poly_strbuf_printf(fault, "cannot resolve LISTEN \"%s\": %s\n", listen_on, gai_strerror(failed));
    for (const struct addrinfo *info = found; info && fd < 0; info = info->ai_next)
        fd = open_listener(info);
    if (!failed && fd < 0)
        poly_strbuf_printf(fault, "cannot listen on \"%s\": %s\n", listen_on, strerror(errno));
    if (found)
        freeaddrinfo(found);
    free(host);
    return fd;
}

/* A socket that the supervisor opened and listens on. */
static int inherit_listener(const char *number, poly_strbuf *fault)
{
    char *end;
    long fd = strtol(number, &end, 10);
    int listening = 0;
    socklen_t size = sizeof(listening);

    if (end == number || *end || fd < 0 || fd > 65535 ||
        getsockopt((int)fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || !listening) {
        poly_strbuf_printf(fault, "LISTEN \"fd:%s\" is no listening socket\n", number);
        return -1;
    }
    if (fcntl((int)fd, F_SETFL, O_NONBLOCK) != 0 || fcntl((int)fd, F_SETFD, FD_CLOEXEC) != 0) {
        poly_strbuf_printf(fault, "cannot prepare LISTEN \"fd:%s\": %s\n", number, strerror(errno));
        return -1;
    }
    return (int)fd;
}

static bool is_inherited(const char *listen_on)
{
    return strncmp(listen_on, INHERITED, strlen(INHERITED)) == 0;
}

int http_listen(const char *listen_on, unsigned *port, poly_strbuf *fault)
{
    int fd = is_inherited(listen_on) ? inherit_listener(listen_on + strlen(INHERITED), fault)
                                     : listen_host(listen_on, fault);
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof(address);

    if (fd < 0)
        return -1;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 ||
        (address.ss_family != AF_UNIX && !set_inherited_options(fd))) {
        poly_strbuf_printf(fault, "cannot set options on \"%s\": %s\n", listen_on, strerror(errno));
        close(fd);
        return -1;
    }
    *port = 0;
    if (address.ss_family == AF_INET)
        *port = ntohs(((struct sockaddr_in *)&address)->sin_port);
    else if (address.ss_family == AF_INET6)
        *port = ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return fd;
}

/* The filter sees packets from the TCP header on. Connections that it lets in inherit it, and get no SYN any more. */
void http_listen_end(int fd, const char *listen_on)
{
    enum { FLAGS_OFFSET = 13, SYN = 0x02, NOTHING = 0, EVERYTHING = INT32_MAX };
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS_OFFSET),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, NOTHING),
        BPF_STMT(BPF_RET | BPF_K, EVERYTHING),
    };
    const struct sock_fprog drop_syn = {.len = POLY_LENGTH(instructions), .filter = instructions};

    if (is_inherited(listen_on))
        return;
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &drop_syn, sizeof(drop_syn)) != 0)
        poly_log(POLY_LOG_WARNING, "cannot keep new connections off the closing listener",
                 poly_text_field("error", strerror(errno)));
}

void http_address_text(const struct sockaddr_storage *address, char *out, size_t size)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    const void *bytes = &((const struct sockaddr_in *)address)->sin_addr;
    int family = address->ss_family;

    out[0] = '\0';
    if (family == AF_INET6) {
        bytes = &v6->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
            family = AF_INET;
            bytes = v6->sin6_addr.s6_addr + 12;
        }
    }
    if ((family == AF_INET || family == AF_INET6) && !inet_ntop(family, bytes, out, (socklen_t)size))
        out[0] = '\0';
}
