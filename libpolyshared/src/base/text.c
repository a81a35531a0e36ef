/* SPDX-License-Identifier: MIT */
#include "poly/text.h"

#include <string.h>

#define REPLACEMENT 0xFFFDu
#define HIGH_BITS   0x8080808080808080u

/* The length of the valid sequence at `bytes`, 0 if there is none (RFC 3629, section 4). */
static size_t sequence_length(const unsigned char *bytes, size_t size)
{
    unsigned char lead = bytes[0], lowest = 0x80, highest = 0xBF;
    size_t length;

    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (size < length)
        return 0;
    if (lead == 0xE0)
        lowest = 0xA0; /* overlong below */
    else if (lead == 0xED)
        highest = 0x9F; /* surrogates above */
    else if (lead == 0xF0)
        lowest = 0x90; /* overlong below */
    else if (lead == 0xF4)
        highest = 0x8F; /* past U+10FFFF above */
    if (bytes[1] < lowest || bytes[1] > highest)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    }
    return length;
}

bool poly_text_is_utf8(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;

    while (at < size) {
        uint64_t eight;
        size_t length;

        if (bytes[at] < 0x80 && size - at >= sizeof(eight)) {
            memcpy(&eight, bytes + at, sizeof(eight));
            if (!(eight & HIGH_BITS)) {
                at += sizeof(eight);
                continue;
            }
        }
        length = sequence_length(bytes + at, size - at);
        if (!length)
            return false;
        at += length;
    }
    return true;
}

/* Broken bytes, which the contract excludes, come out one at a time as U+FFFD rather than out of bounds. */
uint32_t poly_text_next(const char *text, size_t size, size_t *at)
{
    const unsigned char *bytes = (const unsigned char *)text + *at;
    size_t length = sequence_length(bytes, size - *at);

    *at += length ? length : 1;
    switch (length) {
    case 1:
        return bytes[0];
    case 2:
        return (bytes[0] & 0x1Fu) << 6 | (bytes[1] & 0x3Fu);
    case 3:
        return (bytes[0] & 0x0Fu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu);
    case 4:
        return (bytes[0] & 0x07u) << 18 | (bytes[1] & 0x3Fu) << 12 | (bytes[2] & 0x3Fu) << 6 | (bytes[3] & 0x3Fu);
    default:
        return REPLACEMENT;
    }
}

/* The UTF-8 of a code point, at most 4 bytes; answers how many. */
static size_t encode(uint32_t code_point, char *out)
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

size_t poly_text_count(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

bool poly_text_append(poly_strbuf *out, uint32_t code_point)
{
    char bytes[4];
    bool valid = code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);

    return poly_strbuf_append(out, bytes, encode(valid ? code_point : REPLACEMENT, bytes));
}

/* U+0460 on, Cyrillic pairs an even capital with the odd small letter after it, but for a run with odd capitals. */
static uint32_t lower_extended_cyrillic(uint32_t code_point)
{
    if (code_point == 0x04C0)
        return 0x04CF;
    if (code_point > 0x04C0 && code_point < 0x04CF)
        return code_point + (code_point & 1);
    if (code_point <= 0x0481 || (code_point >= 0x048A && code_point <= 0x04BF) || code_point >= 0x04D0)
        return code_point | 1;
    return code_point;
}

uint32_t poly_text_lower(uint32_t code_point)
{
    if (code_point < 0x80)
        return code_point - 'A' < 26u ? code_point + 32 : code_point;
    if (code_point < 0x0400)
        return code_point >= 0xC0 && code_point <= 0xDE && code_point != 0xD7 ? code_point + 32 : code_point;
    if (code_point < 0x0410)
        return code_point + 80;
    if (code_point < 0x0430)
        return code_point + 32;
    if (code_point < 0x0460 || code_point > 0x052F)
        return code_point;
    return lower_extended_cyrillic(code_point);
}

bool poly_text_is_letter(uint32_t code_point)
{
    if (code_point < 0x80)
        return (code_point | 0x20) - 'a' < 26u;
    if (code_point < 0x100)
        return (code_point >= 0xC0 && code_point != 0xD7 && code_point != 0xF7) || code_point == 0xAA ||
               code_point == 0xB5 || code_point == 0xBA;
    return (code_point >= 0x0400 && code_point <= 0x0481) || (code_point >= 0x048A && code_point <= 0x052F);
}

static bool is_control(uint32_t code_point)
{
    return code_point < ' ' || (code_point >= 0x7F && code_point < 0xA0) ||
           (code_point >= 0x2028 && code_point <= 0x202E) || (code_point >= 0x2066 && code_point <= 0x2069);
}

bool poly_text_has_control(const char *text, const char *allowed)
{
    size_t size = strlen(text);

    for (size_t at = 0; at < size;) {
        uint32_t code_point = poly_text_next(text, size, &at);

        if (is_control(code_point) && (code_point >= ' ' || !strchr(allowed, (int)code_point)))
            return true;
    }
    return false;
}

