/* SPDX-License-Identifier: MIT */
#include "http/multipart_part.h"

#include "http/head.h"
#include "http/multipart_parser.h"
#include "poly/text.h"

#include <string.h>

#define FORM_DATA  "multipart/form-data"
#define FIELDS_MAX 16u

/* --- parameters: "; name=token" and `; name="quoted"` --- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_spaces(poly_slice *text)
{
    while (text->size && is_space(*text->data)) {
        text->data++;
        text->size--;
    }
}

static poly_slice cut(poly_slice *text, size_t size)
{
    poly_slice front = {text->data, size};

    text->data += size;
    text->size -= size;
    return front;
}

/* What is before the first of `stops`, or all, without the spaces at its end. */
static poly_slice cut_before(poly_slice *text, const char *stops)
{
    const size_t stop_count = strlen(stops);
    size_t size = 0;
    poly_slice front;

    while (size < text->size && !memchr(stops, text->data[size], stop_count))
        size++;
    front = cut(text, size);
    while (front.size && is_space(front.data[front.size - 1]))
        front.size--;
    return front;
}

/*
 * Browsers write a quote as %22 and leave a backslash as it is, others escape both by a backslash. So a backslash
 * counts only before a quote.
 */
static bool take_quoted(poly_slice *text, poly_arena *arena, poly_slice *value)
{
    char *out = poly_arena_alloc(arena, text->size);
    size_t size = 0;

    for (size_t at = 1; at < text->size; at++) {
        const char *c = text->data + at;
        size_t left = text->size - at;

        if (*c == '"') {
            cut(text, at + 1);
            *value = (poly_slice){out, size};
            return true;
        }
        if (*c == '\\' && left > 1 && c[1] == '"')
            at++;
        else if (left > 2 && memcmp(c, "%22", 3) == 0)
            at += 2;
        else {
            out[size++] = *c;
            continue;
        }
        out[size++] = '"';
    }
    return false;
}

/* The next parameter; false when the text is used up, or `*broken`. */
static bool take_parameter(poly_slice *text, poly_arena *arena, poly_slice *name, poly_slice *value, bool *broken)
{
    skip_spaces(text);
    if (!text->size)
        return false;
    *broken = true;
    if (*text->data != ';')
        return false;
    cut(text, 1);
    skip_spaces(text);
    *name = cut_before(text, "=; \t\"");
    if (!http_is_token(*name) || !text->size || *text->data != '=')
        return false;
    cut(text, 1);
    if (text->size && *text->data == '"') {
        *broken = !take_quoted(text, arena, value);
    } else {
        *value = cut_before(text, ";");
        *broken = !http_is_token(*value);
    }
    return !*broken;
}

/* --- the whole --- */

bool multipart_is_form_data(poly_slice content_type)
{
    return content_type.data && poly_slice_equal_nocase(cut_before(&content_type, ";"), FORM_DATA);
}

