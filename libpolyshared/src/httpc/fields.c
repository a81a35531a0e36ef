/* SPDX-License-Identifier: MIT */
#include "httpc/fields.h"

#include "poly/httpc.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static poly_slice trim(const char *text, size_t size)
{
    while (size && is_blank(*text)) {
        text++;
        size--;
    }
    while (size && is_blank(text[size - 1]))
        size--;
    return (poly_slice){text, size};
}

static void append(poly_strbuf *fields, poly_slice text)
{
    poly_strbuf_append(fields, text.data, text.size);
    poly_strbuf_append_char(fields, '\0');
}

/* Over the last value's NUL. */
static void unfold(poly_strbuf *fields, poly_slice text)
{
    if (!fields->size || !text.size)
        return;
    fields->size--;
    poly_strbuf_append_char(fields, ' ');
    append(fields, text);
}

void httpc_fields_take(poly_strbuf *fields, const char *line, size_t size)
{
    const char *colon = memchr(line, ':', size);

    if (memchr(line, '\0', size))
        return;
    if (size >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        poly_strbuf_clear(fields);
    } else if (size && (*line == ' ' || *line == '\t')) {
        unfold(fields, trim(line, size));
    } else if (colon) {
        append(fields, trim(line, (size_t)(colon - line)));
        append(fields, trim(colon + 1, size - (size_t)(colon + 1 - line)));
    }
}

const char *poly_httpc_header(const poly_httpc_response *response, const char *name, size_t index)
{
    const char *at = response->fields.data;
    const char *end = at ? at + response->fields.size : NULL;

    while (at < end) {
        const char *value = at + strlen(at) + 1;

        if (strcasecmp(at, name) == 0 && index-- == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}
