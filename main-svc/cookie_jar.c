/* SPDX-License-Identifier: MIT */
#include "cookie_jar.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "poly/strbuf.h"

static bool is_usable(poly_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~' || text.data[i] == ',')
            return false;
    return true;
}

static poly_slice trim(poly_slice text)
{
    while (text.size > 0 && (*text.data == ' ' || *text.data == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

/* Whether an attribute says that the cookie is over. */
static bool is_over(const char *attributes)
{
    for (const char *at = strchr(attributes, ';'); at; at = strchr(at, ';')) {
        at += 1 + strspn(at + 1, " ");
        if (strncasecmp(at, "max-age=", 8) == 0)
            return strtol(at + 8, NULL, 10) <= 0;
    }
    return false;
}

static size_t find(const cookie_jar *jar, poly_slice name)
{
    size_t i = 0;

    while (i < jar->count && !poly_slice_equal(name, jar->cookies[i].name))
        i++;
    return i;
}

static size_t bytes_of(const cookie_jar *jar)
{
    size_t bytes = 0;

    for (size_t i = 0; i < jar->count; i++)
        bytes += strlen(jar->cookies[i].name) + strlen(jar->cookies[i].value) + 3;
    return bytes;
}

static bool put(cookie_jar *jar, poly_slice name, poly_slice value, poly_arena *arena)
{
    size_t place = find(jar, name);

    if (place == COOKIE_JAR_COOKIES || value.size > COOKIE_JAR_BYTES || name.size > COOKIE_JAR_BYTES)
        return false;
    if (place == jar->count) {
        jar->count++;
        jar->cookies[place].name = poly_arena_strndup(arena, name.data, name.size);
    }
    jar->cookies[place].value = poly_arena_strndup(arena, value.data, value.size);
    return bytes_of(jar) <= COOKIE_JAR_BYTES;
}

static void take_out(cookie_jar *jar, poly_slice name)
{
    size_t place = find(jar, name);

    if (place < jar->count)
        jar->cookies[place] = jar->cookies[--jar->count];
}

bool cookie_jar_take(cookie_jar *jar, const char *set_cookie, poly_arena *arena)
{
    size_t size = strcspn(set_cookie, ";");
    const char *equals = memchr(set_cookie, '=', size);
    poly_slice name, value;

    if (!equals)
        return true;
    name = trim((poly_slice){set_cookie, (size_t)(equals - set_cookie)});
    value = trim((poly_slice){equals + 1, size - (size_t)(equals - set_cookie) - 1});
    if (name.size == 0 || !is_usable(name) || !is_usable(value))
        return true;
    if (value.size > 0 && !is_over(set_cookie + size))
        return put(jar, name, value, arena);
    take_out(jar, name);
    return true;
}

const char *cookie_jar_field(const cookie_jar *jar, poly_arena *arena)
{
    poly_strbuf text;
    const char *field;

    if (jar->count == 0)
        return NULL;
    poly_strbuf_init(&text, COOKIE_JAR_BYTES + 64);
    for (size_t i = 0; i < jar->count; i++)
        poly_strbuf_printf(&text, "%s%s=%s", i == 0 ? "Cookie: " : "; ", jar->cookies[i].name, jar->cookies[i].value);
    field = poly_arena_strdup(arena, poly_strbuf_text(&text));
    poly_strbuf_release(&text);
    return field;
}

const char *cookie_jar_get(const cookie_jar *jar, const char *name)
{
    size_t place = find(jar, poly_slice_of(name));

    return place < jar->count ? jar->cookies[place].value : NULL;
}
