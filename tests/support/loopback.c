/* SPDX-License-Identifier: MIT */
#include "loopback.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const poly_route *tables[2];

void loopback_start(struct loopback *loopback, const poly_route *routes, poly_server_options options, unsigned workers)
{
    poly_runtime_options runtime_options = {.workers = workers};
    poly_strbuf fault;

    poly_strbuf_init(&fault, 1024);
    tables[0] = routes;
    if (!options.listen)
        options.listen = "127.0.0.1:0";
    options.routes = tables;
    if (!options.service)
        options.service = "test";
    loopback->runtime = poly_runtime_create(&runtime_options);
    loopback->server = poly_server_create(loopback->runtime, &options, &fault);
    ck_assert_msg(loopback->server != NULL, "%s", poly_strbuf_text(&fault));
    loopback->port = poly_server_port(loopback->server);
    poly_runtime_start(loopback->runtime);
    poly_server_start(loopback->server);
    poly_strbuf_release(&fault);
}

void loopback_stop(struct loopback *loopback)
{
    poly_server_drain(loopback->server);
    poly_runtime_stop(loopback->runtime);
    poly_server_destroy(&loopback->server);
    poly_runtime_destroy(&loopback->runtime);
}

int loopback_connect(const struct loopback *loopback)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)loopback->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval timeout = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)), 0);
    return fd;
}

void loopback_send(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return; /* the server closed; what it said is still to be read */
        ck_assert_int_gt(sent, 0);
        bytes += sent;
        size -= (size_t)sent;
    }
}

long loopback_read_all(int fd, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (;;) {
        ssize_t got = recv(fd, out + used, size - 1 - used, 0);

        ck_assert_msg(got >= 0 || errno != EAGAIN, "the server neither answered nor closed");
        if (got <= 0)
            return got < 0 ? -1 : (long)used;
        used += (size_t)got;
        out[used] = '\0';
        ck_assert_uint_lt(used, size - 1);
    }
}

static void read_exactly(int fd, char *out, size_t size)
{
    ck_assert_int_eq(recv(fd, out, size, MSG_WAITALL), (ssize_t)size);
    out[size] = '\0';
}

size_t loopback_read_answer(int fd, char *out, size_t size)
{
    size_t head = 0;
    const char *length;
    size_t body;

    do
        read_exactly(fd, out + head++, 1);
    while (head < 4 || memcmp(out + head - 4, "\r\n\r\n", 4) != 0);
    length = loopback_field(out, "Content-Length");
    body = length ? (size_t)strtoul(length, NULL, 10) : 0;
    ck_assert_uint_lt(head + body, size);
    if (body)
        read_exactly(fd, out + head, body);
    return head + body;
}

int loopback_status(const char *answer)
{
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(answer + 9, NULL, 10) : 0;
}

const char *loopback_body(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");

    return end ? end + 4 : "";
}

const char *loopback_field(const char *answer, const char *name)
{
    static char value[1024];
    const char *end = strstr(answer, "\r\n\r\n");
    char wanted[128];
    const char *at;

    snprintf(wanted, sizeof(wanted), "\r\n%s: ", name);
    at = strstr(answer, wanted);
    if (!at || !end || at > end)
        return NULL;
    at += strlen(wanted);
    snprintf(value, sizeof(value), "%.*s", (int)(strstr(at, "\r\n") - at), at);
    return value;
}

int loopback_exchange(const struct loopback *loopback, const char *request, char *out, size_t size)
{
    int fd = loopback_connect(loopback);

    loopback_send(fd, request, strlen(request));
    shutdown(fd, SHUT_WR);
    out[0] = '\0';
    if (loopback_read_all(fd, out, size) < 0)
        out[0] = '\0';
    close(fd);
    return loopback_status(out);
}
