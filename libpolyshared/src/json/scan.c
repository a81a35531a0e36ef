/* SPDX-License-Identifier: MIT */
#include "json/scan.h"
#include "json/plain_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* cJSON reads a number through a buffer of 64 bytes. */
#define MAX_NUMBER_LENGTH 63

enum expected { VALUE, FIRST_ELEMENT, FIRST_NAME, NAME, COMMA_OR_CLOSE, END };

struct scanner {
    const char *text;
    size_t size;
    size_t at;
    const poly_json_limits *limits;
    size_t refused_name;
    size_t names;
    size_t values;
    unsigned depth;
    char closers[POLY_JSON_MAX_DEPTH]; /* of what is open, outermost first */
    poly_result result;
    poly_json_error error;
};

static bool refuse(struct scanner *scanner, size_t offset, const char *reason)
{
    scanner->result = POLY_INVALID;
    scanner->error = (poly_json_error){.reason = reason, .offset = offset};
    return false;
}

static bool at_end(const struct scanner *scanner)
{
    return scanner->at == scanner->size;
}

static int peek(const struct scanner *scanner)
{
    return at_end(scanner) ? -1 : (unsigned char)scanner->text[scanner->at];
}

static bool take(struct scanner *scanner, char character)
{
    if (peek(scanner) != character)
        return false;
    scanner->at++;
    return true;
}

static void skip_space(struct scanner *scanner)
{
    while (!at_end(scanner)) {
        char character = scanner->text[scanner->at];

        if (character != ' ' && character != '\n' && character != '\r' && character != '\t')
            return;
        scanner->at++;
    }
}

/* --- strings --- */

static int hex_digit(int character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

/* The four digits of a \u escape; -1 when they are not there. */
static int scan_code_unit(struct scanner *scanner)
{
    int unit = 0;

    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(peek(scanner));

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
        scanner->at++;
    }
    return unit;
}

