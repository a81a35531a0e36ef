/* SPDX-License-Identifier: MIT */
#include "poly/strbuf.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static poly_strbuf buffer;

START_TEST(is_empty_text_before_the_first_write)
{
    poly_strbuf_init(&buffer, 10);
    ck_assert_str_eq(poly_strbuf_text(&buffer), "");
    ck_assert_ptr_null(buffer.data);
    poly_strbuf_release(&buffer);
}
END_TEST

START_TEST(appends_of_every_kind)
{
    poly_strbuf_init(&buffer, 1000);
    ck_assert(poly_strbuf_append(&buffer, "ab", 2));
    ck_assert(poly_strbuf_append(&buffer, NULL, 0));
    ck_assert(poly_strbuf_append_text(&buffer, "cd"));
    ck_assert(poly_strbuf_append_char(&buffer, 'e'));
    ck_assert(poly_strbuf_append_int(&buffer, -120));
    ck_assert(poly_strbuf_printf(&buffer, "%s%d", "x", 5));
    ck_assert_str_eq(poly_strbuf_text(&buffer), "abcde-120x5");
    ck_assert_uint_eq(buffer.size, 11);
    poly_strbuf_release(&buffer);
}
END_TEST

START_TEST(writes_every_integer)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {{0, "0"},
                 {9, "9"},
                 {10, "10"},
                 {-1, "-1"},
                 {INT64_MAX, "9223372036854775807"},
                 {INT64_MIN, "-9223372036854775808"}};

    poly_strbuf_init(&buffer, 1000);
    for (size_t i = 0; i < POLY_LENGTH(cases); i++) {
        poly_strbuf_clear(&buffer);
        ck_assert(poly_strbuf_append_int(&buffer, cases[i].value));
        ck_assert_str_eq(poly_strbuf_text(&buffer), cases[i].text);
    }
    poly_strbuf_release(&buffer);
}
END_TEST

START_TEST(fills_to_the_maximum_exactly)
{
    for (size_t max = 0; max < 300; max++) {
        poly_strbuf_init(&buffer, max);
        for (size_t i = 0; i < max; i++)
            ck_assert(poly_strbuf_append_char(&buffer, 'a'));
        ck_assert(!buffer.overflowed);
        ck_assert(!poly_strbuf_append_char(&buffer, 'b'));
        ck_assert(buffer.overflowed);
        ck_assert_uint_eq(buffer.size, max);
        ck_assert_uint_eq(strlen(poly_strbuf_text(&buffer)), max);
        ck_assert_uint_le(buffer.capacity, max + 1);
        poly_strbuf_release(&buffer);
    }
}
END_TEST

START_TEST(overflow_stores_nothing_and_stays)
{
    poly_strbuf_init(&buffer, 5);
    ck_assert(poly_strbuf_append_text(&buffer, "abc"));
    ck_assert(!poly_strbuf_append_text(&buffer, "def"));
    ck_assert(!poly_strbuf_append_text(&buffer, "g"));
    ck_assert(!poly_strbuf_printf(&buffer, "h"));
    ck_assert_ptr_null(poly_strbuf_reserve(&buffer, 1));
    ck_assert_str_eq(poly_strbuf_text(&buffer), "abc");
    poly_strbuf_clear(&buffer);
    ck_assert(!buffer.overflowed);
    ck_assert(poly_strbuf_append_text(&buffer, "12345"));
    poly_strbuf_release(&buffer);
    ck_assert_uint_eq(buffer.max, 5);
    ck_assert(poly_strbuf_append_text(&buffer, "12345"));
    poly_strbuf_release(&buffer);
}
END_TEST

START_TEST(formatting_past_the_maximum_stores_nothing)
{
    poly_strbuf_init(&buffer, 200);
    ck_assert(poly_strbuf_append_text(&buffer, "abc"));
    ck_assert(!poly_strbuf_printf(&buffer, "%0198d", 1));
    ck_assert_str_eq(poly_strbuf_text(&buffer), "abc");
    poly_strbuf_clear(&buffer);
    ck_assert(poly_strbuf_printf(&buffer, "%0200d", 1));
    ck_assert_uint_eq(strlen(poly_strbuf_text(&buffer)), 200);
    poly_strbuf_release(&buffer);
}
END_TEST

START_TEST(formats_past_the_present_capacity)
{
    poly_strbuf_init(&buffer, 100000);
    for (int width = 1; width < 400; width++) {
        size_t before = buffer.size;

        ck_assert(poly_strbuf_printf(&buffer, "%*d", width, 7));
        ck_assert_uint_eq(buffer.size, before + (size_t)width);
        ck_assert_uint_eq(strlen(poly_strbuf_text(&buffer)), buffer.size);
    }
    poly_strbuf_release(&buffer);
    for (int width = 1; width < 400; width++) {
        ck_assert(poly_strbuf_printf(&buffer, "%*d", width, 7));
        ck_assert_uint_eq(strlen(poly_strbuf_text(&buffer)), (size_t)width);
        poly_strbuf_release(&buffer);
    }
}
END_TEST

START_TEST(reserves_then_advances)
{
    char *room;

    poly_strbuf_init(&buffer, 1000);
    ck_assert(poly_strbuf_append_text(&buffer, "x"));
    room = poly_strbuf_reserve(&buffer, 999);
    ck_assert_ptr_nonnull(room);
    memset(room, 'y', 999);
    poly_strbuf_advance(&buffer, 3);
    ck_assert_str_eq(poly_strbuf_text(&buffer), "xyyy");
    ck_assert_ptr_null(poly_strbuf_reserve(&buffer, 997));
    ck_assert(buffer.overflowed);
    poly_strbuf_release(&buffer);
}
END_TEST

START_TEST(a_huge_maximum_does_not_wrap)
{
    poly_strbuf_init(&buffer, SIZE_MAX);
    ck_assert(poly_strbuf_append_text(&buffer, "abc"));
    ck_assert(!poly_strbuf_reserve(&buffer, SIZE_MAX - 3));
    ck_assert_uint_lt(buffer.capacity, 1000);
    poly_strbuf_release(&buffer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("strbuf");
    TCase *tests = tcase_create("strbuf");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, is_empty_text_before_the_first_write);
    tcase_add_test(tests, appends_of_every_kind);
    tcase_add_test(tests, writes_every_integer);
    tcase_add_test(tests, fills_to_the_maximum_exactly);
    tcase_add_test(tests, overflow_stores_nothing_and_stays);
    tcase_add_test(tests, formatting_past_the_maximum_stores_nothing);
    tcase_add_test(tests, formats_past_the_present_capacity);
    tcase_add_test(tests, reserves_then_advances);
    tcase_add_test(tests, a_huge_maximum_does_not_wrap);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
