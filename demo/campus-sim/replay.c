/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PATH   4096
#define MAX_TARGET 1024
#define MAX_FILE   (16u << 20)
#define PIECE      65536

/* POLY_OK with a new blob; POLY_IO or POLY_TOO_LARGE. */
static poly_result read_file(const char *path, poly_blob **blob)
{
    poly_strbuf text;
    poly_result result = POLY_OK;
    FILE *file = fopen(path, "rb");
    size_t size;

    if (!file)
        return POLY_IO;
    poly_strbuf_init(&text, MAX_FILE);
    do {
        char *room = poly_strbuf_reserve(&text, PIECE);

        if (!room) {
            result = POLY_TOO_LARGE;
            break;
        }
        size = fread(room, 1, PIECE, file);
        poly_strbuf_advance(&text, size);
    } while (size > 0);
    if (ferror(file))
        result = POLY_IO;
    if (fclose(file) != 0 && result == POLY_OK)
        result = POLY_IO;
    if (result == POLY_OK)
        *blob = poly_blob_from_strbuf(&text);
    poly_strbuf_release(&text);
    return result;
}

/* One line of the index; false with a line in `fault`. */
static bool load_line(answer_book *book, const char *directory, const char *base, char *line, poly_strbuf *fault)
{
    char path[MAX_PATH];
    char target[MAX_TARGET];
    char *tab = strchr(line, '\t');
    poly_blob *body = NULL;

    line[strcspn(line, "\r\n")] = '\0';
    if (*line == '\0')
        return true;
    if (!tab) {
        poly_strbuf_printf(fault, "no tab in the index's line \"%s\"", line);
        return false;
    }
    *tab = '\0';
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, tab + 1) >= sizeof(path) ||
        (size_t)snprintf(target, sizeof(target), "%s%s", base, line) >= sizeof(target)) {
        poly_strbuf_printf(fault, "too long a line in the index: \"%s\"", line);
        return false;
    }
    if (read_file(path, &body) != POLY_OK) {
        poly_strbuf_printf(fault, "cannot read the recording \"%s\": %s", path, strerror(errno));
        return false;
    }
    if (answer_book_put(book, target, 200, body) != POLY_OK) {
        poly_strbuf_printf(fault, "cannot replay \"%s\": not a path, a date or a search, or too many", line);
        return false;
    }
    return true;
}

answer_book *replay_load(const char *directory, const char *base, poly_strbuf *fault)
{
    answer_book *book = answer_book_create();
    char path[MAX_PATH];
    char *line = NULL;
    size_t room = 0;
    bool loaded = true;
    FILE *index;

    snprintf(path, sizeof(path), "%s/index.tsv", directory);
    index = fopen(path, "r");
    if (!index) {
        poly_strbuf_printf(fault, "cannot open \"%s\": %s", path, strerror(errno));
        loaded = false;
        goto out;
    }
    while (loaded && getline(&line, &room, index) >= 0)
        loaded = load_line(book, directory, base, line, fault);
    free(line);
    if (loaded && ferror(index)) {
        poly_strbuf_printf(fault, "cannot read \"%s\"", path);
        loaded = false;
    }
    if (fclose(index) != 0)
        loaded = false;
out:
    if (!loaded)
        answer_book_destroy(&book);
    return book;
}
