/* SPDX-License-Identifier: MIT */
#include "poly/strbuf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST_CAPACITY 128u

void poly_strbuf_init(poly_strbuf *buffer, size_t max)
{
    *buffer = (poly_strbuf){.max = max < SIZE_MAX / 2 ? max : SIZE_MAX / 2};
}

void poly_strbuf_release(poly_strbuf *buffer)
{
    free(buffer->data);
    poly_strbuf_init(buffer, buffer->max);
}

void poly_strbuf_clear(poly_strbuf *buffer)
{
    buffer->size = 0;
    buffer->overflowed = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

/* `capacity` counts the place of the NUL, `max` does not. */
static void grow(poly_strbuf *buffer, size_t size)
{
    size_t needed = buffer->size + size + 1;
    size_t capacity = buffer->capacity < SMALLEST_CAPACITY ? SMALLEST_CAPACITY : buffer->capacity * 2;

    if (capacity < needed)
        capacity = needed;
    if (capacity > buffer->max + 1)
        capacity = buffer->max + 1;
    buffer->data = poly_realloc(buffer->data, capacity, 1);
    buffer->capacity = capacity;
}

/* Once a write was refused all later ones are, so that what is there stays an unbroken beginning. */
static bool make_room(poly_strbuf *buffer, size_t size)
{
    if (buffer->overflowed || size > buffer->max - buffer->size) {
        buffer->overflowed = true;
        return false;
    }
    if (buffer->capacity - buffer->size <= size)
        grow(buffer, size);
    return true;
}

bool poly_strbuf_append(poly_strbuf *buffer, const void *bytes, size_t size)
{
    if (!make_room(buffer, size))
        return false;
    if (size)
        memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
    return true;
}

bool poly_strbuf_append_text(poly_strbuf *buffer, const char *text)
{
    return poly_strbuf_append(buffer, text, strlen(text));
}

bool poly_strbuf_append_char(poly_strbuf *buffer, char character)
{
    if (!make_room(buffer, 1))
        return false;
    buffer->data[buffer->size++] = character;
    buffer->data[buffer->size] = '\0';
    return true;
}

bool poly_strbuf_append_int(poly_strbuf *buffer, int64_t value)
{
    char digits[20];
    char *at = digits + sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        *--at = '-';
    return poly_strbuf_append(buffer, at, (size_t)(digits + sizeof(digits) - at));
}

bool poly_strbuf_printf(poly_strbuf *buffer, const char *format, ...)
{
    va_list arguments;
    bool fitted;

    va_start(arguments, format);
    fitted = poly_strbuf_vprintf(buffer, format, arguments);
    va_end(arguments);
    return fitted;
}

bool poly_strbuf_vprintf(poly_strbuf *buffer, const char *format, va_list arguments)
{
    va_list again;
    int length;

    if (!make_room(buffer, 0))
        return false;
    va_copy(again, arguments);
    length = vsnprintf(buffer->data + buffer->size, buffer->capacity - buffer->size, format, arguments);
    assert(length >= 0);
    if ((size_t)length >= buffer->capacity - buffer->size) {
        buffer->data[buffer->size] = '\0';
        if (make_room(buffer, (size_t)length))
            vsnprintf(buffer->data + buffer->size, buffer->capacity - buffer->size, format, again);
    }
    va_end(again);
    if (buffer->overflowed)
        return false;
    buffer->size += (size_t)length;
    return true;
}

char *poly_strbuf_reserve(poly_strbuf *buffer, size_t size)
{
    return make_room(buffer, size) ? buffer->data + buffer->size : NULL;
}

void poly_strbuf_advance(poly_strbuf *buffer, size_t size)
{
    assert(size < buffer->capacity - buffer->size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

const char *poly_strbuf_text(const poly_strbuf *buffer)
{
    return buffer->data ? buffer->data : "";
}
