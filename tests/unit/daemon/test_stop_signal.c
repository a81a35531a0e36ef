/* SPDX-License-Identifier: MIT */
#include "daemon/stop_signal.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "poly/time.h"

START_TEST(waits_for_either)
{
    stop_signal_block();
    raise(_i ? SIGINT : SIGTERM);
    ck_assert_str_eq(stop_signal_wait(), _i ? "SIGINT" : "SIGTERM");
}
END_TEST

START_TEST(waits_no_longer_than_it_is_told)
{
    uint64_t began = poly_time_monotonic();

    stop_signal_block();
    ck_assert_ptr_null(stop_signal_wait_for(50));
    ck_assert_uint_ge(poly_time_monotonic() - began, POLY_MILLISECONDS(49));
    raise(SIGINT);
    ck_assert_str_eq(stop_signal_wait_for(60000), "SIGINT");
}
END_TEST

START_TEST(a_second_one_ends_the_process)
{
    stop_signal_block();
    raise(SIGTERM);
    ck_assert_ptr_nonnull(stop_signal_wait_for(60000));
    raise(SIGTERM);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stop signal");
    TCase *tests = tcase_create("stop signal");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tests, waits_for_either, 0, 2);
    tcase_add_test(tests, waits_no_longer_than_it_is_told);
    tcase_add_test_raise_signal(tests, a_second_one_ends_the_process, SIGTERM);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
