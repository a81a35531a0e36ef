/* SPDX-License-Identifier: MIT */
#include "poly/random.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

START_TEST(bytes_differ)
{
    unsigned char a[32] = {0}, b[32] = {0}, zeros[32] = {0};

    poly_random_bytes(a, sizeof(a));
    poly_random_bytes(b, sizeof(b));
    ck_assert_mem_ne(a, b, sizeof(a));
    ck_assert_mem_ne(a, zeros, sizeof(a));
}
END_TEST

START_TEST(stays_below_and_reaches_everything)
{
    bool seen[7] = {false};

    for (int i = 0; i < 2000; i++) {
        uint32_t value = poly_random_below(7);

        ck_assert_uint_lt(value, 7);
        seen[value] = true;
    }
    for (size_t i = 0; i < POLY_LENGTH(seen); i++)
        ck_assert(seen[i]);
    ck_assert_uint_eq(poly_random_below(1), 0);
}
END_TEST

START_TEST(below_nothing_is_a_bug)
{
    poly_random_below(0);
}
END_TEST

START_TEST(makes_uuids_of_version_4)
{
    char a[POLY_UUID_SIZE], b[POLY_UUID_SIZE];

    for (int i = 0; i < 100; i++) {
        poly_uuid_make(a);
        poly_uuid_make(b);
        ck_assert(poly_uuid_is_valid(a));
        ck_assert_str_ne(a, b);
        ck_assert_int_eq(a[14], '4');
        ck_assert_ptr_nonnull(strchr("89ab", a[19]));
    }
}
END_TEST

START_TEST(knows_uuids)
{
    static const char *const wrong[] = {"",
                                        "0198c1f6-5d3a-7b6e-9c1d-2f4e6a8b0c1",
                                        "0198c1f6-5d3a-7b6e-9c1d-2f4e6a8b0c1dd",
                                        "0198c1f65d3a7b6e9c1d2f4e6a8b0c1d",
                                        "0198c1f6-5d3a-7b6e-9c1d-2f4e6a8b0c1g",
                                        "0198c1f-65d3a-7b6e-9c1d-2f4e6a8b0c1d",
                                        "{198c1f6-5d3a-7b6e-9c1d-2f4e6a8b0c1}",
                                        "0198c1f6-5d3a-7b6e-9c1d 2f4e6a8b0c1d"};

    ck_assert(poly_uuid_is_valid("0198c1f6-5d3a-7b6e-9c1d-2f4e6a8b0c1d"));
    ck_assert(poly_uuid_is_valid("0198C1F6-5D3A-7B6E-9C1D-2F4E6A8B0C1D"));
    ck_assert(!poly_uuid_is_valid(NULL));
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        ck_assert_msg(!poly_uuid_is_valid(wrong[i]), "%s", wrong[i]);
}
END_TEST

/* BLAKE2b-128 of "" and "abc", from b2sum -l 128. */
START_TEST(digests)
{
    char digest[POLY_DIGEST_SIZE];

    poly_digest("", 0, digest);
    ck_assert_str_eq(digest, "cae66941d9efbd404e4d88758ea67670");
    poly_digest("abc", 3, digest);
    ck_assert_str_eq(digest, "cf4ab791c62b8d2b2109c90275287816");
}
END_TEST

START_TEST(compares_secrets)
{
    ck_assert(poly_secret_equal("abc", 3, "abc", 3));
    ck_assert(poly_secret_equal("", 0, "", 0));
    ck_assert(!poly_secret_equal("abc", 3, "abd", 3));
    ck_assert(!poly_secret_equal("abc", 3, "abcd", 4));
    ck_assert(!poly_secret_equal("abc", 2, "abc", 3));
    ck_assert(poly_secret_equal("a\0b", 3, "a\0b", 3));
    ck_assert(!poly_secret_equal("a\0b", 3, "a\0c", 3));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random");
    TCase *tests = tcase_create("random");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, bytes_differ);
    tcase_add_test(tests, stays_below_and_reaches_everything);
    tcase_add_test_raise_signal(tests, below_nothing_is_a_bug, SIGABRT);
    tcase_add_test(tests, makes_uuids_of_version_4);
    tcase_add_test(tests, knows_uuids);
    tcase_add_test(tests, digests);
    tcase_add_test(tests, compares_secrets);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
