/* SPDX-License-Identifier: MIT */
#include "poly/httpc.h"

#include <check.h>
#include <stdlib.h>

static void assert_encoded(const char *text, const char *expected)
{
    poly_strbuf out;

    poly_strbuf_init(&out, 4096);
    poly_url_encode(text, &out);
    ck_assert_str_eq(poly_strbuf_text(&out), expected);
    poly_strbuf_release(&out);
}

START_TEST(unreserved_characters_stay)
{
    assert_encoded("", "");
    assert_encoded("AZaz09-._~", "AZaz09-._~");
}
END_TEST

START_TEST(all_others_are_encoded)
{
    assert_encoded("5130904/20102_2025", "5130904%2F20102_2025");
    assert_encoded("a b+c&d=e?f#g%h", "a%20b%2Bc%26d%3De%3Ff%23g%25h");
    assert_encoded("\x01\x1f\x7f\r\n", "%01%1F%7F%0D%0A");
    assert_encoded("ИКНК", "%D0%98%D0%9A%D0%9D%D0%9A");
}
END_TEST

START_TEST(it_appends_within_the_maximum)
{
    poly_strbuf out;

    poly_strbuf_init(&out, 8);
    poly_strbuf_append_text(&out, "q=");
    poly_url_encode("/", &out);
    ck_assert_str_eq(poly_strbuf_text(&out), "q=%2F");
    ck_assert(!out.overflowed);
    poly_url_encode("//", &out);
    ck_assert(out.overflowed);
    ck_assert_str_eq(poly_strbuf_text(&out), "q=%2F%2F");
    poly_strbuf_release(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("url");
    TCase *cases = tcase_create("url");
    SRunner *runner;
    int failed;

    tcase_add_test(cases, unreserved_characters_stay);
    tcase_add_test(cases, all_others_are_encoded);
    tcase_add_test(cases, it_appends_within_the_maximum);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
