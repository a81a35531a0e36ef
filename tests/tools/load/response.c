/* SPDX-License-Identifier: MIT */
#include "response.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void response_reset(struct response *response, bool head_only)
{
    *response = (struct response){.head = response->head, .head_only = head_only};
}

void response_release(struct response *response)
{
    free(response->head);
    response->head = NULL;
}

/* The value of header `name` in the NUL-terminated head; NULL if there is none. */
static const char *header_value(const char *head, const char *name)
{
    size_t length = strlen(name);

    for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':')
            return line + 2 + length + 1 + strspn(line + 2 + length + 1, " \t");
    }
    return NULL;
}

static bool value_is(const char *value, const char *word)
{
    return value && strncasecmp(value, word, strlen(word)) == 0;
}

static bool parse_number(const char *text, int base, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, base);
    return end != text && errno == 0 && text[0] != '-' && text[0] != '+';
}

static enum response_state state_behind_head(struct response *response)
{
    const char *head = response->head;
    const char *length = header_value(head, "content-length");

    if (strncmp(head, "HTTP/1.", 7) != 0 || (head[7] != '0' && head[7] != '1') || head[8] != ' ')
        return RESPONSE_MALFORMED;
    response->status = (int)strtol(head + 9, NULL, 10);
    if (response->status < 100 || response->status > 599)
        return RESPONSE_MALFORMED;
    response->closes = value_is(header_value(head, "connection"), "close") ||
                       (head[7] == '0' && !value_is(header_value(head, "connection"), "keep-alive"));
    if (response->status < 200) {
        response->head_length = 0; /* an interim response: the real one follows */
        return RESPONSE_HEAD;
    }
    if (response->head_only || response->status == 204 || response->status == 304)
        return RESPONSE_DONE;
    if (value_is(header_value(head, "transfer-encoding"), "chunked"))
        return RESPONSE_CHUNK_SIZE;
    if (!length)
        return RESPONSE_UNTIL_END;
    if (!parse_number(length, 10, &response->remaining))
        return RESPONSE_MALFORMED;
    return response->remaining > 0 ? RESPONSE_LENGTH : RESPONSE_DONE;
}

static size_t take_head(struct response *response, const char *bytes, size_t length)
{
    size_t before = response->head_length;
    size_t taken = length < RESPONSE_MAX_HEAD - 1 - before ? length : RESPONSE_MAX_HEAD - 1 - before;
    const char *end;

    if (!response->head && !(response->head = malloc(RESPONSE_MAX_HEAD)))
        abort();
    memcpy(response->head + before, bytes, taken);
    response->head_length += taken;
    response->head[response->head_length] = '\0';
    end = strstr(response->head + (before > 3 ? before - 3 : 0), "\r\n\r\n");
    if (!end) {
        if (response->head_length == RESPONSE_MAX_HEAD - 1)
            response->state = RESPONSE_MALFORMED;
        return taken;
    }
    response->head_length = (size_t)(end - response->head) + 4;
    taken = response->head_length - before;
    response->head[response->head_length] = '\0';
    response->state = state_behind_head(response);
    return taken;
}

static size_t take_counted(struct response *response, size_t length, enum response_state next)
{
    size_t taken = length < response->remaining ? length : (size_t)response->remaining;

    response->remaining -= taken;
    if (response->remaining == 0)
        response->state = next;
    return taken;
}

static void end_line(struct response *response)
{
    uint64_t size;

    response->line[response->line_length] = '\0';
    if (response->state == RESPONSE_TRAILER) {
        if (response->line_length == 0)
            response->state = RESPONSE_DONE;
    } else if (!parse_number(response->line, 16, &size) || size > UINT32_MAX) {
        response->state = RESPONSE_MALFORMED;
    } else {
        response->state = size ? RESPONSE_CHUNK_DATA : RESPONSE_TRAILER;
        response->remaining = size + 2;
    }
    response->line_length = 0;
}

/* One byte of a chunk's size or of a trailer; a line longer than the buffer keeps its beginning. */
static void take_line_byte(struct response *response, char byte)
{
    if (byte == '\n')
        end_line(response);
    else if (byte != '\r' && response->line_length + 1 < sizeof(response->line))
        response->line[response->line_length++] = byte;
}

size_t response_take(struct response *response, const char *bytes, size_t length)
{
    size_t taken = 0;

    while (taken < length) {
        switch (response->state) {
        case RESPONSE_HEAD:
            taken += take_head(response, bytes + taken, length - taken);
            break;
        case RESPONSE_LENGTH:
            taken += take_counted(response, length - taken, RESPONSE_DONE);
            break;
        case RESPONSE_CHUNK_DATA:
            taken += take_counted(response, length - taken, RESPONSE_CHUNK_SIZE);
            break;
        case RESPONSE_CHUNK_SIZE:
        case RESPONSE_TRAILER:
            take_line_byte(response, bytes[taken++]);
            break;
        case RESPONSE_UNTIL_END:
            return length;
        case RESPONSE_DONE:
        case RESPONSE_MALFORMED:
            return taken;
        }
    }
    return taken;
}

bool response_end(struct response *response)
{
    if (response->state != RESPONSE_UNTIL_END)
        return false;
    response->state = RESPONSE_DONE;
    return true;
}
