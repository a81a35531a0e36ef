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

static int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool poly_base64url_decode(const char *text, size_t text_size, void *out, size_t *size)
{
    unsigned char *to = out;
    size_t length = text_size / 4 * 3 + (text_size % 4 ? text_size % 4 - 1 : 0);
    uint32_t bits = 0;
    int held = 0;

    if (text_size % 4 == 1 || length > *size)
        return false;
    for (size_t i = 0; i < text_size; i++) {
        int value = base64url_value(text[i]);

        if (value < 0)
            return false;
        bits = (bits << 6) | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            *to++ = (unsigned char)(bits >> held);
        }
    }
    /* Bits left over would give the same bytes a second spelling. */
    if (bits & ((1u << held) - 1))
        return false;
    *size = length;
    return true;
}
