/* SPDX-License-Identifier: MIT */
#include "base/log_line.h"

#include <string.h>
#include <time.h>

#include "poly/text.h"
#include "poly/time.h"

#define TEXT_MAX    512
#define ESCAPED_MAX (TEXT_MAX * 6) /* \u001f for one byte is the worst */
#define LINE_END    ",\"cut\":true}\n"

#define ONES  0x0101010101010101u
#define HIGHS 0x8080808080808080u

#define put_literal(at, literal) put_bytes((at), (literal), sizeof(literal) - 1)

static inline char *put_bytes(char *at, const char *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

/* A byte of eight is under 0x20, '"', '\\' or not ASCII (a false alarm only costs the slow way). */
static inline uint64_t needs_care(uint64_t eight)
{
    uint64_t quotes = eight ^ (ONES * '"'), backslashes = eight ^ (ONES * '\\');

    return ((eight - ONES * 0x20) | (quotes - ONES) | (backslashes - ONES) | eight) & HIGHS;
}

static char *put_escape(char *at, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";

    *at++ = '\\';
    switch (byte) {
    case '"':
    case '\\':
        *at++ = (char)byte;
        return at;
    case '\n':
        *at++ = 'n';
        return at;
    case '\r':
        *at++ = 'r';
        return at;
    case '\t':
        *at++ = 't';
        return at;
    default:
        at = put_literal(at, "u00");
        *at++ = digits[byte >> 4];
        *at++ = digits[byte & 0x0f];
        return at;
    }
}

/* Copies a sequence of two to four bytes, or U+FFFD for a byte that begins no valid one. */
static char *put_sequence(char *at, const char *text, size_t size, size_t *from)
{
    size_t length = 2;

    while (length <= 4 && length <= size - *from && !poly_text_is_utf8(text + *from, length))
        length++;
    if (length > 4 || length > size - *from) {
        (*from)++;
        return put_literal(at, "\xEF\xBF\xBD");
    }
    at = put_bytes(at, text + *from, length);
    *from += length;
    return at;
}

/* What was cut off in the middle of a character ends before it. */
static size_t text_length(const char *text)
{
    size_t length = strnlen(text, TEXT_MAX + 1);

    if (length <= TEXT_MAX)
        return length;
    length = TEXT_MAX;
    for (int i = 0; i < 3 && ((unsigned char)text[length] & 0xC0) == 0x80; i++)
        length--;
    return length;
}

/* Needs ESCAPED_MAX + 2 bytes of room. */
static char *put_text(char *at, const char *text)
{
    size_t size, i = 0;

    if (!text)
        return put_literal(at, "null");
    size = text_length(text);
    *at++ = '"';
    while (i < size) {
        unsigned char byte = (unsigned char)text[i];
        uint64_t eight;

        if (size - i >= sizeof(eight)) {
            memcpy(&eight, text + i, sizeof(eight));
            if (!needs_care(eight)) {
                at = put_bytes(at, text + i, sizeof(eight));
                i += sizeof(eight);
                continue;
            }
        }
        if (byte >= 0x80) {
            at = put_sequence(at, text, size, &i);
            continue;
        }
        if (byte < 0x20 || byte == '"' || byte == '\\')
            at = put_escape(at, byte);
        else
            *at++ = (char)byte;
        i++;
    }
    *at++ = '"';
    return at;
}

static char *put_int(char *at, int64_t value)
{
    char digits[20];
    char *first = digits + sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        *at++ = '-';
    return put_bytes(at, first, (size_t)(digits + sizeof(digits) - first));
}

/* The text of the present second is kept, by each thread for itself. */
static char *put_time(char *at)
{
    static _Thread_local int64_t second = INT64_MIN;
    static _Thread_local char prefix[POLY_RFC3339_SIZE];
    struct timespec now;
    unsigned milliseconds;

    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != second) {
        second = now.tv_sec;
        poly_time_format_rfc3339(second, prefix);
        prefix[POLY_RFC3339_SIZE - 2] = '.'; /* in place of the Z */
    }
    milliseconds = (unsigned)(now.tv_nsec / 1000000);
    at = put_bytes(at, prefix, POLY_RFC3339_SIZE - 1);
    *at++ = (char)('0' + milliseconds / 100);
    *at++ = (char)('0' + milliseconds / 10 % 10);
    *at++ = (char)('0' + milliseconds % 10);
    *at++ = 'Z';
    return at;
}

static char *put_level(char *at, poly_log_level level)
{
    switch (level) {
    case POLY_LOG_DEBUG:
        return put_literal(at, "\",\"level\":\"debug\"");
    case POLY_LOG_INFO:
        return put_literal(at, "\",\"level\":\"info\"");
    case POLY_LOG_WARNING:
        return put_literal(at, "\",\"level\":\"warning\"");
    default:
        return put_literal(at, "\",\"level\":\"error\"");
    }
}

/* Names are the program's own and need no escaping; one too long for a name is cut. */
static char *put_field(char *at, const poly_field *field)
{
    *at++ = ',';
    *at++ = '"';
    at = put_bytes(at, field->name, strnlen(field->name, TEXT_MAX));
    *at++ = '"';
    *at++ = ':';
    switch (field->kind) {
    case POLY_FIELD_INT:
        return put_int(at, field->number);
    case POLY_FIELD_BOOL:
        return field->truth ? put_literal(at, "true") : put_literal(at, "false");
    default:
        return put_text(at, field->text);
    }
}

/* The most that put_field can write. */
static size_t field_room(const poly_field *field)
{
    size_t value = 24;

    if (field->kind == POLY_FIELD_TEXT && field->text)
        value = 6 * strnlen(field->text, TEXT_MAX) + 2;
    return strnlen(field->name, TEXT_MAX) + 4 + value;
}

size_t log_line_format(char out[LOG_LINE_SIZE], poly_log_level level, const char *service, const char *message,
                       const poly_field *fields)
{
    const poly_log_context *context = poly_log_get_context();
    const poly_field head[] = {
        poly_text_field("service", service),
        poly_text_field("message", message),
        poly_text_field("request_id", context->request_id),
        poly_text_field("trace_id", context->trace_id),
    };
    const char *end = out + (LOG_LINE_SIZE - sizeof(LINE_END));
    char *at = put_literal(out, "{\"time\":\"");
    bool cut = false;

    at = put_level(put_time(at), level);
    for (size_t i = 0; i < POLY_LENGTH(head); i++) {
        if (head[i].text && field_room(&head[i]) <= (size_t)(end - at))
            at = put_field(at, &head[i]);
    }
    for (; fields->kind != POLY_FIELD_END; fields++) {
        if (field_room(fields) <= (size_t)(end - at))
            at = put_field(at, fields);
        else
            cut = true;
    }
    at = cut ? put_literal(at, LINE_END) : put_literal(at, "}\n");
    return (size_t)(at - out);
}
