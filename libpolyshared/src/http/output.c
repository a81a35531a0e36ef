/* SPDX-License-Identifier: MIT */
#include "http/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define STALL_LIMIT POLY_SECONDS(10)

/* Sends from the front of `pieces` and moves them on. Bytes sent, 0 when the socket is full, -1 when it is broken. */
static ssize_t send_pieces(int fd, struct iovec *pieces, unsigned count)
{
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
    ssize_t sent;
    size_t left;

    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
    left = (size_t)sent;
    for (unsigned i = 0; i < count && left; i++) {
        size_t taken = left < pieces[i].iov_len ? left : pieces[i].iov_len;

        pieces[i].iov_base = (char *)pieces[i].iov_base + taken;
        pieces[i].iov_len -= taken;
        left -= taken;
    }
    return sent;
}

static unsigned skip_empty(const struct iovec *pieces, unsigned piece, unsigned count)
{
    while (piece < count && pieces[piece].iov_len == 0)
        piece++;
    return piece;
}

enum output_status connection_write(struct connection *connection)
{
    struct answer *answer = &connection->request->answer;

    while ((answer->piece = skip_empty(answer->pieces, answer->piece, answer->piece_count)) < answer->piece_count) {
        ssize_t sent = send_pieces(connection->fd, answer->pieces + answer->piece, answer->piece_count - answer->piece);

        if (sent <= 0)
            return sent == 0 ? OUTPUT_STALLED : OUTPUT_FAILED;
        answer->bytes += (uint64_t)sent;
    }
    return OUTPUT_DONE;
}

static poly_result await_room(struct connection *connection)
{
    poly_wait wait;
    poly_result result;

    poly_wait_init(&wait);
    connection->write_wait = &wait;
    event_add(&connection->write_event, NULL);
    connection->home->active_count--;
    result = poly_wait_until(&wait, poly_loop_now(connection->home->loop) + STALL_LIMIT);
    connection->home->active_count++;
    connection->write_wait = NULL;
    if (result != POLY_OK)
        event_del(&connection->write_event);
    return result;
}

poly_result connection_write_waiting(struct connection *connection, struct iovec *pieces, unsigned count)
{
    struct answer *answer = &connection->request->answer;
    unsigned piece = 0;

    while ((piece = skip_empty(pieces, piece, count)) < count) {
        ssize_t sent = send_pieces(connection->fd, pieces + piece, count - piece);
        poly_result result = POLY_OK;

        if (sent < 0) {
            connection->peer_gone = true;
            return POLY_CANCELLED;
        }
        answer->bytes += (uint64_t)sent;
        if (sent == 0)
            result = await_room(connection);
        if (result != POLY_OK)
            return result;
    }
    return POLY_OK;
}
