/* SPDX-License-Identifier: MIT */
/*
 * What a file is by its content, as libmagic tells it from the first bytes; never by its name or by anybody's word.
 */
#ifndef POLY_FILE_MAGIC_H
#define POLY_FILE_MAGIC_H

#include "poly/strbuf.h"

typedef struct poly_file_magic poly_file_magic;

/* As much of a file's beginning as it looks at. */
#define POLY_FILE_MAGIC_HEAD ((size_t)64 << 10)

typedef struct poly_file_type {
    char media_type[96]; /* "image/png"; "application/octet-stream" of what it does not know */
    char charset[32];    /* "utf-8", "us-ascii", "unknown-8bit"; "binary" of what is no text */
} poly_file_type;

/* NULL, with a line in `fault`, when libmagic or its database is not there. Takes some milliseconds. */
poly_file_magic *poly_file_magic_open(poly_strbuf *fault);
void poly_file_magic_close(poly_file_magic **magic);

/*
 * The type of what begins with these bytes. Takes up to some milliseconds, one caller at a time: off the loops. Any
 * thread. POLY_IO if libmagic fails, which is logged.
 */
poly_result poly_file_magic_look(poly_file_magic *magic, const void *bytes, size_t size,
                                 poly_file_type *type) POLY_MUST_CHECK;

#endif
