/* SPDX-License-Identifier: MIT */
#include "application_state.h"

#include "suite.h"

/* By from and to: n: never, y: anybody who may change it, s: who may reopen. */
static const char *const allowed[STATE_COUNT] = {
    [STATE_PENDING] = "nynn",
    [STATE_IN_PROGRESS] = "nnyy",
    [STATE_COMPLETED] = "ssnn",
    [STATE_REJECTED] = "ssnn",
};

START_TEST(steps_are_those_of_the_contract)
{
    for (application_state to = 0; to < STATE_COUNT; to++) {
        application_state from = (application_state)_i;
        char rule = allowed[from][to];

        ck_assert_int_eq(application_state_may_follow(from, to, false), rule == 'y');
        ck_assert_int_eq(application_state_may_follow(from, to, true), rule != 'n');
    }
}
END_TEST

START_TEST(names_are_there_and_back)
{
    for (application_state state = 0; state < STATE_COUNT; state++)
        ck_assert_int_eq(application_state_of(application_state_names[state]), state);
    ck_assert_int_eq(application_state_of("done"), STATE_COUNT);
    ck_assert_int_eq(application_state_of(""), STATE_COUNT);
    ck_assert_ptr_null(application_state_names[STATE_COUNT]);
}
END_TEST

START_TEST(two_are_over)
{
    ck_assert(!application_state_is_over(STATE_PENDING));
    ck_assert(!application_state_is_over(STATE_IN_PROGRESS));
    ck_assert(application_state_is_over(STATE_COMPLETED));
    ck_assert(application_state_is_over(STATE_REJECTED));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("application_state");
    TCase *tests = add_case(suite, "application_state");

    tcase_add_loop_test(tests, steps_are_those_of_the_contract, 0, STATE_COUNT);
    tcase_add_test(tests, names_are_there_and_back);
    tcase_add_test(tests, two_are_over);
    return run_suite(suite);
}
