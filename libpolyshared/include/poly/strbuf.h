/* SPDX-License-Identifier: MIT */
/*
 * A growing byte string with a maximum. A write past the maximum stores nothing and sets `overflowed`, which
 * stays set: write everything, then check once. `data` is NUL-terminated after the first write; before it,
 * poly_strbuf_text gives "". One thread at a time.
 */
#ifndef POLY_STRBUF_H
#define POLY_STRBUF_H

#include "poly/base.h"

#include <stdarg.h>

typedef struct poly_strbuf {
    char *data;
    size_t size;
    size_t capacity;
    size_t max;
    bool overflowed;
} poly_strbuf;

void poly_strbuf_init(poly_strbuf *buffer, size_t max);
void poly_strbuf_release(poly_strbuf *buffer); /* frees; usable again as after init with the same max */
void poly_strbuf_clear(poly_strbuf *buffer);   /* keeps the memory, clears `overflowed` */

bool poly_strbuf_append(poly_strbuf *buffer, const void *bytes, size_t size);
bool poly_strbuf_append_text(poly_strbuf *buffer, const char *text);
bool poly_strbuf_append_char(poly_strbuf *buffer, char character);
bool poly_strbuf_append_int(poly_strbuf *buffer, int64_t value);
bool poly_strbuf_printf(poly_strbuf *buffer, const char *format, ...) POLY_PRINTF(2, 3);
bool poly_strbuf_vprintf(poly_strbuf *buffer, const char *format, va_list arguments) POLY_PRINTF(2, 0);

/* Room for `size` more bytes, to be written at the answer and then added with poly_strbuf_advance; NULL past max. */
char *poly_strbuf_reserve(poly_strbuf *buffer, size_t size);
void poly_strbuf_advance(poly_strbuf *buffer, size_t size);

const char *poly_strbuf_text(const poly_strbuf *buffer);

#endif
