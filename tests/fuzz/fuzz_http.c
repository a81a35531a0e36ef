/* SPDX-License-Identifier: MIT */
/* A request's head and body, whole and in two pieces, which must agree. */
#include "http/body.h"
#include "http/head.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Hashes a body read in pieces of `step`; where the reading ended goes to `consumed`. */
static uint64_t read_body(const struct http_head *head, poly_slice input, size_t step, struct http_body *body,
                          size_t *consumed)
{
    uint64_t hash = 0;
    size_t at = 0;

    http_body_init(body, head->chunked, (uint64_t)head->content_length);
    while (at < input.size && body->state != HTTP_BODY_END && body->state != HTTP_BODY_BAD) {
        poly_slice data;
        size_t piece = input.size - at < step ? input.size - at : step;

        at += http_body_take(body, (poly_slice){input.data + at, piece}, &data);
        if (data.size && (data.data < input.data || data.data + data.size > input.data + input.size))
            abort();
        for (size_t i = 0; i < data.size; i++)
            hash = hash * 31 + (unsigned char)data.data[i] + 1;
    }
    *consumed = at;
    return hash;
}

static void check_body(const struct http_head *head, poly_slice input)
{
    struct http_body whole;
    struct http_body pieces;
    size_t whole_end;
    size_t pieces_end;
    uint64_t whole_hash = read_body(head, input, input.size, &whole, &whole_end);
    uint64_t pieces_hash = read_body(head, input, 1, &pieces, &pieces_end);

    if (whole.state != pieces.state || (whole.state != HTTP_BODY_BAD && whole_hash != pieces_hash) ||
        (whole.state == HTTP_BODY_END && whole_end != pieces_end))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *data = malloc(size ? size : 1);
    static struct http_head head;
    static struct http_head second;
    struct http_refusal refusal;
    size_t head_size = 0;
    size_t again_size = 0;
    size_t scanned = 0;
    enum http_head_status status;
    enum http_head_status again;

    memcpy(data, bytes, size);
    status = http_head_parse(data, size, &scanned, &head, &head_size, &refusal);
    scanned = 0;
    again = http_head_parse(data, size / 2, &scanned, &second, &again_size, &refusal);
    if (again == HTTP_HEAD_PARTIAL)
        again = http_head_parse(data, size, &scanned, &second, &again_size, &refusal);
    if (again != status || (status == HTTP_HEAD_DONE && again_size != head_size))
        abort();
    if (status == HTTP_HEAD_DONE)
        check_body(&head, (poly_slice){data + head_size, size - head_size});
    free(data);
    return 0;
}