static bool is_low_surrogate(int unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* What follows a backslash, which stood at `start`. */
static bool scan_escape(struct scanner *scanner, size_t start)
{
    int character = peek(scanner);
    int unit;

    if (character <= 0 || !strchr("\"\\/bfnrtu", character))
        return refuse(scanner, start, "invalid escape");
    scanner->at++;
    if (character != 'u')
        return true;
    unit = scan_code_unit(scanner);
    if (unit < 0)
        return refuse(scanner, start, "invalid escape");
    if (unit == 0)
        return refuse(scanner, start, "NUL in a string");
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    if (is_low_surrogate(unit) || !take(scanner, '\\') || !take(scanner, 'u') ||
        !is_low_surrogate(scan_code_unit(scanner)))
        return refuse(scanner, start, "lone surrogate");
    return true;
}

static bool scan_string(struct scanner *scanner)
{
    scanner->at++; /* the quote */
    for (;;) {
        size_t start;
        int character;

        scanner->at += poly_json_plain_run(scanner->text + scanner->at, scanner->size - scanner->at);
        start = scanner->at;
        character = peek(scanner);
        if (character < 0)
            return refuse(scanner, start, "unexpected end");
        if (character >= 0x80)
            return refuse(scanner, start, "invalid UTF-8");
        if (character < 0x20)
            return refuse(scanner, start, "control character in a string");
        scanner->at++;
        if (character == '"')
            return true;
        if (!scan_escape(scanner, start))
            return false;
    }
}

/* --- numbers --- */

static bool scan_digits(struct scanner *scanner)
{
    size_t start = scanner->at;

    while (peek(scanner) >= '0' && peek(scanner) <= '9')
        scanner->at++;
    return scanner->at > start;
}

static bool is_finite(const char *text, size_t length)
{
    char copy[MAX_NUMBER_LENGTH + 1];

    memcpy(copy, text, length);
    copy[length] = '\0';
    return isfinite(strtod(copy, NULL));
}

static bool scan_number(struct scanner *scanner)
{
    size_t start = scanner->at;
    bool has_exponent = false;

    (void)take(scanner, '-');
    if (!take(scanner, '0') && !scan_digits(scanner))
        return refuse(scanner, start, "invalid number");
    if (take(scanner, '.') && !scan_digits(scanner))
        return refuse(scanner, start, "invalid number");
    if (take(scanner, 'e') || take(scanner, 'E')) {
        has_exponent = true;
        if (!take(scanner, '+'))
            (void)take(scanner, '-');
        if (!scan_digits(scanner))
            return refuse(scanner, start, "invalid number");
    }
    if (scanner->at - start > MAX_NUMBER_LENGTH)
        return refuse(scanner, start, "number too long");
    /* Without an exponent 63 characters stay far below the largest double. */
    if (has_exponent && !is_finite(scanner->text + start, scanner->at - start))
        return refuse(scanner, start, "number out of range");
    return true;
}

/* --- structure --- */

static bool scan_word(struct scanner *scanner, const char *word)
{
    size_t length = strlen(word);

    if (scanner->size - scanner->at < length || memcmp(scanner->text + scanner->at, word, length) != 0)
        return refuse(scanner, scanner->at, "value expected");
    scanner->at += length;
    return true;
}

static enum expected behind_value(const struct scanner *scanner)
{
    return scanner->depth > 0 ? COMMA_OR_CLOSE : END;
}

static bool open_container(struct scanner *scanner, char closer)
{
    if (scanner->depth == scanner->limits->max_depth)
        return refuse(scanner, scanner->at, "nested too deeply");
    scanner->closers[scanner->depth++] = closer;
    scanner->at++;
    return true;
}

static bool scan_value(struct scanner *scanner, enum expected *expected)
{
    int character = peek(scanner);

    if (++scanner->values > scanner->limits->max_values) {
        (void)refuse(scanner, scanner->at, "too many values");
        scanner->result = POLY_TOO_LARGE;
        return false;
    }
    if (character == '{' || character == '[') {
        *expected = character == '{' ? FIRST_NAME : FIRST_ELEMENT;
        return open_container(scanner, character == '{' ? '}' : ']');
    }
    *expected = behind_value(scanner);
    switch (character) {
    case '"':
        return scan_string(scanner);
    case 't':
        return scan_word(scanner, "true");
    case 'f':
        return scan_word(scanner, "false");
    case 'n':
        return scan_word(scanner, "null");
    default:
        if (character == '-' || (character >= '0' && character <= '9'))
            return scan_number(scanner);
        return refuse(scanner, scanner->at, "value expected");
    }
}

/* A member's name and its colon. */
static bool scan_name(struct scanner *scanner, enum expected *expected)
{
    if (peek(scanner) != '"')
        return refuse(scanner, scanner->at, "name expected");
    if (scanner->names++ == scanner->refused_name)
        return refuse(scanner, scanner->at, "duplicate name");
    if (!scan_string(scanner))
        return false;
    skip_space(scanner);
    if (!take(scanner, ':'))
        return refuse(scanner, scanner->at, "colon expected");
    *expected = VALUE;
    return true;
}

static bool take_closer(struct scanner *scanner, enum expected *expected)
{
    if (!take(scanner, scanner->closers[scanner->depth - 1]))
        return false;
    scanner->depth--;
    *expected = behind_value(scanner);
    return true;
}

static bool scan_comma_or_closer(struct scanner *scanner, enum expected *expected)
{
    if (take_closer(scanner, expected))
        return true;
    if (!take(scanner, ','))
        return refuse(scanner, scanner->at, "comma or end expected");
    *expected = scanner->closers[scanner->depth - 1] == '}' ? NAME : VALUE;
    return true;
}

static bool scan_next(struct scanner *scanner, enum expected *expected)
{
    switch (*expected) {
    case FIRST_NAME:
        return take_closer(scanner, expected) || scan_name(scanner, expected);
    case NAME:
        return scan_name(scanner, expected);
    case FIRST_ELEMENT:
        return take_closer(scanner, expected) || scan_value(scanner, expected);
    case VALUE:
        return scan_value(scanner, expected);
    case COMMA_OR_CLOSE:
        return scan_comma_or_closer(scanner, expected);
    case END:
        break;
    }
    return refuse(scanner, scanner->at, "text behind the document");
}

poly_result poly_json_scan(poly_slice text, const poly_json_limits *limits, size_t refused_name, poly_json_error *error)
{
    struct scanner scanner = {.text = text.data, .size = text.size, .limits = limits, .refused_name = refused_name};
    enum expected expected = VALUE;

    for (skip_space(&scanner); !at_end(&scanner); skip_space(&scanner)) {
        if (!scan_next(&scanner, &expected))
            break;
    }
    if (scanner.result == POLY_OK && expected != END)
        (void)refuse(&scanner, scanner.at, "unexpected end");
    if (scanner.result != POLY_OK)
        *error = scanner.error;
    return scanner.result;
}
