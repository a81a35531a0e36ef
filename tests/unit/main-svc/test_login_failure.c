/* SPDX-License-Identifier: MIT */
/* What a login that failed is counted as, and the reason that the log gives. */
#include "login_failure.h"
#include "suite.h"

START_TEST(every_result_has_its_outcome)
{
    ck_assert_int_eq(login_failure_outcome(POLY_REJECTED), LOGIN_WRONG);
    ck_assert_int_eq(login_failure_outcome(POLY_BAD_ANSWER), LOGIN_BAD_PAGE);
    for (poly_result result = POLY_NOT_FOUND; result <= POLY_IO; result++)
        if (result != POLY_REJECTED && result != POLY_BAD_ANSWER)
            ck_assert_int_eq(login_failure_outcome(result), LOGIN_FAILED);
}
END_TEST

START_TEST(every_result_has_its_reason)
{
    ck_assert_str_eq(login_failure_reason(LOGIN_BY_FORM, POLY_REJECTED), "wrong_password");
    ck_assert_str_eq(login_failure_reason(LOGIN_BY_TICKET, POLY_REJECTED), "ticket_refused");
    ck_assert_str_eq(login_failure_reason(LOGIN_BY_FORM, POLY_BAD_ANSWER), "cas_not_understood");
    ck_assert_str_eq(login_failure_reason(LOGIN_BY_TICKET, POLY_UNAVAILABLE), "cas_unreachable");
    ck_assert_str_eq(login_failure_reason(LOGIN_BY_FORM, POLY_TIMEOUT), "cas_too_slow");
    ck_assert_str_eq(login_failure_reason(LOGIN_BY_FORM, POLY_CANCELLED), "client_left");
    ck_assert_str_eq(login_failure_reason(LOGIN_BY_TICKET, POLY_OVERLOADED), "overloaded");
}
END_TEST

START_TEST(ways_have_names)
{
    ck_assert_str_eq(login_way_name(LOGIN_BY_FORM), "form");
    ck_assert_str_eq(login_way_name(LOGIN_BY_TICKET), "ticket");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("login_failure");
    TCase *cases = add_case(suite, "all");

    tcase_add_test(cases, every_result_has_its_outcome);
    tcase_add_test(cases, every_result_has_its_reason);
    tcase_add_test(cases, ways_have_names);
    return run_suite(suite);
}
