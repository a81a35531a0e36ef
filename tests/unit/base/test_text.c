/* SPDX-License-Identifier: MIT */
#include "poly/text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static poly_strbuf out;

static const char *folded(const char *text)
{
    poly_strbuf_release(&out);
    poly_strbuf_init(&out, 100000);
    poly_text_fold(text, strlen(text), &out);
    return poly_strbuf_text(&out);
}

static const char *squeezed(const char *text)
{
    poly_strbuf_release(&out);
    poly_strbuf_init(&out, 100000);
    poly_text_squeeze(text, strlen(text), &out);
    return poly_strbuf_text(&out);
}

static bool valid(const char *text)
{
    return poly_text_is_utf8(text, strlen(text));
}

START_TEST(counts_code_points)
{
    ck_assert_uint_eq(poly_text_count(""), 0);
    ck_assert_uint_eq(poly_text_count("abc"), 3);
    ck_assert_uint_eq(poly_text_count("Политех"), 7);
    ck_assert_uint_eq(poly_text_count("a😀b"), 3);
}
END_TEST

START_TEST(knows_utf8)
{
    static const char *const good[] = {
        "",
        "plain ascii that is longer than eight",
        "\xc2\x80",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xef\xbf\xbf",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
        "Политех",
        "12345678\xd0\x9f",
    };
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc2",
        "\xc2 ",
        "\xd0\xd0",
        "\xe0\x9f\xbf",
        "\xe0\xa0",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xf0\x90\x80",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xe2\x82 ",
        "12345678\xd0",
        "abcdefg\xd0 12345678",
    };

    for (size_t i = 0; i < POLY_LENGTH(good); i++)
        ck_assert_msg(valid(good[i]), "%zu", i);
    for (size_t i = 0; i < POLY_LENGTH(bad); i++)
        ck_assert_msg(!valid(bad[i]), "%zu", i);
    ck_assert(poly_text_is_utf8("a\0b", 3));
    ck_assert(!poly_text_is_utf8("\xd0\x9f", 1));
    ck_assert(!poly_text_is_utf8("\xf0\x9f\x98\x80", 3));
}
END_TEST

START_TEST(every_code_point_there_and_back)
{
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        size_t at = 0;

        if (code_point >= 0xD800 && code_point <= 0xDFFF)
            continue;
        poly_strbuf_init(&out, 10);
        if (!poly_text_append(&out, code_point) || !poly_text_is_utf8(out.data, out.size) ||
            poly_text_next(out.data, out.size, &at) != code_point || at != out.size)
            ck_abort_msg("U+%04X", code_point);
        poly_strbuf_release(&out);
    }
}
END_TEST

START_TEST(what_is_no_character_becomes_the_replacement)
{
    static const uint32_t wrong[] = {0xD800, 0xDFFF, 0x110000, UINT32_MAX};

    for (size_t i = 0; i < POLY_LENGTH(wrong); i++) {
        poly_strbuf_init(&out, 10);
        ck_assert(poly_text_append(&out, wrong[i]));
        ck_assert_str_eq(poly_strbuf_text(&out), "\xef\xbf\xbd");
        poly_strbuf_release(&out);
    }
}
END_TEST

START_TEST(broken_bytes_come_one_at_a_time)
{
    size_t at = 0;

    ck_assert_uint_eq(poly_text_next("\xd0", 1, &at), 0xFFFD);
    ck_assert_uint_eq(at, 1);
    at = 0;
    ck_assert_uint_eq(poly_text_next("\xe2\x82z", 3, &at), 0xFFFD);
    ck_assert_uint_eq(at, 1);
}
END_TEST

/* The alphabets, capital beside small, as people write them. */
START_TEST(lowers_the_alphabets)
{
    static const char capitals[] = "ABCXYZÀÉÖØÞАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЇЎЏѠѴҀҊҐҿӀӁӍӐӸԀ"
                                   "Ԯ";
    static const char smalls[] = "abcxyzàéöøþабвгдеёжзийклмнопрстуфхцчшщъыьэюяђїўџѡѵҁҋґҿӏӂӎӑӹԁ"
                                 "ԯ";
    size_t from = 0, to = 0;

    while (from < sizeof(capitals) - 1) {
        uint32_t capital = poly_text_next(capitals, sizeof(capitals) - 1, &from);
        uint32_t small = poly_text_next(smalls, sizeof(smalls) - 1, &to);

        ck_assert_uint_eq(poly_text_lower(capital), small);
        ck_assert_uint_eq(poly_text_lower(small), small);
        ck_assert(poly_text_is_letter(capital));
        ck_assert(poly_text_is_letter(small));
    }
    ck_assert_uint_eq(to, sizeof(smalls) - 1);
}
END_TEST

START_TEST(leaves_the_rest_alone)
{
    static const uint32_t others[] = {'@',  '[',    '`',    '{',    '0',    ' ',    0xD7,   0xF7,
                                      0xBF, 0x0482, 0x0483, 0x0489, 0x0530, 0x03A9, 0x2116, 0x1F600};

    for (size_t i = 0; i < POLY_LENGTH(others); i++) {
        ck_assert_uint_eq(poly_text_lower(others[i]), others[i]);
        ck_assert(!poly_text_is_letter(others[i]));
    }
}
END_TEST

