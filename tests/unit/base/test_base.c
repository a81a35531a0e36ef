/* SPDX-License-Identifier: MIT */
#include "poly/base.h"

#include <check.h>
#include <string.h>

START_TEST(names_every_result)
{
    for (int i = POLY_OK; i <= POLY_IO; i++) {
        ck_assert_str_ne(poly_result_name((poly_result)i), "unknown");
        for (int j = POLY_OK; j < i; j++)
            ck_assert_str_ne(poly_result_name((poly_result)i), poly_result_name((poly_result)j));
    }
    ck_assert_str_eq(poly_result_name(POLY_BAD_ANSWER), "bad_answer");
    ck_assert_str_eq(poly_result_name((poly_result)(POLY_IO + 1)), "unknown");
    ck_assert_str_eq(poly_result_name((poly_result)-1), "unknown");
}
END_TEST

START_TEST(slices_know_absence)
{
    ck_assert_ptr_null(poly_slice_of(NULL).data);
    ck_assert_uint_eq(poly_slice_of("abc").size, 3);
    ck_assert(poly_slice_equal(poly_slice_of(NULL), NULL));
    ck_assert(!poly_slice_equal(poly_slice_of(NULL), ""));
    ck_assert(!poly_slice_equal(poly_slice_of(""), NULL));
    ck_assert(poly_slice_equal(poly_slice_of(""), ""));
    ck_assert(poly_slice_equal_nocase(poly_slice_of(NULL), NULL));
    ck_assert(!poly_slice_equal_nocase(poly_slice_of(NULL), ""));
    ck_assert(!poly_slice_equal_nocase(poly_slice_of(""), NULL));
}
END_TEST

START_TEST(compares_whole_slices)
{
    poly_slice slice = {.data = "gzip, br", .size = 4};

    ck_assert(poly_slice_equal(slice, "gzip"));
    ck_assert(!poly_slice_equal(slice, "gzi"));
    ck_assert(!poly_slice_equal(slice, "gzip,"));
    ck_assert(!poly_slice_equal(slice, "GZIP"));
    ck_assert(poly_slice_equal_nocase(slice, "GziP"));
    ck_assert(!poly_slice_equal_nocase(slice, "GziQ"));
    ck_assert(!poly_slice_equal_nocase(slice, "GziPx"));
}
END_TEST

START_TEST(nocase_is_for_ascii_letters_only)
{
    ck_assert(!poly_slice_equal_nocase(poly_slice_of("@"), "`"));
    ck_assert(!poly_slice_equal_nocase(poly_slice_of("["), "{"));
    ck_assert(!poly_slice_equal_nocase(poly_slice_of("\xd0\x90"), "\xd0\xb0"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base");
    TCase *tests = tcase_create("base");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, names_every_result);
    tcase_add_test(tests, slices_know_absence);
    tcase_add_test(tests, compares_whole_slices);
    tcase_add_test(tests, nocase_is_for_ascii_letters_only);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
