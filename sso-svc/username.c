/* SPDX-License-Identifier: MIT */
#include "username.h"

#include <stdio.h>
#include <string.h>

#include "poly/text.h"

#define INITIALS_MAX 2

/* --- letters: lower case in, ASCII out --- */

/* As in GOST 7.79's system B without its marks, and as people write their names in e-mail addresses. */
static const char *const russian[] = {
    /* U+0430 to U+044F, а to я */
    "a", "b", "v", "g", "d", "e",  "zh", "z",  "i",  "y",    "k", "l", "m", "n", "o",  "p",
    "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "",  "y", "",  "e", "yu", "ya",
};
static const char *const other_cyrillic[] = {
    /* U+0450 to U+045F, with ё, є, і, ї, ў */
    "e", "e", "d", "g", "ye", "z", "i", "yi", "j", "lj", "nj", "c", "k", "i", "u", "dz",
};
static const char *const latin[] = {
    /* U+00C0 to U+017F: the letter without its marks */
    "a", "a", "a",  "a", "a", "a", "ae", "c",  "e", "e", "e",  "e",  "i", "i", "i",  "i",  "d", "n", "o",  "o",
    "o", "o", "o",  "",  "o", "u", "u",  "u",  "u", "y", "th", "ss", "a", "a", "a",  "a",  "a", "a", "ae", "c",
    "e", "e", "e",  "e", "i", "i", "i",  "i",  "d", "n", "o",  "o",  "o", "o", "o",  "",   "o", "u", "u",  "u",
    "u", "y", "th", "y", "a", "a", "a",  "a",  "a", "a", "c",  "c",  "c", "c", "c",  "c",  "c", "c", "d",  "d",
    "d", "d", "e",  "e", "e", "e", "e",  "e",  "e", "e", "e",  "e",  "g", "g", "g",  "g",  "g", "g", "g",  "g",
    "h", "h", "h",  "h", "i", "i", "i",  "i",  "i", "i", "i",  "i",  "i", "i", "ij", "ij", "j", "j", "k",  "k",
    "k", "l", "l",  "l", "l", "l", "l",  "l",  "l", "l", "l",  "n",  "n", "n", "n",  "n",  "n", "n", "n",  "n",
    "o", "o", "o",  "o", "o", "o", "oe", "oe", "r", "r", "r",  "r",  "r", "r", "s",  "s",  "s", "s", "s",  "s",
    "s", "s", "t",  "t", "t", "t", "t",  "t",  "u", "u", "u",  "u",  "u", "u", "u",  "u",  "u", "u", "u",  "u",
    "w", "w", "y",  "y", "y", "z", "z",  "z",  "z", "z", "z",  "s",
};

/* "" for what is neither letter nor digit of these alphabets. */
static const char *transliterate(uint32_t code_point, char ascii[2])
{
    uint32_t lower = poly_text_lower(code_point);

    if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9')) {
        ascii[0] = (char)lower;
        ascii[1] = '\0';
        return ascii;
    }
    if (lower >= 0x430 && lower < 0x430 + POLY_LENGTH(russian))
        return russian[lower - 0x430];
    if (lower >= 0x450 && lower < 0x450 + POLY_LENGTH(other_cyrillic))
        return other_cyrillic[lower - 0x450];
    if (lower == 0x491) /* ґ */
        return "g";
    if (lower >= 0xc0 && lower < 0xc0 + POLY_LENGTH(latin))
        return latin[lower - 0xc0];
    return "";
}

/* --- names --- */

static bool is_hyphen(uint32_t code_point)
{
    return code_point == '-' || code_point == 0x2010 || code_point == 0x2011;
}

/* The word as ASCII; hyphens stay between letters. */
static void append_word(poly_strbuf *out, const char *word, size_t size)
{
    size_t begin = out->size, at = 0;
    bool hyphen = false;

    while (at < size) {
        uint32_t code_point = poly_text_next(word, size, &at);
        char ascii[2];
        const char *letters = transliterate(code_point, ascii);

        hyphen |= is_hyphen(code_point) && out->size > begin;
        if (!*letters)
            continue;
        if (hyphen)
            poly_strbuf_append_char(out, '-');
        hyphen = false;
        poly_strbuf_append_text(out, letters);
    }
}

/* One letter, also of those that take several. */
static void append_initial(poly_strbuf *out, const char *word, size_t size)
{
    poly_strbuf letters;

    poly_strbuf_init(&letters, 4096);
    append_word(&letters, word, size);
    if (letters.size) {
        if (!memchr(poly_strbuf_text(out), '.', out->size))
            poly_strbuf_append_char(out, '.');
        poly_strbuf_append_char(out, letters.data[0]);
    }
    poly_strbuf_release(&letters);
}

/* The next word of squeezed text; `*at` moves behind it. Its size is 0 at the end. */
static poly_slice next_word(const char **at)
{
    poly_slice word;

    *at += **at == ' ';
    word = (poly_slice){*at, strcspn(*at, " ")};
    *at += word.size;
    return word;
}

static void finish(const poly_strbuf *made, char out[USERNAME_BASE_SIZE])
{
    size_t size = made->size < USERNAME_BASE_SIZE - 1 ? made->size : USERNAME_BASE_SIZE - 1;

    memcpy(out, poly_strbuf_text(made), size);
    while (size && (out[size - 1] == '.' || out[size - 1] == '-'))
        size--;
    out[size] = '\0';
    if (size < USERNAME_MIN)
        snprintf(out, USERNAME_BASE_SIZE, "user%s%.*s", size ? "." : "", (int)size, made->size ? made->data : "");
}

void username_base(const char *full_name, char out[USERNAME_BASE_SIZE])
{
    poly_strbuf squeezed, made;
    const char *at;
    poly_slice word;

    poly_strbuf_init(&squeezed, 16 * 1024);
    poly_strbuf_init(&made, 16 * 1024);
    poly_text_squeeze(full_name, strlen(full_name), &squeezed);
    at = poly_strbuf_text(&squeezed);
    /* A word without a usable letter, such as a dash, is none. */
    do {
        word = next_word(&at);
        append_word(&made, word.data, word.size);
    } while (word.size && !made.size);
    for (unsigned initials = 0; initials < INITIALS_MAX && *at; initials++) {
        word = next_word(&at);
        append_initial(&made, word.data, word.size);
    }
    finish(&made, out);
    poly_strbuf_release(&made);
    poly_strbuf_release(&squeezed);
}

void username_with_suffix(const char *base, unsigned number, char out[USERNAME_SIZE])
{
    if (number < 2)
        snprintf(out, USERNAME_SIZE, "%s", base);
    else
        snprintf(out, USERNAME_SIZE, "%s%u", base, number);
}

/* --- names that people choose --- */

static bool is_letter_or_digit(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
}

bool username_normalise(const char *typed, char out[USERNAME_SIZE])
{
    const char *first = typed + strspn(typed, " \t");
    size_t size = strlen(first);

    while (size && (first[size - 1] == ' ' || first[size - 1] == '\t'))
        size--;
    if (size < USERNAME_MIN || size > USERNAME_SIZE - 1)
        return false;
    for (size_t i = 0; i < size; i++) {
        char character = first[i] >= 'A' && first[i] <= 'Z' ? (char)(first[i] - 'A' + 'a') : first[i];

        if (!is_letter_or_digit(character) && (i == 0 || !strchr("._-@", character)))
            return false;
        out[i] = character;
    }
    out[size] = '\0';
    return true;
}
