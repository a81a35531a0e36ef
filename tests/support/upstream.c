/* SPDX-License-Identifier: MIT */
#include "upstream.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 512, MAX_HEAD = 16 * 1024, MAX_BODY = 2 * 1024 * 1024 };

struct connection {
    upstream *server;
    pthread_t thread;
    int socket; /* -1 once closed; mutex */
    unsigned number;
};

struct upstream {
    upstream_handler *handler;
    void *argument;
    int listener;
    unsigned port;
    char url[64];
    pthread_t acceptor;
    bool accepting;
    pthread_mutex_t mutex;
    bool stopping;
    unsigned requests;
    unsigned connection_count;
    struct connection *connections[MAX_CONNECTIONS];
};

static void fail(const char *what)
{
    perror(what);
    abort();
}

/* --- reading requests --- */

struct reader {
    int socket;
    char *buffer; /* MAX_HEAD + MAX_BODY + 2 */
    size_t size;
};

static bool read_more(struct reader *reader)
{
    ssize_t got;

    if (reader->size >= MAX_HEAD + MAX_BODY)
        return false;
    got = recv(reader->socket, reader->buffer + reader->size, MAX_HEAD + MAX_BODY - reader->size, 0);
    if (got <= 0)
        return false;
    reader->size += (size_t)got;
    reader->buffer[reader->size] = '\0';
    return true;
}

/* The length of the head with its empty line; 0 when the peer goes away before that. */
static size_t read_head(struct reader *reader)
{
    char *end;

    reader->buffer[reader->size] = '\0';
    while (!(end = strstr(reader->buffer, "\r\n\r\n")))
        if (!read_more(reader))
            return 0;
    return (size_t)(end - reader->buffer) + 4;
}

static bool serve_one(struct connection *connection, struct reader *reader, unsigned number, bool *keep)
{
    upstream *server = connection->server;
    size_t head_size = read_head(reader);
    upstream_exchange exchange = {.socket = reader->socket, .connection = connection->number, .request = number};
    char length[32] = "0";
    char *head, *body;

    if (!head_size)
        return false;
    head = strndup(reader->buffer, head_size);
    exchange.head = head;
    upstream_header(&exchange, "Content-Length", length, sizeof(length));
    exchange.body_size = strtoul(length, NULL, 10);
    while (reader->size < head_size + exchange.body_size)
        if (!read_more(reader)) {
            free(head);
            return false;
        }
    body = malloc(exchange.body_size + 1);
    memcpy(body, reader->buffer + head_size, exchange.body_size);
    body[exchange.body_size] = '\0';
    exchange.body = body;
    reader->size -= head_size + exchange.body_size;
    memmove(reader->buffer, reader->buffer + head_size + exchange.body_size, reader->size);
    if (sscanf(head, "%15s %1023s", exchange.method, exchange.target) != 2)
        fail("upstream: request line");
    pthread_mutex_lock(&server->mutex);
    server->requests++;
    pthread_mutex_unlock(&server->mutex);
    *keep = server->handler(&exchange, server->argument);
    free(body);
    free(head);
    return true;
}

static void *serve(void *argument)
{
    struct connection *connection = argument;
    struct reader reader = {.socket = connection->socket, .buffer = malloc(MAX_HEAD + MAX_BODY + 2)};
    bool keep = true;

    for (unsigned number = 1; keep && serve_one(connection, &reader, number, &keep); number++)
        ;
    free(reader.buffer);
    pthread_mutex_lock(&connection->server->mutex);
    close(connection->socket);
    connection->socket = -1;
    pthread_mutex_unlock(&connection->server->mutex);
    return NULL;
}

/* --- accepting --- */

static bool take_in(upstream *server, int socket)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    bool taken = false;

    connection->server = server;
    connection->socket = socket;
    pthread_mutex_lock(&server->mutex);
    if (!server->stopping && server->connection_count < MAX_CONNECTIONS) {
        server->connections[server->connection_count++] = connection;
        connection->number = server->connection_count;
        if (pthread_create(&connection->thread, NULL, serve, connection) != 0)
            fail("pthread_create");
        taken = true;
    }
    pthread_mutex_unlock(&server->mutex);
    if (!taken) {
        close(socket);
        free(connection);
    }
    return taken;
}

