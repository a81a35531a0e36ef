/* SPDX-License-Identifier: MIT */
#include "connection.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_ROOM = 4096 + LOAD_MAX_HEADERS + LINE_MAX_LENGTH };

uint64_t monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

void connection_close(struct connection *connection)
{
    if (connection->state != CONNECTION_CLOSED)
        close(connection->socket);
    connection->state = CONNECTION_CLOSED;
}

void connection_release(struct connection *connection)
{
    connection_close(connection);
    response_release(&connection->response);
    follow_release(&connection->follow);
    free(connection->out);
}

static enum connection_event fail(struct connection *connection, enum load_error error)
{
    connection_close(connection);
    connection->error = error;
    return CONNECTION_FAILED;
}

enum connection_event connection_open(struct connection *connection, const struct load_options *options, int epoll)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = connection}};
    int on = 1;

    connection->socket = socket(options->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->socket < 0)
        return fail(connection, LOAD_ERROR_CONNECT);
    connection->state = CONNECTION_CONNECTING;
    if (setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
        (connect(connection->socket, (const struct sockaddr *)&options->address, options->address_length) != 0 &&
         errno != EINPROGRESS) ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, connection->socket, &event) != 0)
        return fail(connection, LOAD_ERROR_CONNECT);
    return CONNECTION_WAITS;
}

static size_t print_head(char *out, size_t room, const struct load_options *options, const struct order *order)
{
    size_t length = (size_t)snprintf(out, room, "%s ", options->method);
    size_t path = paths_write(&options->paths, order->path, out + length, room - length);

    if (path == 0)
        abort(); /* paths_add checked the length */
    length += path;
    length += (size_t)snprintf(out + length, room - length, " HTTP/1.1\r\nHost: %s\r\n%.*s", options->host,
                               (int)options->headers_length, options->headers);
    if (options->header_lines.count)
        length +=
            (size_t)snprintf(out + length, room - length, "%s\r\n", lines_get(&options->header_lines, order->turn));
    if (options->fresh)
        length += (size_t)snprintf(out + length, room - length, "Connection: close\r\n");
    return length;
}

/* NULL: none. */
static const char *body_of(const struct connection *connection, const struct load_options *options, uint64_t turn,
                           size_t *size)
{
    const char *text = connection->follow.body;

    if (!text && options->bodies.count)
        text = lines_get(&options->bodies, turn);
    *size = text ? strlen(text) : options->body_length;
    return text ? text : options->body;
}

static void print_request(struct connection *connection, const struct load_options *options, const struct order *order)
{
    size_t body_size, length = print_head(connection->out, HEAD_ROOM, options, order);
    const char *body = body_of(connection, options, order->turn, &body_size);

    if (body)
        length += (size_t)snprintf(connection->out + length, HEAD_ROOM - length, "Content-Length: %zu\r\n", body_size);
    length += (size_t)snprintf(connection->out + length, HEAD_ROOM - length, "\r\n");
    if (body)
        memcpy(connection->out + length, body, body_size);
    connection->out_length = length + body_size;
}

void connection_give(struct connection *connection, const struct load_options *options, const struct order *order)
{
    if (!connection->out && !(connection->out = malloc(HEAD_ROOM + LINE_MAX_LENGTH + options->body_length)))
        abort();
    print_request(connection, options, order);
    connection->out_sent = 0;
    connection->single = options->fresh;
    connection->has_request = true;
    connection->begun = order->due;
    response_reset(&connection->response, strcmp(options->method, "HEAD") == 0);
    follow_reset(&connection->follow);
    if (connection->state == CONNECTION_IDLE)
        connection->state = CONNECTION_SENDING;
}

