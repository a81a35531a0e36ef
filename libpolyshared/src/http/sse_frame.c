/* SPDX-License-Identifier: MIT */
#include "http/sse_frame.h"

#include <assert.h>
#include <string.h>

/* What a line adds to its data, and the rest of an event and a chunk to its parts. */
#define LINE_OVERHEAD  sizeof("data: \n")
#define FRAME_OVERHEAD 64u

/* --- chunks --- */

static poly_blob *enclose(const poly_strbuf *lines)
{
    poly_strbuf chunk;

    poly_strbuf_init(&chunk, lines->size + FRAME_OVERHEAD);
    poly_strbuf_printf(&chunk, "%zx\r\n", lines->size);
    poly_strbuf_append(&chunk, poly_strbuf_text(lines), lines->size);
    poly_strbuf_append_text(&chunk, "\r\n");
    return poly_blob_from_strbuf(&chunk);
}

poly_blob *sse_frame_of_text(const char *text)
{
    poly_strbuf lines;
    poly_blob *frame;

    poly_strbuf_init(&lines, strlen(text) + 1);
    poly_strbuf_append_text(&lines, text);
    frame = enclose(&lines);
    poly_strbuf_release(&lines);
    return frame;
}

poly_slice sse_frame_bytes(const poly_blob *frame, bool chunked)
{
    size_t head = chunked ? 0 : strcspn(frame->data, "\n") + 1;

    return (poly_slice){frame->data + head, frame->size - head - (chunked ? 0 : strlen("\r\n"))};
}

/* --- events --- */

/* A line that holds a name; line breaks in it would begin other fields. */
static void put_line(poly_strbuf *lines, const char *field, const char *value)
{
    assert(!strpbrk(value, "\r\n"));
    poly_strbuf_printf(lines, "%s: %s\n", field, value);
}

/* Takes the next line off the front of `data`; false when no line end (LF, CR or CRLF) is behind it. */
static bool cut_line(poly_slice *data, poly_slice *line)
{
    size_t size = 0;
    size_t end;

    while (size < data->size && data->data[size] != '\n' && data->data[size] != '\r')
        size++;
    *line = (poly_slice){data->data, size};
    if (size == data->size)
        return false;
    end = data->data[size] == '\r' && size + 1 < data->size && data->data[size + 1] == '\n' ? 2 : 1;
    data->data += size + end;
    data->size -= size + end;
    return true;
}

static void put_data(poly_strbuf *lines, poly_slice data)
{
    bool more = true;

    while (more) {
        poly_slice line;

        more = cut_line(&data, &line);
        poly_strbuf_append_text(lines, "data: ");
        if (line.size)
            poly_strbuf_append(lines, line.data, line.size);
        poly_strbuf_append_char(lines, '\n');
    }
}

static size_t room_for(const poly_sse_event *event)
{
    size_t lines = 2;

    for (size_t i = 0; i < event->data.size; i++)
        lines += event->data.data[i] == '\n' || event->data.data[i] == '\r';
    return event->data.size + lines * LINE_OVERHEAD + (event->id ? strlen(event->id) : 0) +
           (event->name ? strlen(event->name) : 0) + FRAME_OVERHEAD;
}

poly_blob *sse_frame_of_event(const poly_sse_event *event)
{
    poly_strbuf lines;
    poly_blob *frame;

    poly_strbuf_init(&lines, room_for(event));
    if (event->id)
        put_line(&lines, "id", event->id);
    if (event->name)
        put_line(&lines, "event", event->name);
    put_data(&lines, event->data);
    poly_strbuf_append_char(&lines, '\n');
    assert(!lines.overflowed);
    frame = enclose(&lines);
    poly_strbuf_release(&lines);
    return frame;
}
