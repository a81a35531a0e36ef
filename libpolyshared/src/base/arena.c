/* SPDX-License-Identifier: MIT */
#include "poly/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#define hide(memory, size)   ASAN_POISON_MEMORY_REGION(memory, size)
#define reveal(memory, size) ASAN_UNPOISON_MEMORY_REGION(memory, size)
/* A hidden gap behind each allocation, so that an overrun is caught. */
#define ARENA_GAP 16
#else
#define hide(memory, size)   ((void)(memory), (void)(size))
#define reveal(memory, size) ((void)(memory), (void)(size))
#define ARENA_GAP            0
#endif

#define ALIGNMENT     16u
#define FIRST_BLOCK   4096u
#define LARGEST_BLOCK 65536u

struct block {
    struct block *next; /* the one filled before it */
    size_t size;        /* of `bytes` */
    alignas(ALIGNMENT) char bytes[];
};

/* The struct lies at the head of its first block's memory, so that a small arena is one allocation. */
struct poly_arena {
    struct block *blocks; /* the newest first, without the first block */
    char *at;
    char *end;
    size_t footprint;
    size_t next_size;
    size_t first_size;
    alignas(ALIGNMENT) char first[];
};

static size_t round_up(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

/* Keeps the sums of sizes below from wrapping; no allocator gives half the address space. */
static size_t checked(size_t size)
{
    return size < SIZE_MAX / 4 ? size : SIZE_MAX / 4;
}

static void rewind_to_first(poly_arena *arena)
{
    arena->at = arena->first;
    arena->end = arena->first + arena->first_size;
    arena->footprint = sizeof(*arena) + arena->first_size;
    arena->next_size = arena->first_size * 2;
    hide(arena->first, arena->first_size);
}

poly_arena *poly_arena_create(size_t first_block)
{
    size_t size = round_up(first_block ? checked(first_block) : FIRST_BLOCK);
    poly_arena *arena = poly_alloc(sizeof(*arena) + size);

    arena->blocks = NULL;
    arena->first_size = size;
    rewind_to_first(arena);
    return arena;
}

static void free_blocks(poly_arena *arena)
{
    while (arena->blocks) {
        struct block *block = arena->blocks;

        arena->blocks = block->next;
        reveal(block->bytes, block->size);
        free(block);
    }
}

void poly_arena_destroy(poly_arena **arena)
{
    if (!*arena)
        return;
    free_blocks(*arena);
    reveal((*arena)->first, (*arena)->first_size);
    free(*arena);
    *arena = NULL;
}

void poly_arena_wipe(poly_arena *arena)
{
    for (struct block *block = arena->blocks; block; block = block->next) {
        reveal(block->bytes, block->size);
        explicit_bzero(block->bytes, block->size);
    }
    reveal(arena->first, arena->first_size);
    explicit_bzero(arena->first, arena->first_size);
}

void poly_arena_reset(poly_arena *arena)
{
    free_blocks(arena);
    rewind_to_first(arena);
}

static struct block *add_block(poly_arena *arena, size_t size)
{
    struct block *block = poly_alloc(sizeof(*block) + size);

    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->footprint += sizeof(*block) + size;
    hide(block->bytes, size);
    return block;
}

/* A large piece gets a block of its own and leaves the room of the present one to the next small pieces. */
static void *alloc_slowly(poly_arena *arena, size_t room)
{
    size_t size = arena->next_size < LARGEST_BLOCK ? arena->next_size : LARGEST_BLOCK;
    struct block *block;

    if (room > size / 4)
        return add_block(arena, room)->bytes;
    block = add_block(arena, size);
    arena->next_size = size * 2;
    arena->at = block->bytes + room;
    arena->end = block->bytes + size;
    return block->bytes;
}

void *poly_arena_alloc(poly_arena *arena, size_t size)
{
    size_t room = round_up(checked(size) + ARENA_GAP);
    void *memory = arena->at;

    if (room <= (size_t)(arena->end - arena->at))
        arena->at += room;
    else
        memory = alloc_slowly(arena, room);
    reveal(memory, size);
    return memory;
}

void *poly_arena_alloc_zero(poly_arena *arena, size_t count, size_t size)
{
    size_t total = 0;
    void *memory;

    if (__builtin_mul_overflow(count, size, &total))
        poly_realloc(NULL, count, size); /* ends the process as it does anywhere */
    memory = poly_arena_alloc(arena, total);
    memset(memory, 0, total);
    return memory;
}

char *poly_arena_strdup(poly_arena *arena, const char *text)
{
    return poly_arena_strndup(arena, text, strlen(text));
}

char *poly_arena_strndup(poly_arena *arena, const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    char *copy = poly_arena_alloc(arena, length + 1);

    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *poly_arena_printf(poly_arena *arena, const char *format, ...)
{
    char small[256];
    va_list arguments, again;
    char *text;
    int length;

    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(small, sizeof(small), format, arguments);
    if (length < 0)
        abort(); /* the format itself is wrong */
    text = poly_arena_alloc(arena, (size_t)length + 1);
    if ((size_t)length < sizeof(small))
        memcpy(text, small, (size_t)length + 1);
    else
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

size_t poly_arena_footprint(const poly_arena *arena)
{
    return arena->footprint;
}
