/* SPDX-License-Identifier: MIT */
/* The lines of a file, held in memory: what a load sends a piece of with each request. */
#ifndef LOAD_LINES_H
#define LOAD_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_MAX_LENGTH = 4096 };

struct lines {
    char *text; /* every line, ended by a NUL */
    const char **at;
    size_t count;
};

/* Empty lines are left out. False when the file cannot be read, has no line, or one that is too long. */
bool lines_read(struct lines *lines, const char *name);
/* They come again from the first when they are used up. */
const char *lines_get(const struct lines *lines, uint64_t number);
void lines_release(struct lines *lines);

#endif
