/* SPDX-License-Identifier: MIT */
/* Answers written piece by piece, on the handler's fiber. */
#include "http/connection.h"

#include <stdio.h>
#include <string.h>

static poly_result write_bytes(poly_request *request, const void *bytes, size_t size)
{
    struct answer *answer = &request->answer;
    char chunk_head[20];
    struct iovec pieces[3] = {
        {chunk_head, 0}, {(void *)(uintptr_t)bytes, size}, {(void *)(uintptr_t) "\r\n", answer->chunked ? 2 : 0}};

    if (answer->chunked)
        pieces[0].iov_len = (size_t)snprintf(chunk_head, sizeof(chunk_head), "%zx\r\n", size);
    return connection_write_waiting(request->connection, pieces, 3);
}

poly_result poly_stream_begin(poly_request *request, int status, const char *content_type, int64_t content_length)
{
    struct answer *answer = &request->answer;
    poly_result result;

    answer->chunked = content_length < 0 && request->head.minor == 1;
    answer->streaming = true;
    answer->stream_left = content_length;
    response_build(request, status, content_type, content_length, NULL);
    result = connection_write_waiting(request->connection, answer->pieces, answer->piece_count);
    answer->piece_count = 0;
    if (result != POLY_OK)
        answer->aborted = true;
    return result;
}

poly_result poly_stream_write(poly_request *request, const void *bytes, size_t size)
{
    struct answer *answer = &request->answer;
    poly_result result;

    if (size == 0 || request->head.method == POLY_HEAD)
        return answer->aborted ? POLY_CANCELLED : POLY_OK;
    if (answer->aborted)
        return POLY_CANCELLED;
    if (answer->stream_left >= 0 && (int64_t)size > answer->stream_left)
        size = (size_t)answer->stream_left;
    result = write_bytes(request, bytes, size);
    if (answer->stream_left >= 0)
        answer->stream_left -= (int64_t)size;
    if (result != POLY_OK)
        answer->aborted = true;
    return result;
}

void poly_stream_end(poly_request *request)
{
    static const char last_chunk[] = "0\r\n\r\n";
    struct answer *answer = &request->answer;

    if (answer->aborted || request->head.method == POLY_HEAD)
        return;
    if (answer->chunked) {
        answer->pieces[0] = (struct iovec){(void *)(uintptr_t)last_chunk, sizeof(last_chunk) - 1};
        answer->piece = 0;
        answer->piece_count = 1;
    }
    if (answer->stream_left > 0)
        answer->closes = true;
}
