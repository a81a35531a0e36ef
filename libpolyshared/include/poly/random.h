/* SPDX-License-Identifier: MIT */
/*
 * Random bytes from the kernel's generator (through libsodium), identifiers made of them, and the text
 * encodings of bytes. Any thread.
 */
#ifndef POLY_RANDOM_H
#define POLY_RANDOM_H

#include "poly/base.h"

void poly_random_bytes(void *out, size_t size);
uint32_t poly_random_below(uint32_t bound); /* uniform in [0, bound); bound > 0 */

/* A random UUID (RFC 9562, version 4) in lower case. */
#define POLY_UUID_SIZE 37
void poly_uuid_make(char out[POLY_UUID_SIZE]);
bool poly_uuid_is_valid(const char *text); /* the 8-4-4-4-12 form in either case */

void poly_hex_encode(const void *bytes, size_t size, char *out); /* 2 × size + 1 chars, lower case */

/* Base64url without padding (RFC 4648 section 5). */
#define POLY_BASE64URL_SIZE(bytes) (((bytes)*4 + 2) / 3 + 1)
void poly_base64url_encode(const void *bytes, size_t size, char *out);
/* Strict: no padding, no foreign character, no stray bits. `*size` is the room in and the length out. */
bool poly_base64url_decode(const char *text, size_t text_size, void *out, size_t *size) POLY_MUST_CHECK;

/* BLAKE2b-128 of the bytes as 32 hex digits: entity tags and stable identifiers, not secrets. */
#define POLY_DIGEST_SIZE 33
void poly_digest(const void *bytes, size_t size, char out[POLY_DIGEST_SIZE]);

/* In constant time for equal sizes; strings of other sizes are unequal at once. */
bool poly_secret_equal(const char *a, size_t a_size, const char *b, size_t b_size);

#endif
