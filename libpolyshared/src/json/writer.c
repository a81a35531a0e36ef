/* SPDX-License-Identifier: MIT */
#include "json/plain_run.h"
#include "json/walk.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WRITER_DEPTH  64
#define MAX_EXACT_INTEGER 9007199254740992.0 /* 2^53 */

/* --- text --- */

/* Writes `character`, which poly_json_plain_run stopped at. */
static void append_special(poly_strbuf *out, unsigned char character)
{
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    if (character >= 0x80) {
        poly_strbuf_append(out, "\xef\xbf\xbd", 3); /* U+FFFD */
        return;
    }
    for (size_t i = 0; i < sizeof(letters) - 1; i += 2) {
        if (letters[i] == (char)character) {
            poly_strbuf_append(out, (char[]){'\\', letters[i + 1]}, 2);
            return;
        }
    }
    poly_strbuf_printf(out, "\\u%04x", character);
}

static void append_in_pieces(poly_strbuf *out, poly_slice text)
{
    size_t at = 0;

    poly_strbuf_append_char(out, '"');
    while (at < text.size && !out->overflowed) {
        size_t run = poly_json_plain_run(text.data + at, text.size - at);

        poly_strbuf_append(out, text.data + at, run);
        at += run;
        if (at < text.size)
            append_special(out, (unsigned char)text.data[at++]);
    }
    poly_strbuf_append_char(out, '"');
}

static bool is_plain(poly_slice text)
{
    return poly_json_plain_run(text.data, text.size) == text.size;
}

/* Plain text in quotes to `to`; answers where it ended. */
static char *copy_quoted(char *to, poly_slice text)
{
    *to++ = '"';
    if (text.size > 0)
        memcpy(to, text.data, text.size);
    to += text.size;
    *to++ = '"';
    return to;
}

static void append_string(poly_strbuf *out, poly_slice text)
{
    char *room;

    if (!is_plain(text)) {
        append_in_pieces(out, text);
        return;
    }
    room = poly_strbuf_reserve(out, text.size + 2);
    if (!room)
        return;
    (void)copy_quoted(room, text);
    poly_strbuf_advance(out, text.size + 2);
}

/* A comma unless it is the container's first member, the name and a colon. */
static void append_name(poly_strbuf *out, bool first, poly_slice name)
{
    char *room, *at;

    if (!is_plain(name)) {
        poly_strbuf_append(out, ",", first ? 0 : 1);
        append_in_pieces(out, name);
        poly_strbuf_append_char(out, ':');
        return;
    }
    at = room = poly_strbuf_reserve(out, name.size + 4);
    if (!room)
        return;
    if (!first)
        *at++ = ',';
    at = copy_quoted(at, name);
    *at++ = ':';
    poly_strbuf_advance(out, (size_t)(at - room));
}

/* --- structure --- */

static uint64_t depth_bit(const poly_json_writer *writer)
{
    assert(writer->depth > 0);
    return UINT64_C(1) << (writer->depth - 1);
}

/* The comma and the name that go before a value. */
static void begin_value(poly_json_writer *writer, const char *name)
{
    uint64_t bit;
    bool first;

    if (writer->depth == 0) {
        assert(!name);
        return;
    }
    bit = depth_bit(writer);
    first = (writer->not_first & bit) == 0;
    assert((name != NULL) == ((writer->in_object & bit) != 0));
    writer->not_first |= bit;
    if (name)
        append_name(writer->out, first, poly_slice_of(name));
    else if (!first)
        poly_strbuf_append_char(writer->out, ',');
}

static void begin_container(poly_json_writer *writer, const char *name, char opener)
{
    begin_value(writer, name);
    assert(writer->depth < MAX_WRITER_DEPTH);
    poly_strbuf_append_char(writer->out, opener);
    writer->depth++;
    writer->not_first &= ~depth_bit(writer);
    if (opener == '{')
        writer->in_object |= depth_bit(writer);
    else
        writer->in_object &= ~depth_bit(writer);
}

