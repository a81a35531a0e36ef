/* SPDX-License-Identifier: MIT */
#include "poly/text.h"
#include "json/plain_run.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The same by its definition, a character at a time. */
static size_t slow_run(const char *text, size_t size)
{
    size_t at = 0;

    while (at < size) {
        unsigned char first = (unsigned char)text[at];
        size_t length = 1;

        if (first < 0x20 || first == '"' || first == '\\')
            return at;
        while (length <= 4 && at + length <= size && !poly_text_is_utf8(text + at, length))
            length++;
        if (length > 4 || at + length > size)
            return at;
        at += length;
    }
    return at;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Pieces of every kind in every order and at every alignment, cut anywhere. */
START_TEST(agrees_with_the_definition)
{
    static const char *const pieces[] = {
        "a",
        "abcdefgh",
        " ",
        "\x7f",
        "\x1f",
        "\"",
        "\\",
        "\x01",
        "\xd0\x9f",
        "\xd1\x8f\xd0\xb0\xd0\xb1\xd0\xb2",
        "\xc3\xa9",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xe2\x80\x94",
        "\xed\x9f\xbf",
        "\xef\xbf\xbf",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
        "\x80",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xd0",
        "\xe2\x80",
        "\xf0\x90\x80",
    };
    const size_t harmless = 4, plain_from = 8, plain_to = 18;
    uint64_t state = 0x9e3779b97f4a7c15u;

    for (int round = 0; round < 200000; round++) {
        char text[128];
        size_t size = 0, cut;

        for (int piece = 0; piece < 16; piece++) {
            uint64_t random = next_random(&state);
            size_t index = random % POLY_LENGTH(pieces);

            if (random >> 32 & 7) /* mostly what goes on */
                index = random >> 35 & 1 ? random % harmless : plain_from + random % (plain_to - plain_from);
            memcpy(text + size, pieces[index], strlen(pieces[index]));
            size += strlen(pieces[index]);
        }
        cut = next_random(&state) % 8;
        size -= next_random(&state) % 4;
        ck_assert_uint_eq(poly_json_plain_run(text + cut, size - cut), slow_run(text + cut, size - cut));
    }
}
END_TEST

/* Each byte alone at each place of a stretch of letters. */
START_TEST(stops_at_the_right_byte)
{
    for (int byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 24; place++) {
            char text[24];
            bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';

            memset(text, 'x', sizeof(text));
            text[place] = (char)byte;
            ck_assert_uint_eq(poly_json_plain_run(text, sizeof(text)), plain ? sizeof(text) : place);
        }
    }
}
END_TEST

START_TEST(takes_nothing_from_nothing)
{
    ck_assert_uint_eq(poly_json_plain_run("", 0), 0);
    ck_assert_uint_eq(poly_json_plain_run(NULL, 0), 0);
}
END_TEST

static Suite *plain_run_suite(void)
{
    Suite *suite = suite_create("json plain run");
    TCase *tcase = tcase_create("runs");

    tcase_add_test(tcase, agrees_with_the_definition);
    tcase_add_test(tcase, stops_at_the_right_byte);
    tcase_add_test(tcase, takes_nothing_from_nothing);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(plain_run_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
