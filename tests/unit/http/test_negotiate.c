/* SPDX-License-Identifier: MIT */
#include "http/negotiate.h"

#include <check.h>
#include <stdlib.h>

static bool gzip(const char *text)
{
    return http_accepts_gzip(poly_slice_of(text));
}

START_TEST(gzip_by_weight)
{
    ck_assert(gzip("gzip"));
    ck_assert(gzip("deflate, GZIP;q=0.5, br"));
    ck_assert(gzip("br;q=1.0, *;q=0.1"));
    ck_assert(!gzip("gzip;q=0"));
    ck_assert(!gzip("gzip;q=0.000, *"));
    ck_assert(!gzip("*;q=0"));
    ck_assert(!gzip("identity"));
    ck_assert(!gzip(""));
    ck_assert(!gzip(NULL));
    ck_assert(gzip("gzip;q=0.001"));
}
END_TEST

START_TEST(language_is_russian_unless_english_is_preferred)
{
    ck_assert_int_eq(http_language(poly_slice_of(NULL)), POLY_RUSSIAN);
    ck_assert_int_eq(http_language(poly_slice_of("en")), POLY_ENGLISH);
    ck_assert_int_eq(http_language(poly_slice_of("en-GB,en;q=0.9")), POLY_ENGLISH);
    ck_assert_int_eq(http_language(poly_slice_of("ru-RU,ru;q=0.9,en-US;q=0.8")), POLY_RUSSIAN);
    ck_assert_int_eq(http_language(poly_slice_of("en;q=0.3,ru;q=0.2")), POLY_ENGLISH);
    ck_assert_int_eq(http_language(poly_slice_of("de, fr")), POLY_RUSSIAN);
    ck_assert_int_eq(http_language(poly_slice_of("english")), POLY_RUSSIAN);
}
END_TEST

START_TEST(entity_tags)
{
    ck_assert(http_etag_matches(poly_slice_of("\"abc\""), "abc"));
    ck_assert(http_etag_matches(poly_slice_of("\"x\", W/\"abc-gz\""), "abc"));
    ck_assert(http_etag_matches(poly_slice_of("*"), "abc"));
    ck_assert(!http_etag_matches(poly_slice_of("\"abcd\""), "abc"));
    ck_assert(!http_etag_matches(poly_slice_of("\"ab\""), "abc"));
    ck_assert(!http_etag_matches(poly_slice_of("abc"), "abc"));
    ck_assert(!http_etag_matches(poly_slice_of("\"abc-gzip\""), "abc"));
    ck_assert(!http_etag_matches(poly_slice_of(""), "abc"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http negotiate");
    TCase *tests = tcase_create("negotiation");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, gzip_by_weight);
    tcase_add_test(tests, language_is_russian_unless_english_is_preferred);
    tcase_add_test(tests, entity_tags);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
