/* SPDX-License-Identifier: MIT */
#include "json/plain_run.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

static uint64_t load(const unsigned char *text)
{
    uint64_t word;

    memcpy(&word, text, sizeof(word));
    return word;
}

/* Says no to some eights that are plain (the borrow crosses bytes), never yes to one that is not. */
static bool eight_plain_ascii(uint64_t word)
{
    uint64_t quote = word ^ EACH_BYTE('"');
    uint64_t backslash = word ^ EACH_BYTE('\\');
    uint64_t found = (word - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) | (backslash - EACH_BYTE(1)) | word;

    return (found & EACH_BYTE(0x80)) == 0;
}

/* Four letters of U+0400 to U+07FF, Cyrillic first of all. */
static bool four_pairs(uint64_t word)
{
    static const unsigned char mask[] = {0xf0, 0xc0, 0xf0, 0xc0, 0xf0, 0xc0, 0xf0, 0xc0};
    static const unsigned char pairs[] = {0xd0, 0x80, 0xd0, 0x80, 0xd0, 0x80, 0xd0, 0x80};

    return (word & load(mask)) == load(pairs);
}

static bool continues(const unsigned char *text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return false;
    }
    return true;
}

/* The length of the sequence of two or more bytes at `text`; 0 when it is none. */
static size_t sequence_length(const unsigned char *text, size_t size)
{
    unsigned char lead = text[0];
    unsigned char low = 0x80, high = 0xbf;
    size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    if (lead < 0xc2 || lead > 0xf4 || size < length)
        return 0;
    if (lead == 0xe0)
        low = 0xa0; /* overlong below */
    else if (lead == 0xed)
        high = 0x9f; /* surrogates above */
    else if (lead == 0xf0)
        low = 0x90; /* overlong below */
    else if (lead == 0xf4)
        high = 0x8f; /* past U+10FFFF above */
    if (text[1] < low || text[1] > high || !continues(text, 2, length))
        return 0;
    return length;
}

static size_t ascii_run(const unsigned char *text, size_t size)
{
    size_t at = 0;

    while (size - at >= 8 && eight_plain_ascii(load(text + at)))
        at += 8;
    while (at < size && text[at] >= 0x20 && text[at] < 0x80 && text[at] != '"' && text[at] != '\\')
        at++;
    return at;
}

static size_t multibyte_run(const unsigned char *text, size_t size)
{
    size_t at = 0;

    while (size - at >= 8 && four_pairs(load(text + at)))
        at += 8;
    while (at < size && text[at] >= 0x80) {
        size_t length = sequence_length(text + at, size - at);

        if (length == 0)
            break;
        at += length;
    }
    return at;
}

size_t poly_json_plain_run(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0, run = 1;

    while (at < size && run > 0) {
        run = ascii_run(bytes + at, size - at);
        run += multibyte_run(bytes + at + run, size - at - run);
        at += run;
    }
    return at;
}
