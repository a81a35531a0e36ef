/* SPDX-License-Identifier: MIT */
#include "httpc/breaker.h"

#include <check.h>
#include <stdlib.h>

enum { LIMIT = 3, OPEN_TIME = 1000 };

static poly_breaker breaker;
static uint64_t now;

static void set_up(void)
{
    poly_breaker_init(&breaker, LIMIT, OPEN_TIME);
    now = 5000000;
}

static poly_breaker_permit admitted(void)
{
    poly_breaker_permit permit = {0};

    ck_assert(poly_breaker_would_admit(&breaker, now));
    ck_assert(poly_breaker_admit(&breaker, now, &permit));
    return permit;
}

static void refused(void)
{
    poly_breaker_permit permit;

    ck_assert(!poly_breaker_would_admit(&breaker, now));
    ck_assert(!poly_breaker_admit(&breaker, now, &permit));
}

static void attempt(poly_breaker_outcome outcome)
{
    poly_breaker_settle(&breaker, now, admitted(), outcome);
}

static void open_it(void)
{
    for (int i = 0; i < LIMIT; i++)
        attempt(POLY_BREAKER_FAILURE);
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_OPEN);
}

START_TEST(begins_closed)
{
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_CLOSED);
    attempt(POLY_BREAKER_SUCCESS);
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_CLOSED);
}
END_TEST

START_TEST(opens_at_the_limit_and_not_before)
{
    for (int i = 0; i < LIMIT - 1; i++)
        attempt(POLY_BREAKER_FAILURE);
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_CLOSED);
    attempt(POLY_BREAKER_FAILURE);
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_OPEN);
    refused();
}
END_TEST

START_TEST(success_breaks_the_row)
{
    for (int i = 0; i < 5; i++) {
        for (int failure = 0; failure < LIMIT - 1; failure++)
            attempt(POLY_BREAKER_FAILURE);
        attempt(POLY_BREAKER_SUCCESS);
    }
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_CLOSED);
}
END_TEST

START_TEST(neither_outcome_counts_neither_way)
{
    for (int i = 0; i < LIMIT - 1; i++)
        attempt(POLY_BREAKER_FAILURE);
    for (int i = 0; i < 10; i++)
        attempt(POLY_BREAKER_NEITHER);
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_CLOSED);
    attempt(POLY_BREAKER_FAILURE);
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_OPEN);
}
END_TEST

START_TEST(admits_one_trial_after_the_open_time)
{
    open_it();
    now += OPEN_TIME - 1;
    refused();
    now += 1;
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_HALF_OPEN);
    admitted();
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_HALF_OPEN);
    refused();
    now += 100 * OPEN_TIME;
    refused();
}
END_TEST

START_TEST(trial_success_closes)
{
    open_it();
    now += OPEN_TIME;
    attempt(POLY_BREAKER_SUCCESS);
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_CLOSED);
    for (int i = 0; i < LIMIT - 1; i++)
        attempt(POLY_BREAKER_FAILURE);
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_CLOSED);
}
END_TEST

START_TEST(trial_failure_doubles_the_open_time_up_to_eight_times)
{
    static const unsigned expected[] = {2, 4, 8, 8, 8};

    open_it();
    now += OPEN_TIME;
    for (size_t i = 0; i < POLY_LENGTH(expected); i++) {
        attempt(POLY_BREAKER_FAILURE);
        ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_OPEN);
        now += (uint64_t)expected[i] * OPEN_TIME - 1;
        refused();
        now += 1;
        ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_HALF_OPEN);
    }
}
END_TEST

START_TEST(success_takes_the_doubling_back)
{
    open_it();
    now += OPEN_TIME;
    attempt(POLY_BREAKER_FAILURE);
    now += 2 * OPEN_TIME;
    attempt(POLY_BREAKER_SUCCESS);
    open_it();
    now += OPEN_TIME;
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_HALF_OPEN);
}
END_TEST

START_TEST(abandoned_trial_goes_to_the_next)
{
    open_it();
    now += OPEN_TIME;
    attempt(POLY_BREAKER_NEITHER);
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_HALF_OPEN);
    admitted();
    refused();
}
END_TEST

START_TEST(late_outcomes_say_nothing_about_a_later_state)
{
    poly_breaker_permit early = admitted(), trial;

    open_it();
    poly_breaker_settle(&breaker, now, early, POLY_BREAKER_SUCCESS);
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_OPEN);
    now += OPEN_TIME;
    trial = admitted();
    poly_breaker_settle(&breaker, now, early, POLY_BREAKER_FAILURE);
    poly_breaker_settle(&breaker, now, early, POLY_BREAKER_NEITHER);
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_HALF_OPEN);
    refused();
    poly_breaker_settle(&breaker, now, trial, POLY_BREAKER_SUCCESS);
    poly_breaker_settle(&breaker, now, early, POLY_BREAKER_FAILURE);
    for (int i = 0; i < LIMIT - 1; i++)
        attempt(POLY_BREAKER_FAILURE);
    ck_assert_int_eq(poly_breaker_look(&breaker, now), POLY_BREAKER_CLOSED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("breaker");
    TCase *cases = tcase_create("breaker");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(cases, set_up, NULL);
    tcase_add_test(cases, begins_closed);
    tcase_add_test(cases, opens_at_the_limit_and_not_before);
    tcase_add_test(cases, success_breaks_the_row);
    tcase_add_test(cases, neither_outcome_counts_neither_way);
    tcase_add_test(cases, admits_one_trial_after_the_open_time);
    tcase_add_test(cases, trial_success_closes);
    tcase_add_test(cases, trial_failure_doubles_the_open_time_up_to_eight_times);
    tcase_add_test(cases, success_takes_the_doubling_back);
    tcase_add_test(cases, abandoned_trial_goes_to_the_next);
    tcase_add_test(cases, late_outcomes_say_nothing_about_a_later_state);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