static void *accept_all(void *argument)
{
    upstream *server = argument;
    int socket;

    while ((socket = accept(server->listener, NULL, NULL)) >= 0)
        if (!take_in(server, socket))
            break;
    return NULL;
}

upstream *upstream_listen(upstream_handler *handler, void *argument, int backlog)
{
    upstream *server = calloc(1, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    server->handler = handler;
    server->argument = argument;
    pthread_mutex_init(&server->mutex, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(server->listener, backlog) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &size) != 0)
        fail("upstream: listen");
    server->port = ntohs(address.sin_port);
    snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%u", server->port);
    return server;
}

void upstream_accept(upstream *server)
{
    if (pthread_create(&server->acceptor, NULL, accept_all, server) != 0)
        fail("pthread_create");
    server->accepting = true;
}

upstream *upstream_start(upstream_handler *handler, void *argument)
{
    upstream *server = upstream_listen(handler, argument, 128);

    upstream_accept(server);
    return server;
}

void upstream_stop(upstream **server)
{
    upstream *self = *server;

    pthread_mutex_lock(&self->mutex);
    self->stopping = true;
    for (unsigned i = 0; i < self->connection_count; i++)
        if (self->connections[i]->socket >= 0)
            shutdown(self->connections[i]->socket, SHUT_RDWR);
    pthread_mutex_unlock(&self->mutex);
    shutdown(self->listener, SHUT_RDWR);
    if (self->accepting)
        pthread_join(self->acceptor, NULL);
    for (unsigned i = 0; i < self->connection_count; i++) {
        pthread_join(self->connections[i]->thread, NULL);
        free(self->connections[i]);
    }
    close(self->listener);
    pthread_mutex_destroy(&self->mutex);
    free(self);
    *server = NULL;
}

unsigned upstream_port(const upstream *server)
{
    return server->port;
}

const char *upstream_url(const upstream *server)
{
    return server->url;
}

static unsigned read_count(upstream *server, const unsigned *count)
{
    unsigned value;

    pthread_mutex_lock(&server->mutex);
    value = *count;
    pthread_mutex_unlock(&server->mutex);
    return value;
}

unsigned upstream_connections(upstream *server)
{
    return read_count(server, &server->connection_count);
}

unsigned upstream_requests(upstream *server)
{
    return read_count(server, &server->requests);
}

/* --- for handlers --- */

bool upstream_send(const upstream_exchange *exchange, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t sent = send(exchange->socket, at, size, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

bool upstream_send_text(const upstream_exchange *exchange, const char *text)
{
    return upstream_send(exchange, text, strlen(text));
}

bool upstream_answer(const upstream_exchange *exchange, int status, const char *content_type, const char *extra,
                     const void *body, size_t size)
{
    char head[2048];

    snprintf(head, sizeof(head), "HTTP/1.1 %d Something\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n", status,
             content_type, size, extra ? extra : "");
    return upstream_send_text(exchange, head) && upstream_send(exchange, body, size);
}

bool upstream_await_close(const upstream_exchange *exchange, int milliseconds)
{
    struct pollfd poll_for = {.fd = exchange->socket, .events = POLLIN | POLLRDHUP};
    char ignored[256];

    while (poll(&poll_for, 1, milliseconds) > 0)
        if (recv(exchange->socket, ignored, sizeof(ignored), 0) <= 0)
            return true;
    return false;
}

void upstream_reset(const upstream_exchange *exchange)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    setsockopt(exchange->socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

bool upstream_header(const upstream_exchange *exchange, const char *name, char *out, size_t size)
{
    size_t name_size = strlen(name);

    for (const char *line = strstr(exchange->head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        const char *field = line + 2;

        if (strncasecmp(field, name, name_size) != 0 || field[name_size] != ':')
            continue;
        field += name_size + 1;
        field += strspn(field, " ");
        snprintf(out, size, "%.*s", (int)strcspn(field, "\r"), field);
        return true;
    }
    return false;
}
