/* SPDX-License-Identifier: MIT */
#include "poly/login_attempt.h"

#include <check.h>
#include <stdlib.h>

static poly_throttle *accounts, *networks;
static poly_arena *arena;

static void begin(void)
{
    accounts = poly_throttle_create(&(poly_throttle_options){.free_attempts = 2, .first_delay_ms = 20000});
    networks = poly_throttle_create(&(poly_throttle_options){.free_attempts = 3, .first_delay_ms = 40000});
    arena = poly_arena_create(0);
}

static void end(void)
{
    poly_throttle_destroy(&accounts);
    poly_throttle_destroy(&networks);
    poly_arena_destroy(&arena);
}

static poly_login_attempt attempt;

static unsigned try_from(const char *account, const char *address)
{
    return poly_login_attempt_begin(&attempt, accounts, networks, account, address, arena);
}

START_TEST(what_one_turns_away_does_not_count_for_the_other)
{
    for (int i = 0; i < 2; i++)
        ck_assert_uint_eq(try_from("anna", "192.0.2.1"), 0);
    for (int i = 0; i < 5; i++) /* none of them counts for the network */
        ck_assert_uint_eq(try_from("anna", "192.0.2.1"), 20);
    ck_assert_uint_eq(try_from("boris", "192.0.2.1"), 0);
    for (int i = 0; i < 5; i++) /* nor these for the account */
        ck_assert_uint_eq(try_from("boris", "192.0.2.1"), 40);
    ck_assert_uint_eq(poly_throttle_enter(accounts, attempt.account_key), 0);
}
END_TEST

START_TEST(the_owner_is_not_locked_out_elsewhere)
{
    for (int i = 0; i < 3; i++)
        (void)try_from("anna", "192.0.2.1");
    ck_assert_uint_ne(try_from("anna", "192.0.2.1"), 0);
    ck_assert_uint_eq(try_from("anna", "198.51.100.1"), 0);
}
END_TEST

START_TEST(an_ipv6_client_cannot_choose_another_address)
{
    ck_assert_uint_eq(try_from("anna", "2001:db8:1:2::1"), 0);
    ck_assert_uint_eq(try_from("anna", "2001:db8:1:2::2"), 0);
    ck_assert_uint_eq(try_from("anna", "2001:db8:1:2:ffff::3"), 20);
}
END_TEST

START_TEST(what_was_no_attempt_is_given_back)
{
    for (int i = 0; i < 10; i++) {
        ck_assert_uint_eq(try_from("anna", "192.0.2.1"), 0);
        poly_login_attempt_give_back(&attempt);
    }
}
END_TEST

/* Else whoever has one password could go on guessing at the other accounts for ever. */
START_TEST(a_right_password_forgives_the_account_and_itself_to_the_network)
{
    ck_assert_uint_eq(try_from("boris", "192.0.2.1"), 0);
    ck_assert_uint_eq(try_from("boris", "192.0.2.1"), 0);
    ck_assert_uint_eq(try_from("anna", "192.0.2.1"), 0);
    poly_login_attempt_succeeded(&attempt);
    ck_assert_uint_eq(try_from("anna", "192.0.2.1"), 0);
    ck_assert_uint_eq(try_from("clara", "192.0.2.1"), 40);
    ck_assert_uint_eq(try_from("boris", "192.0.2.1"), 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("login attempt");
    TCase *tests = tcase_create("login attempt");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, what_one_turns_away_does_not_count_for_the_other);
    tcase_add_test(tests, the_owner_is_not_locked_out_elsewhere);
    tcase_add_test(tests, an_ipv6_client_cannot_choose_another_address);
    tcase_add_test(tests, what_was_no_attempt_is_given_back);
    tcase_add_test(tests, a_right_password_forgives_the_account_and_itself_to_the_network);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
