/* SPDX-License-Identifier: MIT */
#include "http/query.h"

#include "poly/text.h"

#include <string.h>

#define PAIRS_MAX 64u

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *http_percent_decode(poly_arena *arena, poly_slice text, bool plus_is_space)
{
    char *out = poly_arena_alloc(arena, text.size + 1);
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];

        if (c == '%') {
            int high = text.size - i > 2 ? hex_digit(text.data[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text.data[i + 2]) : -1;

            if (low < 0 || (high == 0 && low == 0))
                return NULL;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        out[size++] = c;
    }
    out[size] = '\0';
    return poly_text_is_utf8(out, size) ? out : NULL;
}

/* Cuts the text before `separator` off the front of `left`; all of it when there is none. */
static poly_slice cut(poly_slice *left, char separator)
{
    const char *at = memchr(left->data, separator, left->size);
    poly_slice front = {left->data, at ? (size_t)(at - left->data) : left->size};
    size_t taken = front.size + (at != NULL);

    left->data += taken;
    left->size -= taken;
    return front;
}

bool http_query_parse(poly_arena *arena, poly_slice query, struct query_pair **pairs)
{
    unsigned count = 0;

    *pairs = NULL;
    while (query.size) {
        poly_slice value = cut(&query, '&');
        poly_slice name;
        struct query_pair *pair;

        if (!value.size)
            continue;
        name = cut(&value, '=');
        if (++count > PAIRS_MAX)
            return false;
        pair = poly_arena_alloc_zero(arena, 1, sizeof(*pair));
        pair->name = http_percent_decode(arena, name, true);
        pair->value = http_percent_decode(arena, value, true);
        if (!pair->name || !pair->value)
            return false;
        *pairs = pair;
        pairs = &pair->next;
    }
    return true;
}
