/* SPDX-License-Identifier: MIT */
/* The bytes that stand in a JSON string as they are: what the reader may skip over and the writer may copy whole. */
#ifndef POLY_JSON_PLAIN_RUN_H
#define POLY_JSON_PLAIN_RUN_H

#include <stddef.h>

/*
 * How many bytes at the start of `text` are valid UTF-8 without a quote, a backslash or a control character. What
 * follows is one of these, or a byte that begins no valid sequence (RFC 3629), or the end.
 */
size_t poly_json_plain_run(const char *text, size_t size);

#endif