START_TEST(folds_as_searches_compare)
{
    ck_assert_str_eq(folded("  Ёлкин\xc2\xa0 АЛЁНА \t\n"), "елкин алена");
    ck_assert_str_eq(folded(""), "");
    ck_assert_str_eq(folded(" \xe2\x80\x89 "), "");
    ck_assert_str_eq(folded("5130904/20102 П/Г 1"), "5130904/20102 п/г 1");
    ck_assert_str_eq(folded("a\xe3\x80\x80"
                            "b\xc2\x85"
                            "c"),
                     "a b c");
    ck_assert_str_eq(folded("№ 5 ÀÉ"), "№ 5 àé");
    ck_assert_str_eq(folded("А  Б   В"), "а б в");
}
END_TEST

/* The quick way and the general one must say the same of every letter, at every place in a run. */
START_TEST(folds_every_code_point_as_lower_does)
{
    for (uint32_t code_point = '!'; code_point < 0x3000; code_point++) {
        poly_strbuf text, expected;
        uint32_t lower = poly_text_lower(code_point);

        poly_strbuf_init(&text, 100);
        poly_strbuf_init(&expected, 100);
        poly_text_append(&text, 'x');
        poly_text_append(&text, code_point);
        poly_text_append(&text, 'X');
        poly_strbuf_append_char(&expected, 'x');
        poly_text_append(&expected, lower == 0x451 ? 0x435 : lower);
        poly_strbuf_append_char(&expected, 'x');
        folded(poly_strbuf_text(&text));
        if (strcmp(out.data, expected.data) != 0 && strcmp(out.data, "x x") != 0)
            ck_abort_msg("U+%04X: %s", code_point, out.data);
        poly_strbuf_release(&text);
        poly_strbuf_release(&expected);
    }
}
END_TEST

START_TEST(squeezes_and_keeps_the_case)
{
    ck_assert_str_eq(squeezed("  Иванова \xc2\xa0 Ёлка  Е.Н.  "), "Иванова Ёлка Е.Н.");
    ck_assert_str_eq(squeezed("\n"), "");
    ck_assert_str_eq(squeezed("x"), "x");
}
END_TEST

START_TEST(long_texts_cross_the_pieces)
{
    char text[5000];
    size_t size = 0;

    while (size < sizeof(text) - 8) {
        memcpy(text + size, "Ё  Z\xff", 6); /* 2 + 2 + 1 + 1 bytes, the last one broken */
        size += 6;
    }
    text[size] = '\0';
    folded(text);
    for (size_t i = 0; i + 7 <= out.size; i += 7)
        ck_assert_mem_eq(out.data + i, "е z\xef\xbf\xbd", 7);
    ck_assert_uint_eq(out.size, size / 6 * 7);
}
END_TEST

START_TEST(broken_text_stays_in_bounds)
{
    static const char lone[] = {(char)0xd0};
    char *exact = malloc(1);

    memcpy(exact, lone, 1);
    poly_strbuf_release(&out);
    poly_strbuf_init(&out, 100);
    poly_text_fold(exact, 1, &out);
    ck_assert_str_eq(poly_strbuf_text(&out), "\xef\xbf\xbd");
    free(exact);
}
END_TEST

START_TEST(finds_what_no_name_has)
{
    static const char *const fine[] = {"", "Ларионенко Артём", "Nguyễn Văn A", "a\u00a0b", "\u200fשלום"};
    static const char *const wrong[] = {"a\nb",   "\x7f",     "a\xc2\x85 b", "\u2028",    "Иван\u202eнавИ",
                                        "\u202a", "a\u2066b", "\u2069",      "a\xc2\x9b", "\x1b[31m"};

    for (size_t i = 0; i < POLY_LENGTH(fine); i++)
        ck_assert_msg(!poly_text_has_control(fine[i], ""), "%zu", i);
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        ck_assert_msg(poly_text_has_control(wrong[i], "\t"), "%zu", i);
    ck_assert(!poly_text_has_control("a\nb\tc", "\n\t"));
    ck_assert(poly_text_has_control("a\nb\rc", "\n\t"));
}
END_TEST

START_TEST(compares_folded)
{
    ck_assert(poly_text_equal_folded("Алёна  К.", " алена к. "));
    ck_assert(poly_text_equal_folded("", "  "));
    ck_assert(poly_text_equal_folded("ИКНК", "икнк"));
    ck_assert(!poly_text_equal_folded("ИКНК", "ИКНТ"));
    ck_assert(!poly_text_equal_folded("ИКНК", "ИКН"));
    ck_assert(!poly_text_equal_folded("ИКН", "ИКНК"));
    ck_assert(!poly_text_equal_folded("а б", "аб"));
}
END_TEST

START_TEST(respects_the_buffers_maximum)
{
    poly_strbuf_release(&out);
    poly_strbuf_init(&out, 5);
    poly_text_fold("abcdefgh", 8, &out);
    ck_assert(out.overflowed);
    poly_strbuf_release(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, counts_code_points);
    tcase_add_test(tests, knows_utf8);
    tcase_add_test(tests, every_code_point_there_and_back);
    tcase_add_test(tests, what_is_no_character_becomes_the_replacement);
    tcase_add_test(tests, broken_bytes_come_one_at_a_time);
    tcase_add_test(tests, lowers_the_alphabets);
    tcase_add_test(tests, leaves_the_rest_alone);
    tcase_add_test(tests, folds_as_searches_compare);
    tcase_add_test(tests, folds_every_code_point_as_lower_does);
    tcase_add_test(tests, squeezes_and_keeps_the_case);
    tcase_add_test(tests, long_texts_cross_the_pieces);
    tcase_add_test(tests, broken_text_stays_in_bounds);
    tcase_add_test(tests, finds_what_no_name_has);
    tcase_add_test(tests, compares_folded);
    tcase_add_test(tests, respects_the_buffers_maximum);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
