/* SPDX-License-Identifier: MIT */
/* What waits to be written to a subscriber. */
#include "http/sse.h"
#include "http/sse_frame.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define PIECES_PER_CALL 16u

static struct sse_piece *create_piece(struct poly_sse *subscriber, poly_blob *frame, uint64_t sequence)
{
    struct sse_piece *piece = poly_alloc(sizeof(*piece));

    *piece = (struct sse_piece){.frame = poly_blob_ref(frame), .sequence = sequence};
    subscriber->queued += frame->size;
    return piece;
}

static void destroy_piece(struct poly_sse *subscriber, struct sse_piece *piece)
{
    subscriber->queued -= piece->frame->size;
    poly_blob_unref(&piece->frame);
    free(piece);
}

void sse_queue_append(struct poly_sse *subscriber, poly_blob *frame, uint64_t sequence)
{
    struct sse_piece *piece = create_piece(subscriber, frame, sequence);

    if (subscriber->last)
        subscriber->last->next = piece;
    else
        subscriber->first = piece;
    subscriber->last = piece;
}

static void drop_covered(struct poly_sse *subscriber, struct sse_piece **at)
{
    while (*at) {
        struct sse_piece *piece = *at;

        if (piece->sequence && piece->sequence <= subscriber->covered) {
            *at = piece->next;
            destroy_piece(subscriber, piece);
        } else {
            subscriber->last = piece;
            at = &piece->next;
        }
    }
}

void sse_queue_insert_own(struct poly_sse *subscriber, poly_blob *frame, uint64_t sequence)
{
    struct sse_piece *own = subscriber->last_own;
    struct sse_piece *piece = create_piece(subscriber, frame, 0);
    struct sse_piece **place = own ? &own->next : &subscriber->first;

    if (sequence > subscriber->covered)
        subscriber->covered = sequence;
    piece->next = *place;
    *place = piece;
    subscriber->last_own = subscriber->last = piece;
    drop_covered(subscriber, &piece->next);
}

static void drop_first(struct poly_sse *subscriber)
{
    struct sse_piece *piece = subscriber->first;

    subscriber->first = piece->next;
    if (!subscriber->first)
        subscriber->last = NULL;
    subscriber->written = 0;
    destroy_piece(subscriber, piece);
}

void sse_queue_clear(struct poly_sse *subscriber)
{
    while (subscriber->first)
        drop_first(subscriber);
    subscriber->last_own = NULL;
}

static size_t size_of(const struct poly_sse *subscriber, const struct sse_piece *piece)
{
    return sse_frame_bytes(piece->frame, subscriber->chunked).size;
}

static void take_off(struct poly_sse *subscriber, size_t written)
{
    written += subscriber->written;
    while (subscriber->first && written >= size_of(subscriber, subscriber->first)) {
        written -= size_of(subscriber, subscriber->first);
        drop_first(subscriber);
    }
    subscriber->written = written;
}

/* One call. Bytes written; 0: the socket is full; -1: it is broken. */
static ssize_t write_some(const struct poly_sse *subscriber, int fd)
{
    struct iovec parts[PIECES_PER_CALL];
    struct msghdr message = {.msg_iov = parts};
    size_t skip = subscriber->written;
    ssize_t written;

    for (const struct sse_piece *piece = subscriber->first; piece && message.msg_iovlen < PIECES_PER_CALL;
         piece = piece->next) {
        poly_slice bytes = sse_frame_bytes(piece->frame, subscriber->chunked);

        parts[message.msg_iovlen++] = (struct iovec){(void *)(uintptr_t)(bytes.data + skip), bytes.size - skip};
        skip = 0;
    }
    do
        written = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (written < 0 && errno == EINTR);
    if (written >= 0)
        return written;
    return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
}

enum sse_written sse_queue_write(struct poly_sse *subscriber, int fd, bool *progress)
{
    *progress = false;
    take_off(subscriber, 0); /* what has no bytes for this client */
    while (subscriber->first) {
        ssize_t written = write_some(subscriber, fd);

        if (written <= 0)
            return written == 0 ? SSE_BLOCKED : SSE_BROKEN;
        *progress = true;
        take_off(subscriber, (size_t)written);
    }
    return SSE_WRITTEN;
}
