/* SPDX-License-Identifier: MIT */
#include "html_scan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "poly/strbuf.h"
#include "poly/text.h"

/* A longer attribute value is no login form's. */
#define VALUE_MAX ((size_t)64 << 10)

void html_scan_init(html_scan *scan, poly_slice page)
{
    scan->rest = page;
}

static void skip(poly_slice *text, size_t size)
{
    text->data += size;
    text->size -= size;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool begins_with(poly_slice text, const char *prefix)
{
    size_t size = strlen(prefix);

    return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

/* Moves past the next `mark`, or to the end. */
static void skip_past(poly_slice *text, const char *mark)
{
    const char *found = text->size ? memmem(text->data, text->size, mark, strlen(mark)) : NULL;

    skip(text, found ? (size_t)(found - text->data) + strlen(mark) : text->size);
}

/* The size up to the '>' that ends a tag, quoted ones passed over; the whole size if there is none. */
static size_t tag_size(poly_slice text)
{
    char quote = '\0';

    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];

        if (quote)
            quote = c == quote ? '\0' : quote;
        else if (c == '>')
            return i;
        else if ((c == '"' || c == '\'') && i > 0 && text.data[i - 1] == '=')
            quote = c;
    }
    return text.size;
}

static bool holds_text_only(const html_tag *tag)
{
    return html_tag_is(tag, "script") || html_tag_is(tag, "style") || html_tag_is(tag, "textarea") ||
           html_tag_is(tag, "title");
}

/* Up to "</name", which stays for the next step. */
static poly_slice take_inside(poly_slice *rest, poly_slice name)
{
    poly_slice inside = {rest->data, rest->size};

    for (size_t i = 0; i + 2 + name.size <= rest->size; i++) {
        const char *found = memchr(rest->data + i, '<', rest->size - i);

        if (!found)
            break;
        i = (size_t)(found - rest->data);
        if (i + 2 + name.size <= rest->size && found[1] == '/' && strncasecmp(found + 2, name.data, name.size) == 0) {
            inside.size = i;
            break;
        }
    }
    skip(rest, inside.size);
    return inside;
}

/* The tag at the front, whose '<' has been passed. False: the page ends in it. */
static bool take_tag(html_scan *scan, html_tag *tag)
{
    poly_slice *rest = &scan->rest;
    size_t size;

    *tag = (html_tag){.closes = *rest->data == '/'};
    if (tag->closes)
        skip(rest, 1);
    size = tag_size(*rest);
    if (size == rest->size) {
        skip(rest, rest->size);
        return false;
    }
    tag->name = (poly_slice){rest->data, 0};
    while (tag->name.size < size && !is_space(tag->name.data[tag->name.size]) && tag->name.data[tag->name.size] != '/')
        tag->name.size++;
    tag->attributes = (poly_slice){rest->data + tag->name.size, size - tag->name.size};
    skip(rest, size + 1);
    if (holds_text_only(tag))
        tag->inside = take_inside(rest, tag->name);
    return true;
}

bool html_scan_next(html_scan *scan, html_tag *tag)
{
    poly_slice *rest = &scan->rest;

    for (;;) {
        skip_past(rest, "<");
        if (rest->size == 0)
            return false;
        if (begins_with(*rest, "!--"))
            skip_past(rest, "-->");
        else if (*rest->data == '!' || *rest->data == '?')
            skip_past(rest, ">");
        else if (is_letter(*rest->data) || (*rest->data == '/' && rest->size > 1 && is_letter(rest->data[1])))
            return take_tag(scan, tag);
    }
}

bool html_tag_is(const html_tag *tag, const char *name)
{
    return !tag->closes && poly_slice_equal_nocase(tag->name, name);
}

/* --- attributes --- */

static void skip_space(poly_slice *text)
{
    while (text->size > 0 && (is_space(*text->data) || *text->data == '/'))
        skip(text, 1);
}

