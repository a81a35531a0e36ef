/* SPDX-License-Identifier: MIT */
#include "daemon/healthcheck.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "poly/time.h"

#define TIME_LIMIT  POLY_SECONDS(2)
#define HOST_MAX    256
#define STATUS_SIZE 13 /* "HTTP/1.1 200 " */

/* "host:port", "[v6]:port" or ":port" in two; an address that means all becomes loopback. */
static bool split_address(const char *listen, char host[HOST_MAX], const char **port)
{
    const char *colon = strrchr(listen, ':');
    const char *first = listen;
    size_t size;

    if (!colon || strncmp(listen, "fd:", 3) == 0)
        return false;
    size = (size_t)(colon - listen);
    if (size >= 2 && first[0] == '[' && first[size - 1] == ']') {
        first++;
        size -= 2;
    }
    if (size >= HOST_MAX)
        return false;
    memcpy(host, first, size);
    host[size] = '\0';
    if (!host[0] || strcmp(host, "0.0.0.0") == 0)
        snprintf(host, HOST_MAX, "127.0.0.1");
    else if (strcmp(host, "::") == 0)
        snprintf(host, HOST_MAX, "::1");
    *port = colon + 1;
    return true;
}

/* Waits for `events`; 0, or an errno. */
static int wait_for(int socket_fd, short events, uint64_t deadline)
{
    struct pollfd ready = {.fd = socket_fd, .events = events};
    uint64_t now = poly_time_monotonic();
    int count;

    do {
        count = poll(&ready, 1, now < deadline ? (int)((deadline - now + 999) / 1000) : 0);
        now = poly_time_monotonic();
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return errno;
    return count == 0 ? ETIMEDOUT : 0;
}

static int finish_connect(int socket_fd, uint64_t deadline)
{
    int error = wait_for(socket_fd, POLLOUT, deadline);
    socklen_t size = sizeof(error);

    if (!error && getsockopt(socket_fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return errno;
    return error;
}

/* The request fits any socket's buffer, so that one send takes it whole. */
static int ask(int socket_fd)
{
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    ssize_t sent = send(socket_fd, request, sizeof(request) - 1, MSG_NOSIGNAL);

    if (sent < 0)
        return errno;
    return (size_t)sent == sizeof(request) - 1 ? 0 : EPIPE;
}

/* The first bytes of the answer; EPROTO when it ends before them. */
static int read_status(int socket_fd, char status[STATUS_SIZE], uint64_t deadline)
{
    size_t size = 0;

    while (size < STATUS_SIZE) {
        int error = wait_for(socket_fd, POLLIN, deadline);
        ssize_t got;

        if (error)
            return error;
        got = recv(socket_fd, status + size, STATUS_SIZE - size, 0);
        if (got == 0)
            return EPROTO;
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return errno;
        if (got > 0)
            size += (size_t)got;
    }
    return 0;
}

static bool is_200(const char status[STATUS_SIZE])
{
    return memcmp(status, "HTTP/1.", 7) == 0 && memcmp(status + 8, " 200", 4) == 0 &&
           (status[12] == ' ' || status[12] == '\r');
}

/* 0 when the address answers 200. */
static int check_one(const struct addrinfo *address, uint64_t deadline)
{
    int socket_fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    char status[STATUS_SIZE];
    int error = 0;

    if (socket_fd < 0)
        return errno;
    if (connect(socket_fd, address->ai_addr, address->ai_addrlen) != 0)
        error = errno == EINPROGRESS ? finish_connect(socket_fd, deadline) : errno;
    if (!error)
        error = ask(socket_fd);
    if (!error)
        error = read_status(socket_fd, status, deadline);
    if (!error && !is_200(status))
        error = EPROTO;
    close(socket_fd);
    return error;
}

bool daemon_is_healthy(const char *listen, poly_strbuf *fault)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    uint64_t deadline = poly_time_monotonic() + TIME_LIMIT;
    struct addrinfo *addresses = NULL;
    char host[HOST_MAX];
    const char *port;
    int error, status;

    if (!split_address(listen, host, &port)) {
        poly_strbuf_append_text(fault, "it listens on an inherited socket, whose address is not known here");
        return false;
    }
    status = getaddrinfo(host, port, &hints, &addresses);
    if (status != 0) {
        poly_strbuf_append_text(fault, gai_strerror(status));
        return false;
    }
    error = ENOENT;
    for (const struct addrinfo *address = addresses; address && error; address = address->ai_next)
        error = check_one(address, deadline);
    freeaddrinfo(addresses);
    if (error)
        poly_strbuf_append_text(fault, error == EPROTO ? "the answer is not 200" : strerror(error));
    return error == 0;
}
