/* SPDX-License-Identifier: MIT */
#include "site_path.h"

#include <string.h>
#include <strings.h>

#define PATH_MAX_SIZE 4096

void site_path_split(const char *url, poly_arena *arena, const char **origin, const char **path)
{
    const char *host = strstr(url, "://");
    const char *slash = strchr(host ? host + 3 : url, '/');
    size_t size = slash ? (size_t)(slash - url) : strlen(url);

    *origin = poly_arena_strndup(arena, url, size);
    *path = poly_arena_strdup(arena, slash ? slash : "");
}

/* "https:" of an absolute reference; 0 for a relative one. */
static size_t scheme_size(const char *reference)
{
    size_t size = strcspn(reference, ":/?#");

    return reference[size] == ':' ? size + 1 : 0;
}

/* Removes "." and ".." segments of the path in place (section 5.2.4); the query behind it stays. */
static void remove_dots(char *path)
{
    char *query = path + strcspn(path, "?");
    char *in = path, *out = path;

    while (in < query) {
        size_t size = 1 + strcspn(in + 1, "/?");
        bool is_last = in + size == query;

        if (size == 2 && in[1] == '.') {
            if (is_last)
                *out++ = '/';
        } else if (size == 3 && in[1] == '.' && in[2] == '.') {
            while (out > path && *--out != '/')
                ;
            if (is_last)
                *out++ = '/';
        } else {
            memmove(out, in, size);
            out += size;
        }
        in += size;
    }
    if (out == path)
        *out++ = '/';
    memmove(out, query, strlen(query) + 1);
}

static bool is_sendable(const char *path)
{
    size_t size = strnlen(path, PATH_MAX_SIZE + 1);

    if (size > PATH_MAX_SIZE || *path != '/')
        return false;
    for (const char *at = path; *at; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    return true;
}

static char *join(const char *current, const char *reference, poly_arena *arena)
{
    size_t path = strcspn(current, "?");

    if (*reference == '/')
        return poly_arena_strdup(arena, reference);
    if (*reference == '\0')
        return poly_arena_strdup(arena, current);
    if (*reference != '?')
        while (path > 0 && current[path - 1] != '/')
            path--;
    return poly_arena_printf(arena, "%.*s%s", (int)path, current, reference);
}

const char *site_path_resolve(const char *origin, const char *current, const char *reference, poly_arena *arena)
{
    size_t origin_size = strlen(origin);
    char *path;

    if (strnlen(reference, PATH_MAX_SIZE + 1) > PATH_MAX_SIZE)
        return NULL;
    reference = poly_arena_strndup(arena, reference, strcspn(reference, "#"));
    if (strncmp(reference, "//", 2) == 0) { /* of the same scheme, another host perhaps */
        size_t scheme = strcspn(origin, "/");

        reference = poly_arena_printf(arena, "%.*s%s", (int)scheme, origin, reference);
    }
    if (scheme_size(reference)) {
        if (strncasecmp(reference, origin, origin_size) != 0 || !strchr("/?", reference[origin_size]))
            return NULL;
        reference += origin_size;
        if (*reference != '/')
            reference = poly_arena_printf(arena, "/%s", reference);
    }
    path = join(current, reference, arena);
    if (!is_sendable(path))
        return NULL;
    remove_dots(path);
    return path;
}
