/* SPDX-License-Identifier: MIT */
/* A Content-Type in the first line and a form behind it, whole, byte by byte and in odd pieces, which must agree. */
#include "http/multipart_parser.h"
#include "http/multipart_part.h"
#include "poly/text.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 512u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What a form was: a hash over its events, and how it ended. */
struct outcome {
    uint64_t hash;
    uint64_t data_size;
    enum multipart_state state;
    bool complete;
};

static void hash_bytes(struct outcome *outcome, poly_slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        outcome->hash = outcome->hash * 31 + (unsigned char)bytes.data[i] + 1;
}

static bool is_inside(poly_slice piece, const char *memory, size_t size)
{
    return piece.data >= memory && piece.data + piece.size <= memory + size;
}

static void check_name(const char *text)
{
    if (text && !poly_text_is_utf8(text, strlen(text)))
        abort();
}

static void note_header(struct outcome *outcome, const struct multipart_parser *parser, poly_arena *arena)
{
    poly_slice header = {parser->header, parser->header_size};
    poly_multipart_part part;
    poly_message fault = {NULL, NULL};

    hash_bytes(outcome, header);
    if (!multipart_part_parse(header, arena, &part, &fault)) {
        if (!fault.ru || !fault.en)
            abort();
        return;
    }
    if (!part.name || !*part.name)
        abort();
    check_name(part.name);
    check_name(part.file_name);
    check_name(part.content_type);
}

static void note(struct outcome *outcome, const struct multipart_parser *parser, poly_slice input, poly_slice data,
                 enum multipart_event event, poly_arena *arena)
{
    if (event == MULTIPART_DATA) {
        if (!data.size ||
            (!is_inside(data, input.data, input.size) && !is_inside(data, parser->delimiter, parser->delimiter_size)))
            abort();
        hash_bytes(outcome, data);
        outcome->data_size += data.size;
        return;
    }
    outcome->hash = outcome->hash * 31 + 1000 + (uint64_t)event;
    if (event == MULTIPART_HEADER)
        note_header(outcome, parser, arena);
}

/* Pieces of 1 to `most` bytes. */
static struct outcome read_form(poly_slice boundary, poly_slice body, size_t most, poly_arena *arena)
{
    struct outcome outcome = {0};
    struct multipart_parser parser;
    char header[HEADER_MAX];
    size_t step = most;

    multipart_parser_init(&parser, boundary, header, sizeof(header));
    while (body.size && parser.state != MULTIPART_BROKEN) {
        poly_slice input = {body.data, body.size < step ? body.size : step};
        enum multipart_event event;

        do {
            poly_slice data;
            size_t taken = multipart_parser_take(&parser, input, &event, &data);

            if (taken > input.size || (event == MULTIPART_MORE && taken != input.size))
                abort();
            if (event != MULTIPART_MORE)
                note(&outcome, &parser, input, data, event, arena);
            input.data += taken;
            input.size -= taken;
        } while (event != MULTIPART_MORE && event != MULTIPART_FAULT);
        body.size -= body.size < step ? body.size : step;
        body.data = input.data + input.size;
        step = step % most + 1;
    }
    outcome.state = parser.state;
    outcome.complete = multipart_parser_is_complete(&parser);
    return outcome;
}

static void compare(struct outcome a, struct outcome b)
{
    if (a.state != b.state || a.complete != b.complete || a.hash != b.hash || a.data_size != b.data_size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *copy = malloc(size ? size : 1);
    const char *newline;
    poly_arena *arena = poly_arena_create(0);
    poly_slice content_type = {copy, size};
    poly_slice body = {copy, 0};
    poly_slice boundary;

    memcpy(copy, bytes, size);
    newline = memchr(copy, '\n', size);
    if (newline) {
        content_type.size = (size_t)(newline - copy);
        body = (poly_slice){newline + 1, size - content_type.size - 1};
    }
    boundary = multipart_boundary(content_type, arena);
    if (!boundary.data || !multipart_is_form_data(content_type))
        boundary = poly_slice_of("b");
    if (body.size) {
        struct outcome whole = read_form(boundary, body, body.size, arena);

        compare(whole, read_form(boundary, body, 1, arena));
        compare(whole, read_form(boundary, body, 7, arena));
    }
    poly_arena_destroy(&arena);
    free(copy);
    return 0;
}
