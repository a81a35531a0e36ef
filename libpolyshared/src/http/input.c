/* SPDX-License-Identifier: MIT */
#include "http/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_SIZE   4096u
#define BUFFER_GROWN  (HTTP_HEAD_MAX_SIZE + 8192u)
#define BODY_ROOM     4096u /* at least, behind a head that announces a body */
#define SPARE_BUFFERS 256u

static struct input_buffer *take_buffer(struct server_loop *home, size_t capacity)
{
    struct input_buffer *buffer = home->spare_buffers;

    if (capacity == BUFFER_SIZE && buffer) {
        home->spare_buffers = buffer->next;
        home->spare_buffer_count--;
        return buffer;
    }
    buffer = poly_alloc(sizeof(*buffer) + capacity);
    buffer->capacity = capacity;
    return buffer;
}

static void give_buffer(struct server_loop *home, struct input_buffer *buffer)
{
    if (buffer->capacity != BUFFER_SIZE || home->spare_buffer_count == SPARE_BUFFERS) {
        free(buffer);
        return;
    }
    buffer->next = home->spare_buffers;
    home->spare_buffers = buffer;
    home->spare_buffer_count++;
}

void connection_release_input(struct connection *connection)
{
    if (!connection->input)
        return;
    if (connection->secret)
        explicit_bzero(connection->input->bytes, connection->input->capacity);
    give_buffer(connection->home, connection->input);
    connection->input = NULL;
    connection->input_start = connection->input_size = connection->input_held = connection->scanned = 0;
}

/* Moves bytes to the front and leaves no copy behind, since they may be a password. */
static void move_to(struct connection *connection, size_t to)
{
    char *bytes = connection->input->bytes;
    size_t left = connection->input_size - connection->input_start;

    memmove(bytes + to, bytes + connection->input_start, left);
    explicit_bzero(bytes + to + left, connection->input_size - to - left);
    connection->input_start = to;
    connection->input_size = to + left;
}

/* Moves what is not consumed into a larger buffer. Not while a request's slices point into the old one. */
static void grow_input(struct connection *connection)
{
    struct input_buffer *grown = take_buffer(connection->home, BUFFER_GROWN);
    size_t left = connection->input_size - connection->input_start;

    memcpy(grown->bytes, connection->input->bytes + connection->input_start, left);
    explicit_bzero(connection->input->bytes, connection->input_size);
    give_buffer(connection->home, connection->input);
    connection->input = grown;
    connection->input_start = 0;
    connection->input_size = left;
}

static bool make_room(struct connection *connection)
{
    size_t held = connection->request ? connection->input_held : 0;

    if (!connection->input)
        connection->input = take_buffer(connection->home, BUFFER_SIZE);
    if (connection->input_size < connection->input->capacity)
        return true;
    if (connection->input_pinned)
        return false;
    if (connection->input_start > held) {
        move_to(connection, held);
        return true;
    }
    if (connection->request || connection->input->capacity == BUFFER_GROWN)
        return false;
    grow_input(connection);
    return true;
}

static void pause_reading(struct connection *connection)
{
    if (connection->reading)
        event_del(&connection->read_event);
    connection->reading = false;
}

void connection_resume_reading(struct connection *connection)
{
    if (connection->reading || connection->peer_gone)
        return;
    connection->reading = event_add(&connection->read_event, NULL) == 0;
    /* Nobody will notice what the client says: it learns that now, and its time limit frees the connection. */
    if (!connection->reading && shutdown(connection->fd, SHUT_RDWR) != 0)
        poly_log_plain(POLY_LOG_DEBUG, "the client of a connection that cannot be watched is gone");
}

ssize_t connection_receive(struct connection *connection)
{
    ssize_t size;

    if (!make_room(connection)) {
        pause_reading(connection);
        return 0;
    }
    do
        size = read(connection->fd, connection->input->bytes + connection->input_size,
                    connection->input->capacity - connection->input_size);
    while (size < 0 && errno == EINTR);
    if (size > 0) {
        connection->input_size += (size_t)size;
        return size;
    }
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    connection->peer_gone = true;
    pause_reading(connection);
    return -1;
}

static enum http_head_status parse_head(struct connection *connection, poly_request *request, size_t *size,
                                        struct http_refusal *refusal)
{
    return http_head_parse(connection->input->bytes + connection->input_start,
                           connection->input_size - connection->input_start, &connection->scanned, &request->head, size,
                           refusal);
}

/* A body wants room behind the head, which stays in place. `size` is the head's. */
static bool needs_room_for_body(const struct connection *connection, const poly_request *request, size_t size)
{
    size_t head_end = connection->input_start + size;

    if (!request->head.chunked && request->head.content_length == 0)
        return false;
    return connection->input->capacity == BUFFER_SIZE ||
           (connection->input_start > 0 && connection->input->capacity - head_end < BODY_ROOM);
}

/* Moves head and what is behind it while nothing points at them yet. */
static void make_room_for_body(struct connection *connection)
{
    if (connection->input->capacity == BUFFER_SIZE)
        grow_input(connection);
    else
        move_to(connection, 0);
}

poly_request *connection_next_request(struct connection *connection)
{
    poly_request *request;
    struct http_refusal refusal;
    enum http_head_status status;
    size_t size = 0;

    if (connection->input_start == connection->input_size || connection->closing)
        return NULL;
    request = request_create(connection);
    status = parse_head(connection, request, &size, &refusal);
    if (status == HTTP_HEAD_DONE && needs_room_for_body(connection, request, size)) {
        make_room_for_body(connection);
        connection->scanned = 0;
        status = parse_head(connection, request, &size, &refusal);
    }
    if (status == HTTP_HEAD_PARTIAL) {
        request_destroy(request);
        return NULL;
    }
    connection->scanned = 0;
    connection->request = request;
    if (status == HTTP_HEAD_REFUSED) {
        connection->closing = true;
        response_refuse(request, &refusal);
        return request;
    }
    connection->input_start += size;
    connection->input_held = connection->input_start;
    connection->body_received = 0;
    connection->input_pinned = false;
    http_body_init(&request->body, request->head.chunked, (uint64_t)request->head.content_length);
    return request;
}

poly_result connection_await_input(struct connection *connection, uint64_t deadline)
{
    poly_wait wait;
    poly_result result;

    if (connection->peer_gone)
        return POLY_CANCELLED;
    connection_resume_reading(connection);
    poly_wait_init(&wait);
    connection->body_wait = &wait;
    connection->home->active_count--; /* slow clients take no places from the others */
    result = poly_wait_until(&wait, deadline);
    connection->home->active_count++;
    connection->body_wait = NULL;
    return result == POLY_OK && connection->peer_gone ? POLY_CANCELLED : result;
}
