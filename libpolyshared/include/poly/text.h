/* SPDX-License-Identifier: MIT */
/*
 * Text as people write it: UTF-8 (RFC 3629), Latin and Cyrillic. Any thread.
 */
#ifndef POLY_TEXT_H
#define POLY_TEXT_H

#include "poly/strbuf.h"

/* No surrogates, no overlong forms, nothing above U+10FFFF. */
bool poly_text_is_utf8(const char *text, size_t size);

/* The next code point at `*at` (< size) of valid UTF-8; moves `*at` past it. */
uint32_t poly_text_next(const char *text, size_t size, size_t *at);
size_t poly_text_count(const char *text); /* code points of NUL-terminated valid UTF-8 */
bool poly_text_append(poly_strbuf *out, uint32_t code_point);

uint32_t poly_text_lower(uint32_t code_point); /* ASCII, Latin-1, Cyrillic (U+0400 to U+052F) */
bool poly_text_is_letter(uint32_t code_point); /* of the same ranges, upper or lower */

/* Appends the form that searches compare: lower case, ё as е, runs of white space (NBSP too) as one space, trimmed. */
void poly_text_fold(const char *text, size_t size, poly_strbuf *out);
/* Appends `text` trimmed, each run of white space as one space, case kept. */
void poly_text_squeeze(const char *text, size_t size, poly_strbuf *out);
/*
 * Whether NUL-terminated valid UTF-8 has what no name has and what may make it look like another: control characters
 * other than those in `allowed` (ASCII, such as "\n\t"), line and paragraph separators, and bidirectional overrides,
 * embeddings and isolates (UTS #55, UAX #9).
 */
bool poly_text_has_control(const char *text, const char *allowed);
/* Equal after poly_text_fold. */
bool poly_text_equal_folded(const char *a, const char *b);

#endif
