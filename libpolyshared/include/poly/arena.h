/* SPDX-License-Identifier: MIT */
/*
 * Memory that dies together: a request's, or a document's. An arena belongs to one thread at a time.
 */
#ifndef POLY_ARENA_H
#define POLY_ARENA_H

#include "poly/base.h"

typedef struct poly_arena poly_arena;

/* `first_block` bytes are reserved at once (0: 4 KiB); later blocks double up to 64 KiB. */
poly_arena *poly_arena_create(size_t first_block);
void poly_arena_destroy(poly_arena **arena);

/* Zeroes everything that was allocated, for what held a secret; the memory stays allocated. */
void poly_arena_wipe(poly_arena *arena);

/* Forgets everything, keeps the first block for the next user. */
void poly_arena_reset(poly_arena *arena);

/* 16-byte aligned, valid until the arena is reset or destroyed. Contents undefined / zero. */
void *poly_arena_alloc(poly_arena *arena, size_t size) __attribute__((returns_nonnull));
void *poly_arena_alloc_zero(poly_arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));

/* NUL-terminated copies. */
char *poly_arena_strdup(poly_arena *arena, const char *text) __attribute__((returns_nonnull));
char *poly_arena_strndup(poly_arena *arena, const char *text, size_t size) __attribute__((returns_nonnull));
char *poly_arena_printf(poly_arena *arena, const char *format, ...) POLY_PRINTF(2, 3) __attribute__((returns_nonnull));

/* Bytes taken from the allocator, for byte-bounded caches. */
size_t poly_arena_footprint(const poly_arena *arena);

#endif
