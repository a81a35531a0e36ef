/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_whole(FILE *file)
{
    size_t room = 1 << 16, length = 0, got;
    char *text = malloc(room);

    while (text && (got = fread(text + length, 1, room - length - 1, file)) > 0) {
        length += got;
        if (length + 1 == room)
            text = realloc(text, room *= 2);
    }
    if (!text)
        abort();
    text[length] = '\0';
    return text;
}

static void add(struct lines *lines, size_t *room, const char *line)
{
    if (lines->count == *room) {
        *room = *room ? *room * 2 : 1024;
        lines->at = realloc(lines->at, *room * sizeof(*lines->at));
        if (!lines->at)
            abort();
    }
    lines->at[lines->count++] = line;
}

bool lines_read(struct lines *lines, const char *name)
{
    FILE *file = fopen(name, "re");
    bool fits = true;
    size_t room = 0;
    char *rest;

    if (!file)
        return false;
    lines->text = read_whole(file);
    fits = !ferror(file);
    fclose(file);
    for (char *line = strtok_r(lines->text, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        fits = fits && strlen(line) < LINE_MAX_LENGTH;
        add(lines, &room, line);
    }
    return fits && lines->count > 0;
}

const char *lines_get(const struct lines *lines, uint64_t number)
{
    return lines->at[number % lines->count];
}

void lines_release(struct lines *lines)
{
    free(lines->text);
    free(lines->at);
}
