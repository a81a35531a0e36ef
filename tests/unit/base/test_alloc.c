/* SPDX-License-Identifier: MIT */
#include "poly/base.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

START_TEST(gives_memory_even_for_nothing)
{
    free(poly_alloc(0));
    free(poly_alloc_zero(0, 8));
    free(poly_alloc_zero(8, 0));
    free(poly_realloc(NULL, 0, 0));
}
END_TEST

START_TEST(zeroes)
{
    char *bytes = poly_alloc_zero(100, 3);

    for (int i = 0; i < 300; i++)
        ck_assert_int_eq(bytes[i], 0);
    free(bytes);
}
END_TEST

START_TEST(keeps_contents_when_growing)
{
    char *bytes = poly_realloc(NULL, 4, 1);

    memcpy(bytes, "abc", 4);
    bytes = poly_realloc(bytes, 1000, 10);
    ck_assert_str_eq(bytes, "abc");
    free(bytes);
}
END_TEST

START_TEST(copies_text)
{
    char *whole = poly_strdup("text"), *part = poly_strndup("text", 2), *beyond = poly_strndup("te\0xt", 5);

    ck_assert_str_eq(whole, "text");
    ck_assert_str_eq(part, "te");
    ck_assert_str_eq(beyond, "te");
    free(whole);
    free(part);
    free(beyond);
}
END_TEST

START_TEST(refuses_a_product_that_wraps)
{
    free(poly_realloc(NULL, SIZE_MAX / 2 + 2, 2));
}
END_TEST

START_TEST(refuses_a_zeroed_product_that_wraps)
{
    free(poly_alloc_zero(SIZE_MAX / 2 + 2, 2));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("alloc");
    TCase *tests = tcase_create("alloc");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, gives_memory_even_for_nothing);
    tcase_add_test(tests, zeroes);
    tcase_add_test(tests, keeps_contents_when_growing);
    tcase_add_test(tests, copies_text);
    tcase_add_test_raise_signal(tests, refuses_a_product_that_wraps, SIGABRT);
    tcase_add_test_raise_signal(tests, refuses_a_zeroed_product_that_wraps, SIGABRT);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
