/* SPDX-License-Identifier: MIT */
#include "httpc/retry_budget.h"

#include <check.h>
#include <stdlib.h>

static unsigned spend_all(poly_retry_budget *budget)
{
    unsigned spent = 0;

    while (spent < 10000 && poly_retry_budget_spend(budget))
        spent++;
    return spent;
}

START_TEST(fresh_budget_holds_its_savings)
{
    poly_retry_budget budget;

    poly_retry_budget_init(&budget, 10);
    ck_assert_uint_eq(spend_all(&budget), POLY_RETRY_BUDGET_SAVINGS);
    ck_assert(!poly_retry_budget_spend(&budget));
}
END_TEST

START_TEST(calls_earn_their_share)
{
    poly_retry_budget budget;

    poly_retry_budget_init(&budget, 20);
    spend_all(&budget);
    for (int call = 0; call < 4; call++) {
        poly_retry_budget_earn(&budget);
        ck_assert(!poly_retry_budget_spend(&budget));
    }
    poly_retry_budget_earn(&budget);
    ck_assert(poly_retry_budget_spend(&budget));
    ck_assert(!poly_retry_budget_spend(&budget));
}
END_TEST

START_TEST(retries_stay_within_the_share_when_all_fails)
{
    poly_retry_budget budget;
    unsigned retries = 0;

    poly_retry_budget_init(&budget, 10);
    spend_all(&budget);
    for (int call = 0; call < 1000; call++) {
        poly_retry_budget_earn(&budget);
        retries += poly_retry_budget_spend(&budget);
    }
    ck_assert_uint_eq(retries, 100);
}
END_TEST

START_TEST(savings_are_capped)
{
    poly_retry_budget budget;

    poly_retry_budget_init(&budget, 50);
    for (int call = 0; call < 1000000; call++)
        poly_retry_budget_earn(&budget);
    ck_assert_uint_eq(spend_all(&budget), POLY_RETRY_BUDGET_SAVINGS);
}
END_TEST

START_TEST(huge_share_does_not_overflow)
{
    poly_retry_budget budget;

    poly_retry_budget_init(&budget, UINT32_MAX);
    poly_retry_budget_earn(&budget);
    ck_assert_uint_eq(spend_all(&budget), POLY_RETRY_BUDGET_SAVINGS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("retry_budget");
    TCase *cases = tcase_create("retry_budget");
    SRunner *runner;
    int failed;

    tcase_add_test(cases, fresh_budget_holds_its_savings);
    tcase_add_test(cases, calls_earn_their_share);
    tcase_add_test(cases, retries_stay_within_the_share_when_all_fails);
    tcase_add_test(cases, savings_are_capped);
    tcase_add_test(cases, huge_share_does_not_overflow);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
