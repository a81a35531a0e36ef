/* SPDX-License-Identifier: MIT */
#include "poly/throttle.h"

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "poly/time.h"

static poly_throttle *throttle;

static void make(poly_throttle_options options)
{
    throttle = poly_throttle_create(&options);
}

static void end(void)
{
    poly_throttle_destroy(&throttle);
}

static unsigned enter(const char *key)
{
    return poly_throttle_enter(throttle, poly_slice_of(key));
}

START_TEST(some_attempts_are_free_and_the_next_must_wait)
{
    make((poly_throttle_options){.free_attempts = 3, .first_delay_ms = 20000});
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(enter("ivanov 192.0.2.1"), 0);
    ck_assert_uint_eq(enter("ivanov 192.0.2.1"), 20);
    ck_assert_uint_eq(enter("ivanov 192.0.2.1"), 20); /* asking again makes it no longer */
}
END_TEST

START_TEST(nobody_else_is_held_up)
{
    make((poly_throttle_options){.free_attempts = 1});
    ck_assert_uint_eq(enter("ivanov 192.0.2.1"), 0);
    ck_assert_uint_ne(enter("ivanov 192.0.2.1"), 0);
    ck_assert_uint_eq(enter("ivanov 192.0.2.2"), 0);
    ck_assert_uint_eq(enter("petrov 192.0.2.1"), 0);
}
END_TEST

/* Tries until it may; answers when it was just before that. */
static uint64_t pass(const char *key)
{
    uint64_t before = poly_time_monotonic();

    while (enter(key) != 0) {
        usleep(1000);
        before = poly_time_monotonic();
    }
    return before;
}

START_TEST(each_further_wait_is_twice_as_long)
{
    uint64_t before, next;

    make((poly_throttle_options){.free_attempts = 1, .first_delay_ms = 10});
    before = pass("k");
    for (unsigned delay_ms = 10; delay_ms < 100; delay_ms *= 2) {
        next = pass("k");
        ck_assert_uint_ge(poly_time_monotonic() - before, POLY_MILLISECONDS(delay_ms - 1));
        before = next;
    }
}
END_TEST

START_TEST(no_wait_is_longer_than_the_limit)
{
    make((poly_throttle_options){.free_attempts = 1, .first_delay_ms = 700, .max_delay_ms = 1000});
    pass("k");
    pass("k");
    ck_assert_uint_eq(enter("k"), 1); /* and not 1.4 s, which are 2 */
}
END_TEST

START_TEST(attempts_are_forgotten_with_time)
{
    make((poly_throttle_options){.free_attempts = 2, .first_delay_ms = 1, .max_delay_ms = 1, .forget_ms = 20});
    ck_assert_uint_eq(enter("k"), 0);
    ck_assert_uint_eq(enter("k"), 0);
    usleep(50 * 1000);
    ck_assert_uint_eq(enter("k"), 0);
    ck_assert_uint_eq(enter("k"), 0); /* had they been remembered, this would wait */
}
END_TEST

START_TEST(a_refund_takes_the_attempt_and_its_delay_back)
{
    make((poly_throttle_options){.free_attempts = 1});
    for (int i = 0; i < 10; i++) {
        ck_assert_uint_eq(enter("k"), 0);
        poly_throttle_refund(throttle, poly_slice_of("k"));
    }
    ck_assert_uint_eq(enter("k"), 0);
    ck_assert_uint_ne(enter("k"), 0);
    poly_throttle_refund(throttle, poly_slice_of("never entered"));
}
END_TEST

START_TEST(a_reset_forgets_everything)
{
    make((poly_throttle_options){.free_attempts = 2});
    enter("k");
    enter("k");
    ck_assert_uint_ne(enter("k"), 0);
    poly_throttle_reset(throttle, poly_slice_of("k"));
    ck_assert_uint_eq(enter("k"), 0);
    ck_assert_uint_eq(enter("k"), 0);
}
END_TEST

START_TEST(a_flood_of_keys_frees_nobody_who_is_held_up)
{
    char key[32];

    /* A delay that outlasts the flood, however slow the machine. */
    make((poly_throttle_options){.capacity = 64, .free_attempts = 3, .first_delay_ms = 60000});
    for (int i = 0; i < 3; i++)
        enter("victim");
    for (int i = 0; i < 100000; i++) {
        snprintf(key, sizeof(key), "%d", i);
        enter(key);
    }
    ck_assert_uint_ne(enter("victim"), 0);
}
END_TEST

/* They have tried more often, but need not wait any more. */
START_TEST(who_waits_stays_longer_than_who_does_not)
{
    static const char *const others[] = {"a", "b", "c", "d", "e", "f", "g"};

    make((poly_throttle_options){.capacity = 8, .free_attempts = 1, .first_delay_ms = 200, .forget_ms = 3600000});
    for (size_t i = 0; i < POLY_LENGTH(others); i++)
        enter(others[i]);
    usleep(250000);
    for (size_t i = 0; i < POLY_LENGTH(others); i++)
        ck_assert_uint_eq(enter(others[i]), 0);
    usleep(450000);
    enter("victim");
    enter("newcomer");
    ck_assert_uint_ne(enter("victim"), 0);
}
END_TEST

static atomic_uint admitted;

static void *guess(void *argument)
{
    (void)argument;
    for (int i = 0; i < 2000; i++)
        if (enter("k") == 0)
            atomic_fetch_add(&admitted, 1);
    return NULL;
}

START_TEST(an_ipv6_client_is_its_network)
{
    static const struct {
        const char *address, *network;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
        {"2001:db8:1:2::", "2001:db8:1:2::/64"},
        {"::1", "::/64"},
        {"", ""},
        {"fe80::1%eth0", "fe80::1%eth0"},
    };
    poly_arena *arena = poly_arena_create(0);

    for (size_t i = 0; i < POLY_LENGTH(cases); i++)
        ck_assert_str_eq(poly_throttle_network(cases[i].address, arena), cases[i].network);
    poly_arena_destroy(&arena);
}
END_TEST

START_TEST(many_at_once_gain_nothing)
{
    pthread_t threads[4];

    make((poly_throttle_options){.free_attempts = 7});
    for (size_t i = 0; i < POLY_LENGTH(threads); i++)
        pthread_create(&threads[i], NULL, guess, NULL);
    for (size_t i = 0; i < POLY_LENGTH(threads); i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(admitted, 7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("throttle");
    TCase *tests = tcase_create("throttle");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, NULL, end);
    tcase_add_test(tests, some_attempts_are_free_and_the_next_must_wait);
    tcase_add_test(tests, nobody_else_is_held_up);
    tcase_add_test(tests, each_further_wait_is_twice_as_long);
    tcase_add_test(tests, no_wait_is_longer_than_the_limit);
    tcase_add_test(tests, attempts_are_forgotten_with_time);
    tcase_add_test(tests, a_refund_takes_the_attempt_and_its_delay_back);
    tcase_add_test(tests, a_reset_forgets_everything);
    tcase_add_test(tests, a_flood_of_keys_frees_nobody_who_is_held_up);
    tcase_add_test(tests, who_waits_stays_longer_than_who_does_not);
    tcase_add_test(tests, an_ipv6_client_is_its_network);
    tcase_add_test(tests, many_at_once_gain_nothing);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