/* Unicode's White_Space property. */
static bool is_space(uint32_t code_point)
{
    if (code_point < 0x80)
        return code_point == ' ' || (code_point >= '\t' && code_point <= '\r');
    if (code_point < 0x1680)
        return code_point == 0xA0 || code_point == 0x85;
    return code_point == 0x1680 || (code_point >= 0x2000 && code_point <= 0x200A) || code_point == 0x2028 ||
           code_point == 0x2029 || code_point == 0x202F || code_point == 0x205F || code_point == 0x3000;
}

/* Reads text as poly_text_fold or poly_text_squeeze would write it. */
struct reader {
    const char *text;
    size_t size;
    size_t at;
    bool begun;
    bool folds;
};

static inline uint32_t fold_one(uint32_t code_point)
{
    uint32_t lower = poly_text_lower(code_point);

    return lower == 0x0451 ? 0x0435 : lower; /* ё, е */
}

/* Most of what is read is ASCII or a Cyrillic letter of two bytes, which need no full decoding. */
static inline uint32_t decode_one(struct reader *reader)
{
    const unsigned char *bytes = (const unsigned char *)reader->text + reader->at;

    if (bytes[0] < 0x80) {
        reader->at++;
        return bytes[0];
    }
    if ((bytes[0] == 0xD0 || bytes[0] == 0xD1) && reader->size - reader->at >= 2 && (bytes[1] & 0xC0) == 0x80) {
        reader->at += 2;
        return (bytes[0] & 0x1Fu) << 6 | (bytes[1] & 0x3Fu);
    }
    return poly_text_next(reader->text, reader->size, &reader->at);
}

/* False at the end. */
static inline bool read_one(struct reader *reader, uint32_t *code_point)
{
    size_t before = reader->at;
    bool spaced = false;

    while (reader->at < reader->size) {
        uint32_t next = decode_one(reader);

        if (is_space(next)) {
            spaced = true;
            before = reader->at;
            continue;
        }
        if (spaced && reader->begun) {
            reader->at = before; /* the letter is for the next turn */
            *code_point = ' ';
            return true;
        }
        reader->begun = true;
        *code_point = reader->folds ? fold_one(next) : next;
        return true;
    }
    return false;
}

static inline size_t encode_cyrillic(uint32_t code_point, char *out)
{
    out[0] = (char)(0xC0 | code_point >> 6);
    out[1] = (char)(0x80 | (code_point & 0x3F));
    return 2;
}

/* U+0400 to U+047F: what the lead bytes D0 and D1 begin. */
static inline uint32_t fold_common_cyrillic(uint32_t code_point)
{
    if (code_point < 0x0430)
        code_point += code_point < 0x0410 ? 80 : 32;
    else if (code_point >= 0x0460)
        code_point |= 1;
    return code_point == 0x0451 ? 0x0435 : code_point;
}

/* The quick way over ASCII and common Cyrillic without white space; answers how many bytes it wrote to `out`. */
static inline size_t rewrite_run(struct reader *reader, char *out, size_t room)
{
    const unsigned char *bytes = (const unsigned char *)reader->text;
    size_t at = reader->at, length = 0;

    for (; at < reader->size && length + 2 <= room; reader->begun = true) {
        unsigned char byte = bytes[at];

        if (byte > ' ' && byte < 0x80) {
            out[length++] = (char)(reader->folds ? poly_text_lower(byte) : byte);
            at++;
        } else if ((byte & 0xFE) == 0xD0 && at + 1 < reader->size && (bytes[at + 1] & 0xC0) == 0x80) {
            uint32_t code_point = (byte & 0x1Fu) << 6 | (bytes[at + 1] & 0x3Fu);

            length += encode_cyrillic(reader->folds ? fold_common_cyrillic(code_point) : code_point, out + length);
            at += 2;
        } else {
            break;
        }
    }
    reader->at = at;
    return length;
}

static void rewrite(struct reader reader, poly_strbuf *out)
{
    char piece[512];
    size_t length = 0;
    uint32_t code_point;

    for (;;) {
        if (length > sizeof(piece) / 2) {
            poly_strbuf_append(out, piece, length);
            length = 0;
        }
        length += rewrite_run(&reader, piece + length, sizeof(piece) - 4 - length);
        if (!read_one(&reader, &code_point))
            break;
        length += encode(code_point, piece + length);
    }
    poly_strbuf_append(out, piece, length);
}

void poly_text_fold(const char *text, size_t size, poly_strbuf *out)
{
    rewrite((struct reader){.text = text, .size = size, .folds = true}, out);
}

void poly_text_squeeze(const char *text, size_t size, poly_strbuf *out)
{
    rewrite((struct reader){.text = text, .size = size}, out);
}

bool poly_text_equal_folded(const char *a, const char *b)
{
    struct reader left = {.text = a, .size = strlen(a), .folds = true};
    struct reader right = {.text = b, .size = strlen(b), .folds = true};
    uint32_t from_left = 0, from_right = 0;
    bool more;

    do {
        more = read_one(&left, &from_left);
        if (read_one(&right, &from_right) != more)
            return false;
    } while (more && from_left == from_right);
    return !more;
}
