/* SPDX-License-Identifier: MIT */
#include "http/multipart_parser.h"

#include <assert.h>
#include <string.h>

void multipart_parser_init(struct multipart_parser *parser, poly_slice boundary, char *header, size_t header_max)
{
    assert(boundary.size > 0 && boundary.size <= MULTIPART_BOUNDARY_MAX);
    *parser = (struct multipart_parser){
        .state = MULTIPART_START,
        .delimiter_size = 4 + boundary.size,
        .matched = 2, /* as if a line end came before the first one */
        .header = header,
        .header_max = header_max,
    };
    memcpy(parser->delimiter, "\r\n--", 4);
    memcpy(parser->delimiter + 4, boundary.data, boundary.size);
}

bool multipart_parser_is_complete(const struct multipart_parser *parser)
{
    return parser->state == MULTIPART_CLOSED || parser->state == MULTIPART_CLOSED_LINE;
}

static size_t break_off(struct multipart_parser *parser, enum multipart_event *event, const char *ru, const char *en)
{
    parser->state = MULTIPART_BROKEN;
    parser->fault = (poly_message){ru, en};
    *event = MULTIPART_FAULT;
    return 0;
}

/* --- boundaries --- */

/* Goes on comparing with the delimiter; bytes that fit. */
static size_t match(struct multipart_parser *parser, poly_slice input)
{
    size_t at = 0;

    while (at < input.size && parser->matched < parser->delimiter_size &&
           input.data[at] == parser->delimiter[parser->matched]) {
        parser->matched++;
        at++;
    }
    return at;
}

static size_t take_start(struct multipart_parser *parser, poly_slice input, enum multipart_event *event)
{
    size_t taken = match(parser, input);

    if (parser->matched == parser->delimiter_size) {
        parser->matched = 0;
        parser->state = MULTIPART_BEHIND;
    } else if (taken < input.size) {
        return break_off(parser, event, "оно не начинается со своей границы", "it does not begin with its boundary");
    }
    return taken;
}

/* One byte of what may stand behind a boundary, or behind the last one. */
static size_t take_line_end(struct multipart_parser *parser, char c, enum multipart_event *event)
{
    static const struct {
        enum multipart_state from;
        char byte;
        enum multipart_state to;
    } steps[] = {
        {MULTIPART_BEHIND, '\r', MULTIPART_BEHIND_CR},    {MULTIPART_BEHIND, '-', MULTIPART_BEHIND_DASH},
        {MULTIPART_BEHIND_CR, '\n', MULTIPART_IN_HEADER}, {MULTIPART_BEHIND_DASH, '-', MULTIPART_CLOSED},
        {MULTIPART_CLOSED, '\r', MULTIPART_CLOSED_CR},    {MULTIPART_CLOSED_CR, '\n', MULTIPART_CLOSED_LINE},
    };

    for (size_t i = 0; i < POLY_LENGTH(steps); i++) {
        if (parser->state != steps[i].from || c != steps[i].byte)
            continue;
        parser->state = steps[i].to;
        if (parser->state == MULTIPART_IN_HEADER)
            parser->header_size = parser->line_start = 0;
        return 1;
    }
    return break_off(parser, event, "за границей стоит лишнее", "something stands behind a boundary");
}

/* --- headers --- */

/* At most one line. */
static size_t take_header(struct multipart_parser *parser, poly_slice input, enum multipart_event *event)
{
    const char *newline = memchr(input.data, '\n', input.size);
    size_t taken = newline ? (size_t)(newline + 1 - input.data) : input.size;

    if (taken > parser->header_max - parser->header_size)
        return break_off(parser, event, "заголовок части слишком длинный", "a part's header is too long");
    memcpy(parser->header + parser->header_size, input.data, taken);
    parser->header_size += taken;
    if (!newline)
        return taken;
    if (parser->header_size < 2 || parser->header[parser->header_size - 2] != '\r')
        return break_off(parser, event, "строка заголовка кончается не на CRLF",
                         "a header's line does not end in CRLF");
    if (parser->header_size - parser->line_start > 2) {
        parser->line_start = parser->header_size;
        return taken;
    }
    parser->header_size -= 2;
    parser->state = MULTIPART_IN_DATA;
    parser->matched = parser->lent = 2; /* a part without data may do with one line end */
    *event = MULTIPART_HEADER;
    return taken;
}

/* --- data --- */

/* How many bytes at the end of `input` may be the beginning of the delimiter, which has no other CR in it. */
static size_t open_end(const struct multipart_parser *parser, poly_slice input)
{
    size_t most = input.size < parser->delimiter_size ? input.size : parser->delimiter_size - 1;
    const char *end = input.data + input.size;
    const char *cr = memrchr(end - most, '\r', most);

    return cr && memcmp(cr, parser->delimiter, (size_t)(end - cr)) == 0 ? (size_t)(end - cr) : 0;
}

/* The delimiter began in earlier input, or at the header's end. */
static size_t take_begun_delimiter(struct multipart_parser *parser, poly_slice input, enum multipart_event *event,
                                   poly_slice *data)
{
    size_t taken = match(parser, input);

    if (parser->matched == parser->delimiter_size) {
        parser->matched = 0;
        parser->state = MULTIPART_BEHIND;
        *event = MULTIPART_PART_END;
    } else if (taken < input.size) { /* it was data after all */
        *data = (poly_slice){parser->delimiter + parser->lent, parser->matched - parser->lent};
        parser->matched = 0;
        if (data->size)
            *event = MULTIPART_DATA;
    }
    if (parser->matched == 0)
        parser->lent = 0;
    return taken;
}

static size_t take_data(struct multipart_parser *parser, poly_slice input, enum multipart_event *event,
                        poly_slice *data)
{
    const char *found;

    if (parser->matched > 0)
        return take_begun_delimiter(parser, input, event, data);
    found = memmem(input.data, input.size, parser->delimiter, parser->delimiter_size);
    if (found == input.data) {
        parser->state = MULTIPART_BEHIND;
        *event = MULTIPART_PART_END;
        return parser->delimiter_size;
    }
    if (found) {
        *data = (poly_slice){input.data, (size_t)(found - input.data)};
    } else {
        parser->matched = open_end(parser, input);
        *data = (poly_slice){input.data, input.size - parser->matched};
    }
    if (data->size)
        *event = MULTIPART_DATA;
    return data->size + parser->matched;
}

static size_t step(struct multipart_parser *parser, poly_slice input, enum multipart_event *event, poly_slice *data)
{
    switch (parser->state) {
    case MULTIPART_START:
        return take_start(parser, input, event);
    case MULTIPART_IN_HEADER:
        return take_header(parser, input, event);
    case MULTIPART_IN_DATA:
        return take_data(parser, input, event, data);
    case MULTIPART_BROKEN:
        *event = MULTIPART_FAULT;
        return 0;
    default:
        return take_line_end(parser, *input.data, event);
    }
}

size_t multipart_parser_take(struct multipart_parser *parser, poly_slice input, enum multipart_event *event,
                             poly_slice *data)
{
    size_t at = 0;

    *event = MULTIPART_MORE;
    *data = (poly_slice){input.data, 0};
    while (at < input.size && *event == MULTIPART_MORE) {
        at += step(parser, (poly_slice){input.data + at, input.size - at}, event, data);
    }
    return at;
}
