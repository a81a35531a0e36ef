/* SPDX-License-Identifier: MIT */
#include "poly/base.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"

static const char out_of_memory[] = "out of memory";

static void *or_die(void *memory)
{
    if (!memory)
        poly_die(out_of_memory);
    return memory;
}

void *poly_alloc(size_t size)
{
    return or_die(malloc(size ? size : 1));
}

void *poly_alloc_zero(size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        poly_die(out_of_memory);
    return or_die(calloc(1, total ? total : 1));
}

void *poly_realloc(void *memory, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        poly_die(out_of_memory);
    return or_die(realloc(memory, total ? total : 1));
}

char *poly_strdup(const char *text)
{
    return poly_strndup(text, strlen(text));
}

char *poly_strndup(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    char *copy = poly_alloc(length + 1);

    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}
