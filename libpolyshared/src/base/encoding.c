/* SPDX-License-Identifier: MIT */
#include "poly/random.h"

#include <string.h>

void poly_hex_encode(const void *bytes, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *from = bytes;

    for (size_t i = 0; i < size; i++) {
        *out++ = digits[from[i] >> 4];
        *out++ = digits[from[i] & 0x0f];
    }
    *out = '\0';
}

void poly_base64url_encode(const void *bytes, size_t size, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *from = bytes;
    uint32_t bits = 0;
    int held = 0;

    for (size_t i = 0; i < size; i++) {
        bits = (bits << 8) | from[i];
        for (held += 8; held >= 6; held -= 6)
            *out++ = digits[(bits >> (held - 6)) & 0x3f];
    }
    if (held)
        *out++ = digits[(bits << (6 - held)) & 0x3f];
    *out = '\0';
}

/* A character's value plus one; 0 for foreign ones. */
static const unsigned char base64url_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};

/* The bits of `count` characters, the first highest; false if one is foreign. */
static bool read_base64url(const unsigned char *from, size_t count, uint32_t *bits)
{
    *bits = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned value = base64url_values[from[i]];

        if (value == 0)
            return false;
        *bits = (*bits << 6) | (value - 1);
    }
    return true;
}

bool poly_base64url_decode(const char *text, size_t text_size, void *out, size_t *size)
{
    const unsigned char *from = (const unsigned char *)text;
    size_t whole = text_size / 4, rest = text_size % 4;
    size_t length = whole * 3 + (rest ? rest - 1 : 0);
    unsigned char *to = out;
    uint32_t bits;

    if (rest == 1 || length > *size)
        return false;
    for (; whole > 0; whole--, from += 4, to += 3) {
        if (!read_base64url(from, 4, &bits))
            return false;
        to[0] = (unsigned char)(bits >> 16);
        to[1] = (unsigned char)(bits >> 8);
        to[2] = (unsigned char)bits;
    }
    if (rest > 0) {
        /* Bits left over would give the same bytes a second spelling: 4 of two characters, 2 of three. */
        if (!read_base64url(from, rest, &bits) || bits & (rest == 2 ? 0x0f : 0x03))
            return false;
        bits <<= 6 * (4 - rest);
        to[0] = (unsigned char)(bits >> 16);
        if (rest == 3)
            to[1] = (unsigned char)(bits >> 8);
    }
    *size = length;
    return true;
}