static void end_container(poly_json_writer *writer, char closer)
{
    assert(((writer->in_object & depth_bit(writer)) != 0) == (closer == '}'));
    poly_strbuf_append_char(writer->out, closer);
    writer->depth--;
}

void poly_json_writer_init(poly_json_writer *writer, poly_strbuf *out)
{
    *writer = (poly_json_writer){.out = out};
}

void poly_json_begin_object(poly_json_writer *writer, const char *name)
{
    begin_container(writer, name, '{');
}

void poly_json_end_object(poly_json_writer *writer)
{
    end_container(writer, '}');
}

void poly_json_begin_array(poly_json_writer *writer, const char *name)
{
    begin_container(writer, name, '[');
}

void poly_json_end_array(poly_json_writer *writer)
{
    end_container(writer, ']');
}

/* --- values --- */

void poly_json_put_text(poly_json_writer *writer, const char *name, const char *value)
{
    poly_json_put_slice(writer, name, poly_slice_of(value));
}

void poly_json_put_slice(poly_json_writer *writer, const char *name, poly_slice value)
{
    if (!value.data) {
        poly_json_put_null(writer, name);
        return;
    }
    begin_value(writer, name);
    append_string(writer->out, value);
}

void poly_json_put_int(poly_json_writer *writer, const char *name, int64_t value)
{
    begin_value(writer, name);
    poly_strbuf_append_int(writer->out, value);
}

void poly_json_put_number(poly_json_writer *writer, const char *name, double value)
{
    char text[32];

    assert(isfinite(value));
    if (value != 0 && value == trunc(value) && fabs(value) < MAX_EXACT_INTEGER) {
        poly_json_put_int(writer, name, (int64_t)value);
        return;
    }
    begin_value(writer, name);
    /* The shortest form that reads back as the same double. */
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(text, sizeof(text), "%.*g", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    poly_strbuf_append_text(writer->out, text);
}

void poly_json_put_bool(poly_json_writer *writer, const char *name, bool value)
{
    begin_value(writer, name);
    poly_strbuf_append_text(writer->out, value ? "true" : "false");
}

void poly_json_put_null(poly_json_writer *writer, const char *name)
{
    begin_value(writer, name);
    poly_strbuf_append_text(writer->out, "null");
}

void poly_json_put_raw(poly_json_writer *writer, const char *name, poly_slice json)
{
    begin_value(writer, name);
    poly_strbuf_append(writer->out, json.data, json.size);
}

/* --- parsed values --- */

/* Writes `node` without what is in it: an array or object is only begun, unless it is empty. */
static void put_node(poly_json_writer *writer, const char *name, const cJSON *node)
{
    switch (node->type & 0xff) {
    case cJSON_True:
    case cJSON_False:
        poly_json_put_bool(writer, name, cJSON_IsTrue(node) != 0);
        return;
    case cJSON_Number:
        poly_json_put_number(writer, name, node->valuedouble);
        return;
    case cJSON_String:
        poly_json_put_text(writer, name, node->valuestring);
        return;
    case cJSON_Array:
    case cJSON_Object:
        begin_container(writer, name, cJSON_IsObject(node) ? '{' : '[');
        if (!node->child)
            end_container(writer, cJSON_IsObject(node) ? '}' : ']');
        return;
    default:
        poly_json_put_null(writer, name);
    }
}

void poly_json_put_value(poly_json_writer *writer, const char *name, const poly_json *value)
{
    const cJSON *node = (const cJSON *)value;
    poly_json_walk walk = {.depth = 0};

    if (!node) {
        poly_json_put_null(writer, name);
        return;
    }
    put_node(writer, name, node);
    for (;;) {
        unsigned open = walk.depth + (node->child ? 1 : 0);

        node = poly_json_walk_next(&walk, node);
        for (; open > walk.depth; open--)
            end_container(writer, writer->in_object & depth_bit(writer) ? '}' : ']');
        if (!node)
            return;
        put_node(writer, node->string, node);
    }
}
