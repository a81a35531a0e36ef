/* SPDX-License-Identifier: MIT */
/*
 * The paths that the load asks for: a list, each with any number of ranges, "/groups/{1..500}/week". A range counts as
 * that many paths. Numbered from 0 over the whole list.
 */
#ifndef LOAD_PATHS_H
#define LOAD_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PATH_MAX_RANGES = 4, PATH_MAX_LENGTH = 2048 };

struct path_range {
    size_t begin, end; /* of the text between the braces, braces included, in the pattern */
    uint64_t first, count;
};

struct path_pattern {
    char *text;
    struct path_range ranges[PATH_MAX_RANGES];
    unsigned range_count;
    uint64_t before; /* paths of the patterns in front of this one */
    uint64_t count;
};

struct paths {
    struct path_pattern *patterns;
    size_t pattern_count;
    uint64_t count;
};

/* False with a text in `fault` (static) when the pattern is no path or its range is wrong. */
bool paths_add(struct paths *paths, const char *pattern, const char **fault);
/* One pattern a line; empty lines are passed over. */
bool paths_add_file(struct paths *paths, const char *name, const char **fault);
/* Writes path `number` and answers its length; at most `room` bytes, 0 when it does not fit. */
size_t paths_write(const struct paths *paths, uint64_t number, char *out, size_t room);
void paths_release(struct paths *paths);

#endif