static poly_slice take_value(poly_slice *text)
{
    poly_slice value = {text->data, 0};

    if (text->size > 0 && (*text->data == '"' || *text->data == '\'')) {
        const char *end = memchr(text->data + 1, *text->data, text->size - 1);

        value = (poly_slice){text->data + 1, end ? (size_t)(end - text->data) - 1 : text->size - 1};
        skip(text, value.size + 1 + (end ? 1 : 0));
        return value;
    }
    while (value.size < text->size && !is_space(text->data[value.size]))
        value.size++;
    skip(text, value.size);
    return value;
}

/* The next attribute of `text`; false at the end. `value` is empty where there is none. */
static bool take_attribute(poly_slice *text, poly_slice *name, poly_slice *value)
{
    skip_space(text);
    if (text->size == 0)
        return false;
    *name = (poly_slice){text->data, 1}; /* whatever it is, so that there is progress */
    while (name->size < text->size && !is_space(text->data[name->size]) && text->data[name->size] != '=' &&
           text->data[name->size] != '/')
        name->size++;
    skip(text, name->size);
    while (text->size > 0 && is_space(*text->data))
        skip(text, 1);
    *value = (poly_slice){text->data, 0};
    if (text->size == 0 || *text->data != '=')
        return true;
    skip(text, 1);
    while (text->size > 0 && is_space(*text->data))
        skip(text, 1);
    *value = take_value(text);
    return true;
}

/* --- character references: the five that a value needs, and numbers --- */

static const struct {
    const char *name;
    char character;
} references[] = {{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}};

/* The size of a reference by number behind "&#", its character in `out`; 0 if it is none. */
static size_t take_number(poly_slice text, poly_strbuf *out)
{
    char digits[9] = {0};
    bool is_hex = text.size > 0 && (*text.data == 'x' || *text.data == 'X');
    size_t start = is_hex ? 1 : 0;
    size_t size = 0;
    unsigned long code;
    char *end;

    while (size < sizeof(digits) - 1 && start + size < text.size && text.data[start + size] != ';') {
        digits[size] = text.data[start + size];
        size++;
    }
    if (size == 0 || start + size == text.size || text.data[start + size] != ';' || digits[0] == '-' ||
        digits[0] == '+' || is_space(digits[0]))
        return 0;
    code = strtoul(digits, &end, is_hex ? 16 : 10);
    if (*end || code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    poly_text_append(out, (uint32_t)code);
    return start + size + 1;
}

/* The size of the reference behind '&', its character in `out`; 0 if it is none. */
static size_t take_reference(poly_slice text, poly_strbuf *out)
{
    size_t size;

    if (begins_with(text, "#")) {
        size = take_number((poly_slice){text.data + 1, text.size - 1}, out);
        return size ? size + 1 : 0;
    }
    for (size_t i = 0; i < POLY_LENGTH(references); i++) {
        if (!begins_with(text, references[i].name))
            continue;
        poly_strbuf_append_char(out, references[i].character);
        return strlen(references[i].name);
    }
    return 0;
}

static const char *decode(poly_slice value, poly_arena *arena)
{
    poly_strbuf out;
    const char *decoded;

    poly_strbuf_init(&out, VALUE_MAX);
    while (value.size > 0) {
        size_t reference = 0;

        if (*value.data == '&')
            reference = take_reference((poly_slice){value.data + 1, value.size - 1}, &out);
        if (!reference)
            poly_strbuf_append_char(&out, *value.data);
        skip(&value, reference + 1);
    }
    decoded = poly_arena_strdup(arena, out.overflowed ? "" : poly_strbuf_text(&out));
    poly_strbuf_release(&out);
    return decoded;
}

const char *html_attribute(const html_tag *tag, const char *name, poly_arena *arena)
{
    poly_slice rest = tag->attributes;
    poly_slice found, value;

    while (take_attribute(&rest, &found, &value))
        if (poly_slice_equal_nocase(found, name))
            return decode(value, arena);
    return NULL;
}
