/* SPDX-License-Identifier: MIT */
#include "file_name.h"

#include <string.h>

#include "poly/text.h"

#define FALLBACK "file"

enum { EXTENSION_MAX = 10, DISPOSITION_MAX = 16 * FILE_NAME_MAX_CHARACTERS + 64 };

static const char *base_of(const char *path)
{
    const char *base = path;

    for (const char *at = path; *at; at++)
        if (*at == '/' || *at == '\\')
            base = at + 1;
    return base;
}

/* Controls, line separators, what turns the direction of writing or cannot be seen: a name must be what it seems. */
static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
           (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

static void keep_visible(const char *name, poly_strbuf *out)
{
    size_t size = strlen(name);

    for (size_t at = 0; at < size;) {
        uint32_t c = poly_text_next(name, size, &at);

        if (!is_hidden(c))
            poly_text_append(out, c);
    }
}

/* Where the first `count` code points end. */
static size_t prefix_size(const char *text, size_t count)
{
    size_t size = strlen(text), at = 0;

    while (count-- > 0 && at < size)
        poly_text_next(text, size, &at);
    return at;
}

/* The ending says what the file is, so what stands before it is cut. */
static const char *shorten(poly_arena *arena, const char *name)
{
    const char *extension = strrchr(name, '.');
    size_t kept;

    if (poly_text_count(name) <= FILE_NAME_MAX_CHARACTERS)
        return name;
    if (!extension || extension == name || poly_text_count(extension) > EXTENSION_MAX)
        return poly_arena_strndup(arena, name, prefix_size(name, FILE_NAME_MAX_CHARACTERS));
    kept = prefix_size(name, FILE_NAME_MAX_CHARACTERS - poly_text_count(extension));
    return poly_arena_printf(arena, "%.*s%s", (int)kept, name, extension);
}

static bool is_dots(const char *name)
{
    return name[strspn(name, ". ")] == '\0';
}

const char *file_name_clean(poly_arena *arena, const char *sent)
{
    const char *base = base_of(sent), *name;
    poly_strbuf visible, squeezed;

    poly_strbuf_init(&visible, strlen(base) + 1);
    poly_strbuf_init(&squeezed, strlen(base) + 1);
    keep_visible(base, &visible);
    poly_text_squeeze(poly_strbuf_text(&visible), visible.size, &squeezed);
    name = poly_strbuf_text(&squeezed);
    name = is_dots(name) ? FALLBACK : shorten(arena, poly_arena_strdup(arena, name));
    poly_strbuf_release(&visible);
    poly_strbuf_release(&squeezed);
    return name;
}

/* --- Content-Disposition --- */

/* Old clients mistake backslashes and percent signs in a quoted string, so the plain form has neither. */
static bool is_plain(char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '%';
}

static void put_plain(const char *name, poly_strbuf *out)
{
    size_t size = strlen(name);

    for (size_t at = 0; at < size;) {
        uint32_t c = poly_text_next(name, size, &at);

        poly_strbuf_append_char(out, c < 0x7F && is_plain((char)c) ? (char)c : '_');
    }
}

/* RFC 8187, section 3.2.1: attr-char. */
static void put_encoded(const char *name, poly_strbuf *out)
{
    static const char others[] = "!#$&+-.^_`|~";

    for (const char *at = name; *at; at++) {
        char c = *at;
        bool is_free = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr(others, c);

        if (is_free)
            poly_strbuf_append_char(out, c);
        else
            poly_strbuf_printf(out, "%%%02X", (unsigned char)c);
    }
}

static bool is_all_plain(const char *name)
{
    while (*name && is_plain(*name))
        name++;
    return *name == '\0';
}

const char *file_name_disposition(poly_arena *arena, const char *name)
{
    poly_strbuf out;
    const char *text;

    poly_strbuf_init(&out, DISPOSITION_MAX);
    poly_strbuf_append_text(&out, "attachment; filename=\"");
    put_plain(name, &out);
    poly_strbuf_append_char(&out, '"');
    if (!is_all_plain(name)) {
        poly_strbuf_append_text(&out, "; filename*=UTF-8''");
        put_encoded(name, &out);
    }
    text = out.overflowed ? "attachment" : poly_arena_strdup(arena, poly_strbuf_text(&out));
    poly_strbuf_release(&out);
    return text;
}