static enum connection_event finish_connecting(struct connection *connection, struct load_figures *figures)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof(peer);
    int error = 0;
    socklen_t size = sizeof(error);

    if (getsockopt(connection->socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
        return fail(connection, LOAD_ERROR_CONNECT);
    if (getpeername(connection->socket, (struct sockaddr *)&peer, &length) != 0)
        return CONNECTION_WAITS;
    figures->connected++;
    connection->state = connection->has_request ? CONNECTION_SENDING : CONNECTION_IDLE;
    return CONNECTION_CONNECTED;
}

static enum connection_event send_request(struct connection *connection, struct load_figures *figures)
{
    while (connection->out_sent < connection->out_length) {
        ssize_t sent = send(connection->socket, connection->out + connection->out_sent,
                            connection->out_length - connection->out_sent, MSG_NOSIGNAL);

        if (sent < 0 && errno == EAGAIN)
            return CONNECTION_WAITS;
        if (sent < 0)
            return fail(connection, LOAD_ERROR_RESET);
        connection->out_sent += (size_t)sent;
        figures->bytes_out += (uint64_t)sent;
    }
    connection->state = CONNECTION_RECEIVING;
    return CONNECTION_CONNECTED;
}

static enum connection_event finish_response(struct connection *connection, const struct load_options *options,
                                             bool ended)
{
    if (options->follow)
        follow_answer(&connection->follow, options->follow);
    connection->has_request = false;
    if (ended || connection->single || connection->response.closes)
        connection_close(connection);
    else
        connection->state = CONNECTION_IDLE;
    return CONNECTION_ANSWERED;
}

static enum connection_event receive_response(struct connection *connection, const struct load_options *options,
                                              struct load_figures *figures)
{
    static char bytes[65536];

    for (;;) {
        ssize_t got = recv(connection->socket, bytes, sizeof(bytes), 0);
        size_t taken;

        if (got < 0 && errno == EAGAIN)
            return CONNECTION_WAITS;
        if (got < 0)
            return fail(connection, LOAD_ERROR_RESET);
        if (got == 0 && response_end(&connection->response))
            return finish_response(connection, options, true);
        if (got == 0)
            return fail(connection, LOAD_ERROR_CLOSED);
        figures->bytes_in += (uint64_t)got;
        if (options->follow)
            follow_take(&connection->follow, bytes, (size_t)got);
        taken = response_take(&connection->response, bytes, (size_t)got);
        if (connection->response.state == RESPONSE_MALFORMED || taken < (size_t)got)
            return fail(connection, LOAD_ERROR_MALFORMED);
        if (connection->response.state == RESPONSE_DONE)
            return finish_response(connection, options, false);
    }
}

/* An idle connection hears of nothing but its end. */
static enum connection_event notice_end(struct connection *connection)
{
    char byte;
    ssize_t got = recv(connection->socket, &byte, 1, MSG_PEEK);

    if (got < 0 && errno == EAGAIN)
        return CONNECTION_WAITS;
    if (got > 0)
        return fail(connection, LOAD_ERROR_MALFORMED);
    connection_close(connection);
    return CONNECTION_WAITS;
}

enum connection_event connection_advance(struct connection *connection, const struct load_options *options,
                                         struct load_figures *figures)
{
    bool newly_given = connection->state == CONNECTION_SENDING && connection->out_sent == 0;
    enum connection_event event = CONNECTION_WAITS;

    if (connection->state == CONNECTION_CONNECTING) {
        event = finish_connecting(connection, figures);
        if (event != CONNECTION_CONNECTED || connection->state == CONNECTION_IDLE)
            return event;
    }
    if (connection->state == CONNECTION_IDLE)
        return notice_end(connection);
    if (connection->state == CONNECTION_SENDING) {
        event = send_request(connection, figures);
        if (event != CONNECTION_CONNECTED)
            return event;
        if (newly_given)
            return CONNECTION_WAITS; /* the answer cannot be there yet, and its coming is an event */
    }
    return connection->state == CONNECTION_RECEIVING ? receive_response(connection, options, figures)
                                                     : CONNECTION_WAITS;
}