static bool is_boundary(poly_slice text)
{
    static const char others[] = "'()+_,-./:=? ";

    if (text.size == 0 || text.size > MULTIPART_BOUNDARY_MAX || text.data[text.size - 1] == ' ')
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        char lower = (char)(c | 0x20);

        if (!((c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') || (c && strchr(others, c))))
            return false;
    }
    return true;
}

poly_slice multipart_boundary(poly_slice content_type, poly_arena *arena)
{
    poly_slice found = {NULL, 0};
    poly_slice name, value;
    bool broken = false;

    cut_before(&content_type, ";");
    while (take_parameter(&content_type, arena, &name, &value, &broken)) {
        if (!poly_slice_equal_nocase(name, "boundary"))
            continue;
        if (found.data || !is_boundary(value))
            return (poly_slice){NULL, 0};
        found = value;
    }
    return broken ? (poly_slice){NULL, 0} : found;
}

/* --- a part --- */

static bool refuse(poly_message *fault, const char *ru, const char *en)
{
    *fault = (poly_message){ru, en};
    return false;
}

static bool is_plain_text(poly_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
            return false;
    return poly_text_is_utf8(text.data, text.size);
}

/* "form-data; name=…; filename=…". */
static bool parse_disposition(poly_slice text, poly_arena *arena, poly_multipart_part *part, poly_message *fault)
{
    poly_slice name, value;
    bool broken = false;

    if (!poly_slice_equal_nocase(cut_before(&text, ";"), "form-data"))
        return refuse(fault, "у части иной Content-Disposition, чем form-data",
                      "a part's Content-Disposition is not form-data");
    while (take_parameter(&text, arena, &name, &value, &broken)) {
        const char **place = poly_slice_equal_nocase(name, "name")       ? &part->name
                             : poly_slice_equal_nocase(name, "filename") ? &part->file_name
                                                                         : NULL;

        if (poly_slice_equal_nocase(name, "filename*"))
            return refuse(fault, "filename* в формах не допускается", "filename* is not allowed in forms");
        if (!place)
            continue;
        if (*place || !is_plain_text(value))
            return refuse(fault, "имя части повторяется или не является текстом в UTF-8",
                          "a part's name is repeated or is no UTF-8 text");
        *place = poly_arena_strndup(arena, value.data, value.size);
    }
    if (broken)
        return refuse(fault, "Content-Disposition части записан неверно", "a part's Content-Disposition is malformed");
    if (!part->name || !*part->name)
        return refuse(fault, "у части нет имени", "a part has no name");
    return true;
}

static bool is_identity(poly_slice coding)
{
    return poly_slice_equal_nocase(coding, "binary") || poly_slice_equal_nocase(coding, "8bit") ||
           poly_slice_equal_nocase(coding, "7bit");
}

static bool take_field(poly_slice name, poly_slice value, poly_arena *arena, poly_multipart_part *part,
                       poly_message *fault)
{
    if (poly_slice_equal_nocase(name, "Content-Disposition")) {
        if (part->name)
            return refuse(fault, "у части два Content-Disposition", "a part has two Content-Dispositions");
        return parse_disposition(value, arena, part, fault);
    }
    if (poly_slice_equal_nocase(name, "Content-Type")) {
        if (*part->content_type)
            return refuse(fault, "у части два Content-Type", "a part has two Content-Types");
        part->content_type = poly_arena_strndup(arena, value.data, value.size);
    }
    if (poly_slice_equal_nocase(name, "Content-Transfer-Encoding") && !is_identity(value))
        return refuse(fault, "Content-Transfer-Encoding в формах не допускается",
                      "Content-Transfer-Encoding is not allowed in forms");
    return true;
}

/* `line` is without its CRLF. */
static bool take_line(poly_slice line, poly_arena *arena, poly_multipart_part *part, poly_message *fault)
{
    poly_slice name = line;
    poly_slice value = {NULL, 0};
    const char *colon = memchr(line.data, ':', line.size);

    if (colon) {
        name.size = (size_t)(colon - line.data);
        value = (poly_slice){colon + 1, line.size - name.size - 1};
        skip_spaces(&value);
        value = cut_before(&value, "");
    }
    if (!colon || !http_is_token(name) || !is_plain_text(value))
        return refuse(fault, "заголовок части записан неверно", "a part's header is malformed");
    return take_field(name, value, arena, part, fault);
}

bool multipart_part_parse(poly_slice header, poly_arena *arena, poly_multipart_part *part, poly_message *fault)
{
    unsigned count = 0;

    *part = (poly_multipart_part){.content_type = ""};
    while (header.size) {
        const char *end = memmem(header.data, header.size, "\r\n", 2);
        poly_slice line = cut(&header, end ? (size_t)(end - header.data) : header.size);

        cut(&header, end ? 2 : 0);
        if (++count > FIELDS_MAX)
            return refuse(fault, "в заголовке части слишком много полей", "a part's header has too many fields");
        if (!take_line(line, arena, part, fault))
            return false;
    }
    if (!part->name)
        return refuse(fault, "у части нет Content-Disposition", "a part has no Content-Disposition");
    return true;
}
